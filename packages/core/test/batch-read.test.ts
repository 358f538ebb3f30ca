import { type BatchCommand, formatBatch, parseBatch, readBatch } from "@handlekit/core/batch";
import { describe, expect, it } from "vitest";
import { refusal } from "./support.ts";

const CREATE = "CREATE 20.500.1/a\n";

/** The data of the one value in a value line. */
function dataOf(line: string): unknown {
  const [command] = parseBatch(`${CREATE}${line}\n`);
  return command?.command === "CREATE" ? command.values[0]?.data : undefined;
}

function messageOf(batch: string): string {
  return refusal("invalid_value", () => parseBatch(batch)).message;
}

describe("commands", () => {
  it("an empty text has no commands", () => {
    expect(parseBatch("")).toEqual([]);
    expect(parseBatch("\n\r\n\n")).toEqual([]);
  });

  it("may be in upper or lower case, with handles that contain spaces and colons", () => {
    expect(parseBatch("delete  20.500.1/a b:c \nDelete 20.500.1/é\n")).toEqual([
      { command: "DELETE", handle: "20.500.1/a b:c" },
      { command: "DELETE", handle: "20.500.1/é" },
    ]);
  });

  it("end at line feeds, carriage returns or both, and at nothing else", () => {
    const deleted = (handle: string) => ({ command: "DELETE", handle });
    expect(parseBatch("DELETE a/1\rDELETE a/2\r\nDELETE a/3\u2028x\u0085y\vz\nDELETE a/4")).toEqual([
      deleted("a/1"),
      deleted("a/2"),
      deleted("a/3\u2028x\u0085y\vz"),
      deleted("a/4"),
    ]);
  });

  it("end their values with an empty line or the text", () => {
    const batch = `${CREATE}1 URL 86400 1110 UTF8 x\n\nADD 20.500.1/b\n2 URL 60 1100 UTF8 y`;
    expect(parseBatch(batch)).toEqual([
      {
        command: "CREATE",
        handle: "20.500.1/a",
        values: [
          { index: 1, type: "URL", ttl: 86400, permissions: "1110", data: { format: "string", value: "x" } },
        ],
      },
      {
        command: "ADD",
        handle: "20.500.1/b",
        values: [
          { index: 2, type: "URL", ttl: 60, permissions: "1100", data: { format: "string", value: "y" } },
        ],
      },
    ]);
  });

  it.each([
    ["011111110011", "0111"],
    ["11100", "1110"],
    ["1x1?", "1010"],
  ])("read the permissions %s as %s, as GenericBatch does", (written, permissions) => {
    const [command] = parseBatch(`${CREATE}1 URL 86400 ${written} UTF8 x\n`);
    expect(command).toMatchObject({ values: [{ permissions }] });
  });

  it("REMOVE reads indexes up to the first colon", () => {
    expect(parseBatch("REMOVE 3, 5,300:20.500.1/a:b")).toEqual([
      { command: "REMOVE", indexes: [3, 5, 300], handle: "20.500.1/a:b" },
    ]);
  });

  it("HOME and UNHOME read an address and prefix handles up to a blank line", () => {
    expect(
      parseBatch(
        "HOME 192.0.2.1:2641:TCP\n 0.NA/20.500.1 \n0.na/20.500.2\n \t\nUNHOME [2001:db8::1]:8000:http\n",
      ),
    ).toEqual([
      {
        command: "HOME",
        server: { address: "192.0.2.1", port: 2641, protocol: "tcp" },
        prefixHandles: ["0.NA/20.500.1", "0.na/20.500.2"],
      },
      {
        command: "UNHOME",
        server: { address: "2001:db8::1", port: 8000, protocol: "http" },
        prefixHandles: [],
      },
    ]);
  });
});

