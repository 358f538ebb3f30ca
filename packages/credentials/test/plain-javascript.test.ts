import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isHandleError, secret } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as file from "../src/file.ts";
import * as credentials from "../src/mod.ts";
import { CANARY, leaks, printed } from "./canary.ts";
import { createTestCertificate, createTestKey } from "./certificates.ts";

const untyped = { ...credentials, ...file } as unknown as Record<string, (...values: unknown[]) => unknown>;
const text = '{"prefix": "21.1"}';
const loaded = { source: "c.json", httpsVerify: true, clientConfig: {}, config: {}, found: [], warnings: [] };
const identity = { index: 300, handle: "foo/bar" };
const password = secret(CANARY);
const saved = (document: unknown): unknown[] => [path, document];
let directory: string;
let path = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-credentials-"));
  path = join(directory, "credentials.json");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Returns the error of a call or of its promise, which must be `invalid_options` and must not show the canary. */
async function refusalOf(
  name: string,
  values: readonly unknown[],
): Promise<{ message: string; hint: string }> {
  try {
    await untyped[name]?.(...values);
  } catch (error) {
    if (!isHandleError(error, "invalid_options")) throw error;
    if (leaks(printed(error))) throw new Error("The error shows the canary.");
    return { message: error.message, hint: error.hint ?? "" };
  }
  throw new Error("The call did not fail.");
}

