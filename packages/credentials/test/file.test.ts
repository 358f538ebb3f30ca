import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { decodeUtf8 } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Credentials, loadCredentials } from "../src/file.ts";
import { CANARY, leaks, printed, rejection } from "./canary.ts";
import { createTestCertificate, createTestKey, type TestKey } from "./certificates.ts";

let directory: string;
let path: string;
let key: TestKey;
let otherKey: TestKey;
let certificate: string;

const put = async (name: string, content: string | Uint8Array, mode = 0o600) => {
  await writeFile(join(directory, name), content);
  await chmod(join(directory, name), mode);
};
const load = async (document: object): Promise<Credentials> => {
  await put("dir/credentials.json", JSON.stringify(document));
  return loadCredentials(path);
};
const messageOf = async (document: object) => (await rejection(load(document))).message;
const pair = { private_key: "key.pem", certificate_only: "certificate.pem" };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-credentials-"));
  await mkdir(join(directory, "dir/sub"), { recursive: true });
  path = join(directory, "dir/credentials.json");
  [key, otherKey] = await Promise.all([createTestKey(), createTestKey()]);
  certificate = await createTestCertificate(key, { cn: "301:foo/bar" });
  await put("dir/key.pem", key.pem);
  await put("dir/certificate.pem", certificate, 0o644);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("loadCredentials", () => {
  it("reads a user and password", async () => {
    const credentials = await load({
      baseuri: "https://h.example/",
      username: "300:foo/bar",
      password: CANARY,
      prefix: "foo",
      handleowner: "200:0.NA/foo",
      more: CANARY,
    });
    const { login } = credentials;
    expect(login?.kind === "password" && decodeUtf8(login.password.reveal()) === CANARY).toBe(true);
    expect(credentials).toMatchObject({
      source: path,
      server: "https://h.example",
      login: { identity: { index: 300, handle: "foo/bar" } },
      httpsVerify: true,
      prefix: "foo",
      handleOwner: { index: 200, handle: "0.NA/foo" },
      warnings: [`${path}:1:140: "more" is unknown and has no effect`],
    });
    expect(leaks(printed(credentials))).toBe(false);
  });

  it("reads a key and its certificate, relative to the file and not to the working directory", async () => {
    const credentials = await load(pair);
    const { login } = credentials;
    if (login?.kind !== "certificate") throw new Error("no certificate login");
    expect(login.identity).toEqual({ index: 301, handle: "foo/bar" });
    expect(new X509Certificate(login.certificate).checkPrivateKey(key.object)).toBe(true);
    expect(decodeUtf8(login.key.reveal()) === key.pem).toBe(true);
    expect(login.notAfter).toEqual(new Date(new X509Certificate(certificate).validTo));
    expect(credentials.warnings).toEqual([]);
    const middle = key.pem.split("\n")[1] ?? "";
    expect(printed(credentials).includes(middle)).toBe(false);
    expect((await loadCredentials(relative(process.cwd(), path))).login?.kind).toBe("certificate");
  });

  it.each([
    ["a parent directory", "../key-above.pem"],
    ["a hidden file", ".hidden.pem"],
    ["./", "./sub/key.pem"],
  ])("accepts a path with %s", async (_, name) => {
    await put(join("dir", name), key.pem);
    expect((await load({ ...pair, private_key: name })).login?.kind).toBe("certificate");
  });

  it("accepts an absolute path, and one file with both", async () => {
    expect((await load({ ...pair, private_key: join(directory, "dir/key.pem") })).login?.kind).toBe(
      "certificate",
    );
    await put("dir/both.pem", `Bag Attributes: é\r\n${key.pem}${certificate}`);
    const { login, warnings } = await load({ certificate_and_key: "both.pem" });
    if (login?.kind !== "certificate") throw new Error("no certificate login");
    expect(login.certificate).toBe(certificate);
    expect(decodeUtf8(login.key.reveal()) === key.pem).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("uses the first certificate of several blocks", async () => {
    const publicKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    const other = await createTestCertificate(otherKey, { cn: "302:foo/other" });
    await put("dir/chain.pem", `${publicKey}${certificate}${other}`);
    const { login } = await load({ ...pair, certificate_only: "chain.pem" });
    expect(login?.kind === "certificate" && login.certificate).toBe(certificate);
  });

  it("reads keys of other forms: PKCS#1 and SEC1", async () => {
    const sec1 = key.object.export({ type: "sec1", format: "pem" }).toString();
    await put(
      "dir/sec1.pem",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`,
    );
    const { login } = await load({ ...pair, private_key: "sec1.pem" });
    expect(login?.kind === "certificate" && decodeUtf8(login.key.reveal()) === sec1).toBe(true);
  });

  it.each([
    [{ cn: "301:foo/bar" }, { index: 301, handle: "foo/bar" }],
    [{ cn: 'foo/b,a+r="<>é;' }, { index: 0, handle: 'foo/b,a+r="<>é;' }],
    [
      { cn: "Jane Doe", uid: "300:foo/uid" },
      { index: 300, handle: "foo/uid" },
    ],
    [
      { cn: "301:foo/cn", uid: "300:foo/uid" },
      { index: 300, handle: "foo/uid" },
    ],
  ])("finds the user in the subject: %j", async (subject, identity) => {
    await put("dir/subject.pem", await createTestCertificate(key, subject));
    const { login, warnings } = await load({ ...pair, certificate_only: "subject.pem" });
    expect(login?.kind === "certificate" && login.identity).toEqual(identity);
    expect(warnings).toEqual([]);
  });

  it.each([{ cn: "Jane Doe" }, {}, { cn: "http://foo/bar" }, { cn: "301:foo/cn", uid: "jane" }])(
    "warns when the subject names no user: %j",
    async (subject) => {
      await put("dir/nobody.pem", await createTestCertificate(key, subject));
      const { login, warnings } = await load({ ...pair, certificate_only: "nobody.pem" });
      expect(login && "identity" in login).toBe(false);
      expect(warnings).toEqual([expect.stringContaining("nobody.pem names no user: neither UID nor CN")]);
    },
  );

  it("warns of a certificate that is no longer or not yet valid", async () => {
    await put("dir/old.pem", await createTestCertificate(key, { cn: "301:foo/bar" }, { from: -9, to: -2 }));
    await put("dir/new.pem", await createTestCertificate(key, { cn: "301:foo/bar" }, { from: 2, to: 9 }));
    const old = await load({ ...pair, certificate_only: "old.pem" });
    expect(old.login?.kind).toBe("certificate");
    expect(old.warnings).toEqual([expect.stringMatching(/old\.pem expired on \d{4}-\d\d-\d\dT[\d:.]+Z\. /)]);
    const { warnings } = await load({ ...pair, certificate_only: "new.pem" });
    expect(warnings).toEqual([
      expect.stringMatching(/new\.pem is not valid before \d{4}-\d\d-\d\dT[\d:.]+Z\. /),
    ]);
  });

  it("reads only the certificates of a CA file", async () => {
    const other = await createTestCertificate(otherKey, { cn: "ca" });
    await put("dir/ca.pem", `# roots\n${certificate}${key.pem}${other}`);
    expect((await load({ HTTPS_verify: "ca.pem" })).httpsVerify).toEqual({ ca: certificate + other });
    const off = await load({ HTTPS_verify: "False" });
    expect(off.httpsVerify).toBe(false);
    expect(off.warnings).toEqual([expect.stringMatching(/TLS verification is OFF .*credentials\.json/)]);
  });

  it.skipIf(process.platform === "win32")(
    "warns when others have access to a file with a secret",
    async () => {
      await put("dir/open-key.pem", key.pem, 0o640);
      await put("dir/open.json", JSON.stringify({ ...pair, private_key: "open-key.pem" }), 0o604);
      const { warnings } = await loadCredentials(join(directory, "dir/open.json"));
      expect(warnings).toEqual([
        expect.stringMatching(
          /: other users of this machine have access to (\/.*\/open\.json)\. Run: chmod 600 \1$/,
        ),
        expect.stringMatching(
          /: other users of this machine have access to (\/.*\/open-key\.pem)\. Run: chmod 600 \1$/,
        ),
      ]);
    },
  );
});

describe("loadCredentials refuses", () => {
  it("a credentials file that is missing, a directory, too large or not UTF-8", async () => {
    const missing = join(directory, "none.json");
    expect((await rejection(loadCredentials(missing))).message).toBe(
      `${missing}: the credentials file is ${missing}, which does not exist`,
    );
    expect((await rejection(loadCredentials(directory))).message).toMatch(
      /which is a directory, not a file$/,
    );
    await put("large.json", `{"a": "${CANARY.repeat(70_000)}"}`);
    expect((await rejection(loadCredentials(join(directory, "large.json")))).message).toMatch(
      /which is larger than 1048576 bytes$/,
    );
    await put("utf16.json", new Uint8Array([0xff, 0xfe, 0x7b, 0]));
    const { message, hint } = await rejection(loadCredentials(join(directory, "utf16.json")));
    expect(message).toMatch(/utf16\.json: the file is not UTF-8 text$/);
    expect(hint).toBe("Save it again as UTF-8.");
    expect((await rejection(loadCredentials("a\0b\u001b[2J"))).message).toMatch(
      /^a\\u0000b\\u001b\[2J: .*cannot be read \(ERR_INVALID_ARG_VALUE\)$/,
    );
  });

  it("a broken document, with its path and the position", async () => {
    await put("dir/credentials.json", `{"username": "300:foo/bar"\n"password": "${CANARY}"}`);
    expect((await rejection(loadCredentials(path))).message).toBe(
      `${path}:2:1: a comma is missing before "password"`,
    );
  });

  it.each([
    [{ ...pair, private_key: "none.pem" }, "private_key", "none.pem"],
    [{ ...pair, certificate_only: "../none.pem" }, "certificate_only", "../none.pem"],
    [{ certificate_and_key: "none/none.pem" }, "certificate_and_key", "none/none.pem"],
    [{ HTTPS_verify: "none.pem" }, "HTTPS_verify", "none.pem"],
    [{ ...pair, private_key: "key.pem/none" }, "private_key", "key.pem/none"],
  ])("a missing file, with field and resolved path: %#", async (document, field, name) => {
    expect(await messageOf(document)).toBe(
      `${path}: "${field}" names ${join(directory, "dir", name)}, which does not exist`,
    );
  });

  it("a path with ~, and says why", async () => {
    const { hint } = await rejection(load({ ...pair, private_key: "~/key.pem" }));
    expect(hint).toMatch(
      /relative to the directory of the credentials file, .*dir\. ~ is not replaced by your home directory/,
    );
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "a file that may not be read",
    async () => {
      await put("dir/locked.pem", key.pem, 0o000);
      expect(await messageOf({ ...pair, private_key: "locked.pem" })).toMatch(
        /locked\.pem, which this user may not read$/,
      );
    },
  );

  it("a key that is not the one of the certificate", async () => {
    await put("dir/other.pem", otherKey.pem);
    expect(await messageOf({ ...pair, private_key: "other.pem" })).toBe(
      `${path}: "private_key" names ${join(directory, "dir/other.pem")}, which is not the key of the certificate in ${join(directory, "dir/certificate.pem")}`,
    );
  });

  it("an encrypted key of either form, and says how to decrypt it", async () => {
    const passphrase = CANARY;
    const encoding = { format: "pem", cipher: "aes-128-cbc", passphrase } as const;
    const pkcs8 = key.object.export({ type: "pkcs8", ...encoding }).toString();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pkcs1 = privateKey.export({ type: "pkcs1", ...encoding }).toString();
    for (const pem of [pkcs8, pkcs1]) {
      await put("dir/locked.pem", pem);
      const { message, hint } = await rejection(load({ ...pair, private_key: "locked.pem" }));
      expect(message).toMatch(
        /"private_key" names .*locked\.pem, which is encrypted, and no passphrase was given$/,
      );
      expect(hint).toMatch(/openssl pkey -in \/.*locked\.pem -out /);
    }
  });

  it("a Handle.Net .bin file, private or public, and names the tool", async () => {
    for (const bytes of [
      [0, 0, 0, 1, 0, 0, 0, 16, 0x52, 0x53, 0x41],
      [0, 0, 0, 4, 0, 0, 0, 16],
      [0, 0, 0, 11, 0x52, 0x53, 0x41, 0x5f],
    ]) {
      await put("dir/key.bin", new Uint8Array(bytes));
      const { message, hint } = await rejection(load({ ...pair, private_key: "key.bin" }));
      expect(message).toMatch(
        /"private_key" names .*key\.bin, which looks like a \.bin file of Handle\.Net, not PEM$/,
      );
      expect(hint).toContain("hdl key convert");
    }
  });

  it.each([
    ["no PEM", CANARY],
    ["an empty file", ""],
    ["a block without an end", "-----BEGIN PRIVATE KEY-----\nAAAA\n"],
    ["a block with another end", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ])("%s", async (_, content) => {
    await put("dir/bad.pem", content);
    for (const field of ["private_key", "certificate_only"]) {
      expect(await messageOf({ ...pair, [field]: "bad.pem" })).toMatch(
        /bad\.pem, which is not a complete PEM file$/,
      );
    }
    expect(await messageOf({ HTTPS_verify: "bad.pem" })).toMatch(
      /"HTTPS_verify" names .* is not a complete PEM file$/,
    );
  });

  it("a certificate in the place of a key, and the reverse", async () => {
    expect(await messageOf({ ...pair, private_key: "certificate.pem" })).toMatch(
      /"private_key" names .*, which holds a certificate, but no private key$/,
    );
    expect(await messageOf({ ...pair, certificate_only: "key.pem" })).toMatch(
      /"certificate_only" names .*, which holds a private key, but no certificate$/,
    );
    expect(await messageOf({ certificate_and_key: "key.pem" })).toMatch(
      /"certificate_and_key" names .*, which holds a private key, but no certificate$/,
    );
    expect(await messageOf({ HTTPS_verify: "key.pem" })).toMatch(
      /"HTTPS_verify" names .*, which holds no certificate$/,
    );
    await put("dir/public.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    expect(await messageOf({ ...pair, private_key: "public.pem" })).toMatch(/which holds no private key$/);
    expect(await messageOf({ ...pair, certificate_only: "public.pem" })).toMatch(
      /which holds no certificate$/,
    );
  });

  it("blocks that cannot be read, without showing them", async () => {
    const block = (label: string) =>
      `-----BEGIN ${label}-----\n${btoa(CANARY.repeat(9))}\n-----END ${label}-----\n`;
    await put("dir/bad.pem", block("PRIVATE KEY"));
    expect(await messageOf({ ...pair, private_key: "bad.pem" })).toMatch(
      /which holds a private key that cannot be read$/,
    );
    await put("dir/bad.pem", block("CERTIFICATE"));
    expect(await messageOf({ ...pair, certificate_only: "bad.pem" })).toMatch(
      /which holds a certificate that cannot be read$/,
    );
    expect(await messageOf({ HTTPS_verify: "bad.pem" })).toMatch(
      /which holds a certificate that cannot be read$/,
    );
  });
});