describe("values", () => {
  it("contain text with spaces and colons, trimmed as GenericBatch does", () => {
    expect(dataOf("1 URL 86400 1110 UTF8   a  b:c\t ")).toEqual({ format: "string", value: "a  b:c" });
    expect(dataOf("1 URL 86400 1110 utf8 ")).toEqual({ format: "string", value: "" });
    expect(dataOf("1 URL 86400 1110 UTF8 \u00a0x\u00a0")).toEqual({
      format: "string",
      value: "\u00a0x\u00a0",
    });
  });

  it("contain HS_ADMIN with the permissions in reverse order", () => {
    expect(dataOf("100 HS_ADMIN 86400 1110 ADMIN 300:110000000001:0.NA/a:b c")).toEqual({
      format: "admin",
      value: { index: 300, handle: "0.NA/a:b c", permissions: "100000000011" },
    });
  });

  it("contain HS_ADMIN with other characters than 0 and 1 in the permissions, which are 0 for GenericBatch", () => {
    expect(dataOf("100 HS_ADMIN 86400 1110 ADMIN 300:1*x2 1O1l111:0.NA/a")).toEqual({
      format: "admin",
      value: { index: 300, handle: "0.NA/a", permissions: "111010100001" },
    });
  });

  it("contain lists, with and without the last semicolon", () => {
    const list = {
      format: "vlist",
      value: [
        { index: 300, handle: "a/b:c" },
        { index: 0, handle: "d/e" },
      ],
    };
    expect(dataOf("400 HS_VLIST 86400 1110 LIST 300:a/b:c;0:d/e;")).toEqual(list);
    expect(dataOf("400 HS_VLIST 86400 1110 LIST  300 :a/b:c ; 0:d/e")).toEqual(list);
  });

  it("name files", () => {
    expect(dataOf("300 HS_PUBKEY 86400 1110 FILE keys/my key.bin ")).toEqual({ file: "keys/my key.bin" });
  });
});

const AUTHENTICATE = `AUTHENTICATE SECKEY:300:0.NA/20.500.1\n S3CR3T pässword \n`;

describe("AUTHENTICATE", () => {
  const textOf = (command: BatchCommand | undefined, name: "password" | "passphrase") => {
    if (command?.command !== "AUTHENTICATE") return undefined;
    const secret = command.method === "SECKEY" ? command.password : command.passphrase;
    return name in command && secret ? new TextDecoder().decode(secret.reveal()) : undefined;
  };

  it("reads the password from the next line, as a secret", () => {
    const [command, next] = parseBatch(`${AUTHENTICATE}DELETE a/b`);
    expect(command).toMatchObject({ method: "SECKEY", identity: { index: 300, handle: "0.NA/20.500.1" } });
    expect(textOf(command, "password")).toBe("S3CR3T pässword");
    expect(JSON.stringify(command)).toContain('"password":"[redacted]"');
    expect(next).toEqual({ command: "DELETE", handle: "a/b" });
  });

  it("reads a key file with or without a passphrase, or with a leading bar", () => {
    const read = (line: string) => parseBatch(`AUTHENTICATE pubkey:301:a/b\n${line}`)[0];
    expect(read("my key.bin")).toEqual({
      command: "AUTHENTICATE",
      method: "PUBKEY",
      identity: { index: 301, handle: "a/b" },
      keyFile: "my key.bin",
    });
    const protectedKey = read("key.bin | S3CR3T|x ");
    expect(protectedKey).toMatchObject({ keyFile: "key.bin" });
    expect(textOf(protectedKey, "passphrase")).toBe("S3CR3T|x");
    const odd = read("|key.bin|more");
    expect(odd).toMatchObject({ passphrase: undefined });
    expect(odd && parseBatch(formatBatch([odd]))).toEqual([odd]);
  });
});

describe("SESSIONSETUP", () => {
  it("reads keys in files", () => {
    const [command] = parseBatch(
      "SESSIONSETUP\nusesession:1\nPUBEXNGKEYFILE: c:\\pub.bin\nPRIVEXNGKEYFILE:priv.bin\nPASSPHRASE:S3CR3T:x\nOPTIONS:101\nTIMEOUT:24\n",
    );
    expect(JSON.parse(JSON.stringify(command))).toEqual({
      command: "SESSIONSETUP",
      useSession: true,
      publicExchangeKey: { file: "c:\\pub.bin" },
      privateExchangeKey: { file: "priv.bin", passphrase: "[redacted]" },
      options: { encrypt: true, authenticate: false, fallBack: true },
      timeoutHours: 24,
    });
  });

  it("reads a reference, and needs no field", () => {
    expect(parseBatch("SESSIONSETUP\nPUBEXNGKEYREF:301:a/b:c\nOPTIONS:01\n\nSESSIONSETUP")).toEqual([
      {
        command: "SESSIONSETUP",
        useSession: false,
        publicExchangeKey: { index: 301, handle: "a/b:c" },
        options: { encrypt: false, authenticate: true, fallBack: false },
      },
      { command: "SESSIONSETUP", useSession: false },
    ]);
  });
});

