import type { Socket } from "node:net";
import { isHandleError } from "@handlekit/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  answer,
  answering,
  errorOf,
  GOOD,
  HANDLE,
  IMPATIENT,
  open,
  plain,
  raw,
  secure,
} from "./hostile-support.ts";

/** Writes to a socket as long as it takes. */
function flood(socket: Socket, chunk: string): void {
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
    socket.once("drain", write);
  };
  write();
}

function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 50);
  socket.on("close", () => clearInterval(timer));
}

describe("an answer of a hostile server", () => {
  it.each<[attack: string, code: string, body: string]>([
    ["14 MB of brackets", "protocol_error", "[".repeat(14_000_000)],
    ["14 MB of nested objects", "protocol_error", '{"a":'.repeat(2_800_000)],
    ["brackets in the values", "protocol_error", `{"responseCode":1,"values":[${"[".repeat(1_000_000)}`],
    ["16 MB and more", "too_large", " ".repeat(17_000_000)],
    ["bytes that are no UTF-8", "protocol_error", "\ud800".repeat(10)],
    ["another handle", "protocol_error", answer([GOOD], "20.500.12345/y")],
    ["a handle of control characters", "protocol_error", answer([GOOD], "\u001b[2J\u009b31m\u202e")],
    ["a negative index", "protocol_error", answer([{ ...GOOD, index: -1 }])],
    ["an index of 2^31", "protocol_error", answer([{ ...GOOD, index: 2 ** 31 }])],
    ["an index of 1e300", "protocol_error", answer([{ ...GOOD, index: 1e300 }])],
    ["a fractional index", "protocol_error", answer([{ ...GOOD, index: 1.5 }])],
    ["an index that is no number", "protocol_error", answer([{ ...GOOD, index: "one" }])],
    ["an index that is a list", "protocol_error", answer([{ ...GOOD, index: [1] }])],
    ["an index as text that is too long", "protocol_error", answer([{ ...GOOD, index: "99999999999" }])],
    ["two values at one index", "protocol_error", answer([GOOD, { ...GOOD, type: "EMAIL" }])],
    ["the same value twice", "protocol_error", answer([GOOD, GOOD])],
    ["one index as number and as text", "protocol_error", answer([GOOD, { ...GOOD, index: "1" }])],
    ["a prototype as the answer", "protocol_error", '{"__proto__":{"responseCode":1,"values":[]}}'],
    ["a response code as text", "protocol_error", '{"responseCode":"1","values":[]}'],
    ["null", "protocol_error", "null"],
  ])("%s: %s", async (_, code, body) => {
    const client = open(await plain(answering(body)));
    const error = await errorOf(() => client.read(HANDLE));
    expect([error.code, error.handle ?? HANDLE]).toEqual([code, HANDLE]);
    expect(`${error.message} ${error.hint}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  it("of a million brackets is not handed to the parser", async () => {
    const client = open(await plain(answering("[".repeat(1_000_000))));
    const parse = vi.spyOn(JSON, "parse");
    onTestFinished(() => parse.mockRestore());
    expect((await errorOf(() => client.read(HANDLE))).code).toBe("protocol_error");
    expect(parse).not.toHaveBeenCalled();
  });

  it.each<[attack: string, code: string, status: number, headers: Record<string, string>]>([
    ["a redirect", "redirected", 302, { location: "https://attacker.example/" }],
    ["a redirect to a script", "redirected", 301, { location: "javascript:alert(1)\u009b" }],
    ["a redirect without an address", "redirected", 307, {}],
    ["Retry-After of a year", "server_busy", 503, { "retry-after": "31536000" }],
    ["Retry-After of 10^30 seconds", "server_busy", 429, { "retry-after": `1${"0".repeat(30)}` }],
    ["Retry-After in the year 9999", "server_busy", 503, { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" }],
    ["a content encoding that was not asked for", "protocol_error", 200, { "content-encoding": "gzip" }],
    [
      "15 KB of challenges",
      "authentication_failed",
      401,
      { "www-authenticate": 'Handle a="\\",'.repeat(1100) },
    ],
  ])("with %s: %s", async (_, code, status, headers) => {
    const client = open(await plain(answering('{"responseCode":4', status, headers)));
    const error = await errorOf(() => client.read(HANDLE));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each<[attack: string, code: RegExp, send: (socket: Socket) => void]>([
    ["that never comes", /^timeout$/, () => {}],
    [
      "whose header comes a character at a time",
      /^timeout$/,
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nX: ");
        drip(socket, "x");
      },
    ],
    [
      "whose body comes a character at a time",
      /^timeout$/,
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        drip(socket, " ");
      },
    ],
    [
      "of endless headers",
      /^(too_large|protocol_error)$/,
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        flood(socket, `X-${"x".repeat(1000)}: y\r\n`.repeat(20));
      },
    ],
    [
      "of one endless header",
      /^(too_large|protocol_error)$/,
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nX: ");
        flood(socket, "x".repeat(65_536));
      },
    ],
    [
      "of an endless body",
      /^too_large$/,
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        flood(socket, " ".repeat(65_536));
      },
    ],
    [
      "of endless chunks",
      /^too_large$/,
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        flood(socket, `10000\r\n${" ".repeat(65_536)}\r\n`);
      },
    ],
    [
      "of endless interim responses",
      /^(timeout|protocol_error)$/,
      (socket) => {
        flood(socket, "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000));
      },
    ],
    [
      "that is not HTTP",
      /^(protocol_error|connection_failed)$/,
      (socket) => socket.end("\u001b[2J\0\0SSH-2.0\r\n\r\n"),
    ],
    [
      "that breaks off",
      /^connection_failed$/,
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    ],
    [
      "of two lengths",
      /^(protocol_error|connection_failed)$/,
      (socket) => {
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}");
      },
    ],
  ])("%s: %s", async (_, code, send) => {
    const client = open(await raw(send), code.test("timeout") ? IMPATIENT : {});
    expect((await errorOf(() => client.read(HANDLE))).code).toMatch(code);
  });

  it("that follows another on the connection, unasked, is not taken for that of the next request", async () => {
    const body = answer([GOOD]);
    const response = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
    const server = await raw((socket) => {
      socket.write(response(body) + response(answer([{ ...GOOD, type: "FORGED" }])));
    });
    const client = open(server);
    for (let i = 0; i < 3; i++) {
      const types = await client.read(HANDLE).then(
        ({ values }) => values.map(({ type }) => type),
        (error: unknown) => (isHandleError(error) ? [] : [String(error)]),
      );
      expect(types).not.toContain("FORGED");
    }
  });
});

describe("words of a hostile server", () => {
  const EVIL = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etxt\u2066\r\nHTTP\u{e0041}\ud800";

  it("never reach a terminal as they are", async () => {
    const bodies: readonly [number, object][] = [
      [400, { responseCode: 4, message: EVIL }],
      [500, { responseCode: 2, message: EVIL.repeat(1000) }],
      [200, { responseCode: 1, handle: `20.500.12345/${EVIL}`, values: [] }],
      [404, { responseCode: 100, message: EVIL, handle: EVIL }],
      [401, { responseCode: 402, message: EVIL }],
    ];
    for (const [status, body] of bodies) {
      const client = open(await plain(answering(JSON.stringify(body), status)));
      const error = await errorOf(() => client.read(HANDLE));
      expect(`${error.message} ${error.hint}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(error.message.length).toBeLessThan(3000);
    }
  });

  it("are data in a record, and escaped where a change is shown", async () => {
    const values = [
      { index: 1, type: EVIL, data: EVIL },
      { index: 2, type: "X", data: { format: EVIL } },
    ];
    const client = open(await secure(answering(answer(values))));
    const { warnings = [] } = await client.read(HANDLE);
    expect(warnings.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    const change = await client.deleteValues(HANDLE, [1, 2], { dryRun: true });
    expect(String(change).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    const error = await errorOf(() => client.readText(HANDLE, 2));
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });
});
