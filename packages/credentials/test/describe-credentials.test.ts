import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Credentials, loadCredentials, resolveCredentials } from "../src/file.ts";
import { describeCredentials } from "../src/mod.ts";
import { CANARY, leaks } from "./canary.ts";
import { createTestCertificate, createTestKey } from "./certificates.ts";

let directory: string;
let file: string;

const load = async (document: object): Promise<Credentials> => {
  await writeFile(file, JSON.stringify(document), { mode: 0o600 });
  return loadCredentials(file);
};
/** The description, with the path shortened: it must show nothing of the canary. */
const shown = (credentials: Credentials): string => {
  const text = describeCredentials(credentials);
  if (leaks(text)) throw new Error("The description shows the canary.");
  return text.replaceAll(file, "c.json");
};
const line = (text: string, name: string) =>
  text
    .split("\n")
    .find((each) => each.startsWith(`${name} `))
    ?.replace(/ {2,}/g, "  ");

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-credentials-"));
  file = join(directory, "credentials.json");
  const key = await createTestKey();
  await writeFile(join(directory, "key.pem"), key.pem, { mode: 0o600 });
  await writeFile(join(directory, "named.pem"), await createTestCertificate(key, { cn: "301:foo/bar" }));
  await writeFile(join(directory, "nobody.pem"), await createTestCertificate(key, {}));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("describeCredentials", () => {
  it("lists what was found and where, and what it comes to", async () => {
    const credentials = await load({
      baseuri: "https://h.example",
      username: "300:foo/bar",
      password: CANARY,
      handleowner: "200:0.NA/foo",
      prefix: "21.1",
      passwd: CANARY,
    });
    // How wide a column is depends on the path.
    expect(shown(credentials).replace(/ {2,}/g, "  ").split("\n")).toEqual([
      "baseuri  c.json:1:12  https://h.example",
      "username  c.json:1:43  300:foo/bar",
      "password  c.json:1:68  [redacted]",
      "prefix  c.json:1:126  21.1",
      "handleowner  c.json:1:102  200:0.NA/foo",
      "",
      "server  https://h.example",
      "login  user 300:foo/bar with a password",
      "trust  the server is verified",
      "prefix  21.1",
      "owner  200:0.NA/foo owns new handles",
      "search  https://h.example as 300:foo/bar",
      "others  1 key without effect, not shown",
    ]);
  });

  it("names the certificate, until when it is valid, and what it goes before", async () => {
    const credentials = await load({
      username: "300:foo/user",
      password: CANARY,
      private_key: "key.pem",
      certificate_only: "named.pem",
      passphrase: CANARY,
      HTTPS_verify: "named.pem",
    });
    const { login } = credentials;
    if (login?.kind !== "certificate") throw new Error("no certificate login");
    const text = shown(credentials);
    expect(line(text, "login")).toBe(
      `login  certificate of 301:foo/bar, valid until ${login.notAfter.toISOString()}`,
    );
    expect(line(text, "username")).toMatch(/ {2}300:foo\/user \(not used\)$/);
    expect(line(text, "password")).toMatch(/ {2}\[redacted\] \(not used\)$/);
    expect(line(text, "private_key")).toMatch(/ {2}key\.pem$/);
    expect(line(text, "passphrase")).toMatch(/ {2}\[redacted\]$/);
    expect(line(text, "trust")).toBe("trust  the server is verified with 1 CA certificate");
    expect(line(text, "server")).toBe("server  none given");
  });

  it("tells variables from the file, and which of them win", async () => {
    await writeFile(file, JSON.stringify({ username: "300:foo/bar", password: CANARY }), { mode: 0o600 });
    const env = { HDL_SERVER: "https://env.example", HDL_USERNAME: CANARY, ARDC_SHARED_SECRET: CANARY };
    const text = shown(await resolveCredentials({ file, env }));
    expect(text).toMatch(/^handle_server_url +HDL_SERVER +https:\/\/env\.example$/m);
    expect(text).toMatch(/^username +HDL_USERNAME +\[redacted\] \(not used\)$/m);
    expect(text).toMatch(/^username +c\.json:1:13 +300:foo\/bar$/m);
    expect(text).toMatch(/^sharedSecret +ARDC_SHARED_SECRET +\[redacted\]$/m);
    expect(line(text, "login")).toBe("login  user 300:foo/bar with a password");
  });

  it.each([
    [{}, "login", "login  none, for reading only"],
    [{ HTTPS_verify: false }, "trust", "trust  the server is NOT VERIFIED"],
    [
      { private_key: "key.pem", certificate_only: "nobody.pem" },
      "login",
      /^login {2}certificate of a subject that names no user, valid until /,
    ],
    [
      { reverselookup_url_extension: "/hrls/" },
      "search",
      "search  hrls (not possible without URL, user, password)",
    ],
    [
      {
        reverselookup_baseuri: "https://s.example",
        reverselookup_username: "u",
        reverselookup_password: CANARY,
      },
      "search",
      "search  https://s.example as u",
    ],
    [
      { appId: "0123456789abcdef", sharedSecret: CANARY, identifier: "jane", authDomain: "example.org" },
      "ARDC",
      "ARDC  appId 01234567…, shared secret [redacted], identifier jane, authDomain example.org",
    ],
    [
      { appId: "0123" },
      "ARDC",
      "ARDC  appId 0123, shared secret none, so ARDC must know this address, identifier missing, authDomain missing",
    ],
    [{ a: 1, client: "rest" }, "others", "others  2 keys without effect, not shown"],
  ])("%j", async (document, name, expected) => {
    const found = line(shown(await load(document)), name);
    expect(found).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  it("says little of nothing", async () => {
    expect(describeCredentials(await resolveCredentials({}))).toBe(
      "server  none given\nlogin   none, for reading only\ntrust   the server is verified",
    );
  });

  it("shows no control characters", async () => {
    const text = shown(await load({ prefix: "a\u001b[2Jb\nc", authDomain: "x\u0007\r" }));
    expect(text).toContain("a?[2Jb?c");
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});