describe("errors", () => {
  const value = (line: string) => `DELETE a/b\n\n${CREATE}2 URL 86400 1110 UTF8 x\n${line}\n`;

  it.each([
    ["it is not a command", 1, "FOO"],
    ["it is not a command", 2, "\n DELETE a/b"],
    ["it is not a command", 1, "\uFEFFDELETE a/b"],
    ["it is not a command", 1, " \n"],
    ["DELETE is not followed by a handle", 1, "DELETE"],
    ["DELETE is not followed by a handle", 1, "DELETE  "],
    ["it contains a lone surrogate", 1, "DELETE a/\ud83d"],
    ["CREATE is not followed by a handle", 1, "CREATE\n1 URL 1 1110 UTF8 x"],
    ["MODIFY is not followed by a value", 2, "\nMODIFY a/b\n\n1 URL 1 1110 UTF8 x"],
    ["it contains only white space, which does not end the values", 5, value(" ")],
    ["it is not a value", 5, value("3 URL 86400")],
    ["the index is not an integer from 1 to 2147483647", 5, value("0 URL 1 1110 UTF8 x")],
    ["the index is not an integer from 1 to 2147483647", 5, value("2147483648 URL 1 1110 UTF8 x")],
    ["the type is empty", 5, value("1 \t 1 1110 UTF8 x")],
    ["the ttl is not a number of seconds", 5, value("1 URL 2030-01-02 1110 UTF8 x")],
    ["the permissions are not four binary digits", 5, value("1 URL 1 111 UTF8 x")],
    ["the fifth word is not UTF8, ADMIN, LIST or FILE", 5, value("1 URL 1 1110 BASE64 x")],
    ["there are no data", 5, value("1 URL 1 1110 UTF8")],
    ["there is no path after FILE", 5, value("1 URL 1 1110 FILE ")],
    ["the data are not those of an HS_ADMIN value", 5, value("1 HS_ADMIN 1 1110 ADMIN 300:0.NA/a")],
    ["the data are not those of an HS_ADMIN value", 5, value("1 HS_ADMIN 1 1110 ADMIN 300:11111111111:a")],
    ["the data are not those of an HS_ADMIN value", 5, value("1 HS_ADMIN 1 1110 ADMIN 300:111111111111: ")],
    ["the data are not a list of references", 5, value("1 HS_VLIST 1 1110 LIST ;")],
    ["the data are not a list of references", 5, value("1 HS_VLIST 1 1110 LIST 300:a/b;c/d;")],
    ["REMOVE is not followed by indexes and a handle", 1, "REMOVE a/b"],
    ["REMOVE is not followed by indexes and a handle", 1, "REMOVE 3,:a/b"],
    ["REMOVE is not followed by indexes and a handle", 1, "REMOVE 3:"],
    ["HOME is not followed by address, port and protocol", 1, "HOME example.org:2641:tcp"],
    ["HOME is not followed by address, port and protocol", 1, "HOME [example.org]:2641:tcp"],
    ["UNHOME is not followed by address, port and protocol", 1, "UNHOME 192.0.2.1:65536:tcp"],
    ["HOME is not followed by address, port and protocol", 1, "HOME 192.0.2.1:2641:https"],
    ["it is not a prefix handle", 3, "HOME 192.0.2.1:2641:tcp\n0.NA/a\na/b"],
    ["AUTHENTICATE is not followed by a user", 1, "AUTHENTICATE BASIC:300:a/b\nS3CR3T"],
    ["AUTHENTICATE is not followed by a user", 1, "AUTHENTICATE SECKEY:a/b\nS3CR3T"],
    [
      "the handle of the user contains a colon, where GenericBatch truncates it",
      1,
      "AUTHENTICATE SECKEY:300:a/b:c\nS3CR3T",
    ],
    ["the line after AUTHENTICATE SECKEY is not a password", 1, "AUTHENTICATE SECKEY:300:a/b"],
    ["the line after AUTHENTICATE SECKEY is not a password", 1, "AUTHENTICATE SECKEY:300:a/b\n\nx"],
    [
      "the line after AUTHENTICATE PUBKEY is not the file of a private key",
      1,
      "AUTHENTICATE PUBKEY:300:a/b\n \nx",
    ],
    ["USESESSION is neither 0 nor 1", 2, "SESSIONSETUP\nUSESESSION:yes"],
    ["USESESSION is repeated", 3, "SESSIONSETUP\nUSESESSION:1\nUSESESSION:1"],
    ["it is not a line of SESSIONSETUP", 2, "SESSIONSETUP\nDELETE a/b"],
    ["OPTIONS are not three binary digits", 2, "SESSIONSETUP\nOPTIONS:1"],
    ["TIMEOUT is not a number of hours", 2, "SESSIONSETUP\nTIMEOUT:1h"],
    ["PUBEXNGKEYFILE does not name a file", 2, "SESSIONSETUP\nPUBEXNGKEYFILE:"],
    ["the reference is not index:handle", 2, "SESSIONSETUP\nPUBEXNGKEYREF:a/b"],
    [
      "the public exchange key is given both as a file and as a reference",
      3,
      "SESSIONSETUP\nPUBEXNGKEYFILE:x\nPUBEXNGKEYREF:1:a/b",
    ],
    ["there is a PASSPHRASE but no PRIVEXNGKEYFILE", 2, "SESSIONSETUP\nPASSPHRASE:S3CR3T"],
  ])("has a line: %s", (what, line, batch) => {
    expect(messageOf(batch)).toBe(`Line ${line} of the batch: ${what}.`);
  });

  it("mention the empty line that PYHANDLE leaves out", () => {
    const batch = "\nADD a/1\n1 URL 86400 1110 UTF8 x\nADD a/2\n1 URL 86400 1110 UTF8 y";
    const { message, hint } = refusal("invalid_value", () => parseBatch(batch));
    expect(message).toContain("Line 4 ");
    expect(hint).toContain("PYHANDLE");
    expect(refusal("invalid_value", () => parseBatch(value("x"))).hint).not.toContain("PYHANDLE");
  });

  it("is never quoted", () => {
    const word = "S3CR3T-word";
    const batches = [
      word,
      `${word} ${word}`,
      `AUTHENTICATE ${word}:${word}:${word}\n${word}`,
      `AUTHENTICATE SECKEY:1:a/${word}:${word}\n${word}`,
      `${AUTHENTICATE}${word}`,
      value(word),
      value(`1 ${word} ${word} ${word} ${word} ${word}`),
      value(`1 HS_SECKEY 1 ${word.slice(0, 3)} UTF8 ${word}`),
      value(`1 HS_SECKEY 1 1110 ${word} ${word}`),
      value(`1 HS_ADMIN 1 1110 ADMIN ${word}`),
      value(`1 HS_VLIST 1 1110 LIST ${word}`),
      `REMOVE ${word}`,
      `HOME ${word}`,
      `HOME 192.0.2.1:2641:tcp\n${word}`,
      `SESSIONSETUP\n${word}`,
      `SESSIONSETUP\nPASSPHRASE:${word}`,
      `SESSIONSETUP\nTIMEOUT:${word}`,
    ];
    for (const batch of batches) {
      const { message, hint } = refusal("invalid_value", () => parseBatch(batch));
      expect(`${message} ${hint}`).not.toContain("S3CR3T");
    }
  });
});

