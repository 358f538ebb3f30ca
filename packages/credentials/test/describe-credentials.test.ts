import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Credentials, loadCredentials, resolveCredentials } from "../src/file.ts";
import { describeCredentials } from "../src/mod.ts";
import { CANARY, leaks, rejection } from "./canary.ts";
import { createTestCertificate, createTestKey } from "./certificates.ts";

/** The characters that must not reach a terminal. */
const UNPRINTABLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

let directory: string;
let file: string;

const load = async (document: object): Promise<Credentials> => {
  await writeFile(file, JSON.stringify(document), { mode: 0o600 });
  return loadCredentials(file);
};
/** Returns the description with a short path; fails when it shows the canary. */
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
  it("lists the keys that were found, their positions, and the settings", async () => {
    const credentials = await load({
      baseuri: "https://h.example",
      username: "300:foo/bar",
      password: CANARY,
      handleowner: "200:0.NA/foo",
      prefix: "21.1",
      passwd: CANARY,
    });
    // The width of a column depends on the path.
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

  it("names the certificate, its expiry, and the login that is not used", async () => {
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

  it("distinguishes variables from the file, and shows which are used", async () => {
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
      "ARDC  appId 0123, shared secret none, so ARDC must identify you by your IP address, identifier missing, authDomain missing",
    ],
    [{ a: 1, client: "rest" }, "others", "others  2 keys without effect, not shown"],
  ])("%j", async (document, name, expected) => {
    const found = line(shown(await load(document)), name);
    expect(found).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  it("describes credentials without any setting", async () => {
    expect(describeCredentials(await resolveCredentials({}))).toBe(
      "server  none given\nlogin   none, for reading only\ntrust   the server is verified",
    );
  });

  it("escapes ESC, U+200B, U+202E and line breaks, whatever setting they are in", async () => {
    const text = shown(
      await load({
        prefix: "a\u001b[2Jb\nc",
        username: "300:foo/b\u202er",
        password: CANARY,
        reverselookup_baseuri: "https://s.example",
        reverselookup_username: "u\u200bv",
        reverselookup_password: CANARY,
        appId: "a\u202eb",
        authDomain: "x\u0007\r",
        allowed_search_keys: ["U\u202eRL"],
      }),
    );
    for (const escaped of [
      "a\\u001b[2Jb\\nc",
      "300:foo/b\\u202er",
      "https://s.example as u\\u200bv",
      "appId a\\u202eb",
      "authDomain x\\u0007\\r",
      "U\\u202eRL",
    ]) {
      expect(text).toContain(escaped);
    }
    expect(text.replaceAll("\n", "")).not.toMatch(UNPRINTABLE);
  });

  it("escapes such characters in the names of files", async () => {
    const path = join(directory, "c\u202ed\u200be\u001b.json");
    await writeFile(path, JSON.stringify({ prefix: "21.1", HTTPS_verify: false }), { mode: 0o644 });
    const credentials = await loadCredentials(path);
    expect(line(describeCredentials(credentials), "prefix")).toContain("c\\u202ed\\u200be\\u001b.json:1:11");
    expect(credentials.warnings.length).toBeGreaterThan(0);
    for (const warning of credentials.warnings) expect(warning).not.toMatch(UNPRINTABLE);
    await writeFile(path, JSON.stringify({ HTTPS_verify: "n\u202eo\u200bn\u001be.pem" }), { mode: 0o600 });
    const { message, hint } = await rejection(loadCredentials(path));
    expect(message).toContain("n\\u202eo\\u200bn\\u001be.pem, which does not exist");
    expect(`${message}${hint}`).not.toMatch(UNPRINTABLE);
  });

  it("shows no such character of any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), async (one, two) => {
        const env = {
          HDL_USERNAME: `300:foo/x${one.replace(/\p{Surrogate}/gu, "")}`,
          HDL_PASSWORD: CANARY,
          ARDC_APP_ID: one,
          ARDC_IDENTIFIER: two,
          ARDC_AUTH_DOMAIN: `${one}${two}`,
        };
        const text = describeCredentials(await resolveCredentials({ env }));
        expect(text.replaceAll("\n", "")).not.toMatch(UNPRINTABLE);
      }),
    );
  });
});