describe("a wrong argument is invalid_options, in words", () => {
  it.each<[string, () => unknown[], string]>([
    ["parseCredentials", () => [], "text is missing"],
    ["parseCredentials", () => [null], "text is null"],
    ["parseCredentials", () => [{ password: CANARY }], "text is an object"],
    ["parseCredentials", () => [new TextEncoder().encode(text)], "text is a Uint8Array"],
    ["parseCredentials", () => [text, "c.json"], "its options argument is a string"],
    ["parseCredentials", () => [text, { source: 1 }], "the option source is a number"],
    ["readEnvironment", () => [], "environment is missing"],
    ["readEnvironment", () => [CANARY], "environment is a string"],
    ["readEnvironment", () => [{ HDL_PASSWORD: 5318008 }], "the variable HDL_PASSWORD is a number"],
    ["readEnvironment", () => [{ HDL_SERVER: null }], "the variable HDL_SERVER is null"],
    ["readEnvironment", () => [{ HDL_CERTIFICATE: [CANARY] }], "the variable HDL_CERTIFICATE is an array"],
    [
      "readEnvironment",
      () => [new Map([["HDL_PASSWORD", CANARY]])],
      "the environment must be an object with",
    ],
    ["describeCredentials", () => [], "credentials is missing"],
    ["describeCredentials", () => ["c.json"], "credentials is a string"],
    ["describeCredentials", () => [Promise.resolve(loaded)], "credentials.httpsVerify is missing"],
    ["describeCredentials", () => [{ ...loaded, found: undefined }], "credentials.found is missing"],
    ["describeCredentials", () => [{ ...loaded, config: null }], "credentials.config is null"],
    [
      "describeCredentials",
      () => [{ ...loaded, found: [CANARY] }],
      "an element of credentials.found is a string",
    ],
    [
      "describeCredentials",
      () => [{ ...loaded, found: [{ key: "prefix" }] }],
      "an element of credentials.found.where is missing",
    ],
    [
      "describeCredentials",
      () => [credentials.parseCredentials('{"certificate_and_key": "b.pem"}')],
      "credentials have not been loaded",
    ],
    [
      "describeCredentials",
      () => [credentials.parseCredentials('{"HTTPS_verify": "ca.pem"}')],
      "credentials have not been loaded",
    ],
    [
      "describeCredentials",
      () => [{ ...loaded, login: { kind: "password", password } }],
      "credentials have not been loaded",
    ],
    ["loadCredentials", () => [], "path is missing"],
    ["loadCredentials", () => [{ file: "c.json" }], "path is an object"],
    ["loadCredentials", () => [new URL("file:///c.json")], "path is an object"],
    ["loadCredentials", () => ["c.json", CANARY], "its options argument is a string"],
    ["loadCredentials", () => ["c.json", password], "its options argument is a Secret"],
    ["loadCredentials", () => ["c.json", { passphrase: 1 }], "the option passphrase is a number"],
    [
      "loadCredentials",
      () => ["c.json", { passphrase: {} }],
      "the option passphrase must be a Secret or a function",
    ],
    ["loadCredentials", () => ["c.json", { passphrase: null }], "the option passphrase is null"],
    ["resolveCredentials", () => [], "its options argument is missing"],
    ["resolveCredentials", () => ["c.json", process.env], "its options argument is a string"],
    ["resolveCredentials", () => [{ file: 1 }], "the option file is a number"],
    ["resolveCredentials", () => [{ env: CANARY }], "the option env is a string"],
    ["resolveCredentials", () => [{ env: { HDL_PASSWORD: 1 } }], "the variable HDL_PASSWORD is a number"],
    [
      "resolveCredentials",
      () => [{ passphrase: {} }],
      "the option passphrase must be a Secret or a function",
    ],
    ["saveCredentials", () => [], "path is missing"],
    ["saveCredentials", () => [{ server: "https://h.example" }, path], "path is an object"],
    ["saveCredentials", () => [path], "document is missing"],
    ["saveCredentials", () => saved(text), "document is a string"],
    ["saveCredentials", () => saved({ username: "300:a/b", password: CANARY }), 'unknown member, "username"'],
    ["saveCredentials", () => saved({ server: 1 }), "document.server is a number"],
    ["saveCredentials", () => saved({ login: null }), "document.login is null"],
    ["saveCredentials", () => saved({ login: {} }), "document.login.kind must be"],
    ["saveCredentials", () => saved({ login: { kind: "password", password } }), "login.identity is missing"],
    [
      "saveCredentials",
      () => saved({ login: { kind: "password", identity: "300:foo/bar", password } }),
      "document.login.identity is a string",
    ],
    [
      "saveCredentials",
      () => saved({ login: { kind: "password", identity: { handle: "foo/bar" }, password } }),
      "document.login.identity.index is missing",
    ],
    [
      "saveCredentials",
      () => saved({ login: { kind: "password", identity } }),
      "document.login.password must be a Secret",
    ],
    [
      "saveCredentials",
      () => saved({ login: { kind: "password", identity, password: CANARY } }),
      "document.login.password must be a Secret",
    ],
    [
      "saveCredentials",
      () => saved({ login: { kind: "certificate", keyFile: "k", certificateFile: "c", passphrase: CANARY } }),
      "document.login.passphrase must be a Secret",
    ],
    ["saveCredentials", () => saved({ httpsVerify: "ca.pem" }), "document.httpsVerify is a string"],
    ["saveCredentials", () => saved({ handleOwner: "300:foo/bar" }), "document.handleOwner is a string"],
    ["saveCredentials", () => saved({ handleOwner: {} }), "document.handleOwner.index is missing"],
    [
      "saveCredentials",
      () => saved({ reverseLookup: { password: CANARY } }),
      "document.reverseLookup.password must be a Secret",
    ],
    [
      "saveCredentials",
      () => saved({ ardc: { sharedSecret: CANARY } }),
      "document.ardc.sharedSecret must be a Secret",
    ],
    ["saveCredentials", () => saved({ clientConfig: [] }), "document.clientConfig is an array"],
    ["saveCredentials", () => saved({ config: CANARY }), "document.config is a string"],
  ])("%s: %#", async (name, values, message) => {
    await writeFile(path, "old");
    expect((await refusalOf(name, values())).message).toContain(message);
    expect(await readFile(path, "utf8")).toBe("old");
  });

  it("covers every function", () => {
    const names = Object.keys(untyped).filter((name) => typeof untyped[name] === "function");
    expect(names.sort()).toEqual([
      "describeCredentials",
      "loadCredentials",
      "parseCredentials",
      "readEnvironment",
      "resolveCredentials",
      "saveCredentials",
    ]);
  });
});

it("accepts undefined for every option", async () => {
  expect(credentials.parseCredentials(text, { source: undefined }).found[0]?.where).toBe("credentials:1:12");
  await writeFile(path, text, { mode: 0o600 });
  expect((await file.loadCredentials(path, { passphrase: undefined })).prefix).toBe("21.1");
  const { prefix } = await file.resolveCredentials({ file: path, env: undefined, passphrase: undefined });
  expect(prefix).toBe("21.1");
  await file.saveCredentials(path, { prefix: "21.2", login: undefined, config: undefined });
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ prefix: "21.2" });
});

it.each([1, null, {}])("refuses %j as the result of a passphrase function", async (result) => {
  const key = await createTestKey();
  const cipher = { cipher: "aes-256-cbc", passphrase: CANARY } as const;
  const pem = key.object.export({ type: "pkcs8", format: "pem", ...cipher }).toString();
  const env = { HDL_CERTIFICATE: join(directory, "b.pem") };
  const certificate = await createTestCertificate(key, { cn: "300:foo/bar" });
  await writeFile(env.HDL_CERTIFICATE, `${pem}${certificate}`, { mode: 0o600 });
  const { message } = await refusalOf("resolveCredentials", [{ env, passphrase: async () => result }]);
  expect(message).toContain("The passphrase of a private key is not a Secret");
});