describe("readBatch", () => {
  async function collect(lines: AsyncIterable<string> | Iterable<string>): Promise<BatchCommand[]> {
    const commands: BatchCommand[] = [];
    for await (const command of readBatch(lines)) commands.push(command);
    return commands;
  }

  it("yields each command after its last line", async () => {
    const seen: string[] = [];
    async function* lines() {
      for (const line of ["DELETE a/1", `${CREATE.trim()}\r`, "1 URL 1 1110 UTF8 x\r", "\r", "DELETE a/2"]) {
        seen.push(line.trim());
        yield line;
      }
    }
    for await (const { command } of readBatch(lines())) seen.push(`<${command}>`);
    expect(seen).toEqual([
      "DELETE a/1",
      "<DELETE>",
      "CREATE 20.500.1/a",
      "1 URL 1 1110 UTF8 x",
      "",
      "<CREATE>",
      "DELETE a/2",
      "<DELETE>",
    ]);
  });

  it("accepts a list of lines, whose end is the end of a command", async () => {
    expect(await collect(["SESSIONSETUP", "USESESSION:1"])).toEqual([
      { command: "SESSIONSETUP", useSession: true },
    ]);
    expect(await collect([])).toEqual([]);
  });

  it("refuses chunks of text that are not lines", async () => {
    await expect(collect(["DELETE a/1\nDELETE a/2\n"])).rejects.toMatchObject({ code: "invalid_options" });
    await expect(collect(["DELETE a/1", "FOO"])).rejects.toMatchObject({
      code: "invalid_value",
      message: "Line 2 of the batch: it is not a command.",
    });
  });
});
