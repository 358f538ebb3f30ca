import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { decodeUtf8, formatFingerprint, parseReference, secret } from "@handlekit/core";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Credentials, type DocumentToSave, loadCredentials, saveCredentials } from "../src/file.ts";
import { type CredentialDocument, parseCredentials } from "../src/mod.ts";
import { CANARY, rejection } from "./canary.ts";
import { createTestCertificate, createTestKey } from "./certificates.ts";

let directory: string;
let path: string;

const password = secret(CANARY);
const identity = parseReference("300:foo/bar");
const simple: DocumentToSave = {
  server: "https://h.example",
  login: { kind: "password", identity, password },
};
const written = async (): Promise<Record<string, unknown>> => JSON.parse(await readFile(path, "utf8"));
const save = async (document: DocumentToSave) => {
  await saveCredentials(path, document);
  return written();
};
/** Returns a value as JSON, with secrets as their text. */
function spelled(value: unknown): string {
  const plain = (held: unknown): unknown => {
    if (typeof held !== "object" || held === null) return held;
    if ("reveal" in held && typeof held.reveal === "function") return { secret: decodeUtf8(held.reveal()) };
    return Array.isArray(held)
      ? held.map(plain)
      : Object.entries(held).map(([key, each]) => [key, plain(each)]);
  };
  return JSON.stringify(plain(value));
}

/** Returns the settings of a document, without their positions. */
function meaning({
  server,
  login,
  httpsVerify,
  trust,
  prefix,
  ...rest
}: CredentialDocument | Credentials): string {
  const { handleOwner, reverseLookup, clientConfig, ardc, config } = rest;
  return spelled([
    server,
    login,
    httpsVerify,
    trust,
    prefix,
    handleOwner,
    reverseLookup,
    clientConfig,
    ardc,
    config,
  ]);
}

const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019._"), minLength: 1, maxLength: 8 });
const anyText = fc.string({ unit: "grapheme", maxLength: 8 });
const secretText = anyText.map((rest) => `S3CR3T${rest}`);
const reference = fc
  .tuple(fc.nat(), word, anyText)
  .map(([index, prefix, suffix]) => `${index}:${prefix}/x${suffix}`);
const pem = word.map((name) => `./${name}.pem`);
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(formatFingerprint);
const url = fc.constantFrom("https://h.example/", "https://h.example:8000/a-b", "http://[::1]:80/");
const pathOfApi = word.map((name) => `/api/x${name}/`);
const optional = <T>(keys: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(keys, { requiredKeys: [] });
const KNOWN =
  /^(toJSON|__proto__)$|_|^(trust|baseuri|password|username|passphrase|prefix|handleowner|identifier|appId|sharedSecret|authDomain)$/;
const validDocument: fc.Arbitrary<object> = fc
  .tuple(
    fc.oneof(
      fc.constant({}),
      fc.record({ username: reference, password: secretText }),
      fc.record({ private_key: pem, certificate_only: pem, username: reference, password: secretText }),
      fc.record({ certificate_and_key: pem }),
    ),
    fc.oneof(
      optional({ HTTPS_verify: fc.oneof(fc.boolean(), fc.constant("False"), pem) }),
      optional({
        trust: fc.oneof(
          pem,
          digest,
          pem.map((certificate) => ({ certificate })),
          digest.map((fingerprint) => ({ fingerprint })),
        ),
      }),
    ),
    optional({
      handle_server_url: url,
      passphrase: secretText,
      prefix: anyText,
      handleowner: reference,
      REST_API_url_extension: pathOfApi,
      HS_ADMIN_permissions: fc.nat(0xfff).map((bits) => bits.toString(2).padStart(12, "0")),
      modify_HS_ADMIN: fc.constantFrom(true, false, "True", "false"),
      "10320LOC_chooseby": anyText,
      allowed_search_keys: fc.array(anyText.map((key) => `k${key}`)),
    }),
    optional({
      reverselookup_baseuri: url,
      reverselookup_url_extension: pathOfApi,
      reverselookup_username: anyText,
      reverselookup_password: secretText,
    }),
    optional({ appId: anyText, sharedSecret: secretText, identifier: anyText, authDomain: anyText }),
    fc.dictionary(
      anyText.filter((key) => !KNOWN.test(key)),
      fc.jsonValue(),
    ),
  )
  .map((parts) => Object.assign({}, ...parts));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-credentials-"));
});
beforeEach(async () => {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  path = join(directory, "credentials.json");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("saveCredentials writes", () => {
  it("B2HANDLE's names, and both names of the server", async () => {
    const json = await save({
      ...simple,
      httpsVerify: { caFile: "ca.pem" },
      prefix: "21.1",
      handleOwner: parseReference("200:0.NA/foo"),
      reverseLookup: {
        baseUrl: "https://s.example",
        urlExtension: "hrls/handles",
        username: "searcher",
        password,
      },
      clientConfig: {
        restApiUrlExtension: "api/handles",
        adminPermissions: "011111110011",
        modifyAdmin: false,
        locChooseBy: "weighted",
        allowedSearchKeys: [],
      },
      ardc: { appId: "01", sharedSecret: password, identifier: "jane", authDomain: "example.org" },
      config: { client: "rest", colour: ["red"] },
    });
    const { password: main, sharedSecret, reverselookup_password: own, ...rest } = json;
    expect([main, sharedSecret, own].every((value) => value === CANARY)).toBe(true);
    expect(rest).toEqual({
      handle_server_url: "https://h.example",
      baseuri: "https://h.example",
      username: "300:foo/bar",
      HTTPS_verify: "ca.pem",
      prefix: "21.1",
      handleowner: "200:0.NA/foo",
      reverselookup_baseuri: "https://s.example",
      reverselookup_url_extension: "/hrls/handles/",
      reverselookup_username: "searcher",
      REST_API_url_extension: "/api/handles/",
      HS_ADMIN_permissions: "011111110011",
      modify_HS_ADMIN: false,
      "10320LOC_chooseby": "weighted",
      allowed_search_keys: [],
      appId: "01",
      identifier: "jane",
      authDomain: "example.org",
      client: "rest",
      colour: ["red"],
    });
  });

  it("the login by certificate with its passphrase, in two files or one", async () => {
    const two = { kind: "certificate", certificateFile: "c.pem", keyFile: "../k.pem" } as const;
    expect(await save({ login: two })).toEqual({ private_key: "../k.pem", certificate_only: "c.pem" });
    const one = {
      kind: "certificate",
      certificateFile: "b.pem",
      keyFile: "b.pem",
      passphrase: password,
    } as const;
    const { passphrase, ...rest } = await save({ login: one });
    expect(passphrase === CANARY).toBe(true);
    expect(rest).toEqual({ certificate_and_key: "b.pem" });
  });

  it("no password twice when searching is with the login of the handle server", async () => {
    const document = parseCredentials(
      JSON.stringify({ baseuri: "https://h.example", username: "300:foo/bar", password: CANARY }),
    );
    expect(document.reverseLookup).toBeDefined();
    expect(Object.keys(await save(document))).toEqual([
      "handle_server_url",
      "baseuri",
      "username",
      "password",
    ]);
  });

  it.each([
    { baseuri: "https://h.example", reverselookup_baseuri: "https://h.example" },
    {
      username: "300:foo/bar",
      password: CANARY,
      reverselookup_username: "300:foo/bar",
      reverselookup_password: CANARY,
    },
  ])("an incomplete look-up unchanged: %#", async (document) => {
    const before = parseCredentials(JSON.stringify(document));
    await saveCredentials(path, before);
    expect(meaning(parseCredentials(await readFile(path, "utf8"))) === meaning(before)).toBe(true);
  });

  it("a file that only its owner may read, also when it replaces another and with any umask", async () => {
    await writeFile(path, "{}");
    await chmod(path, 0o644);
    await save(simple);
    if (process.platform !== "win32") expect((await stat(path)).mode & 0o777).toBe(0o600);
    await rm(path);
    const umask = process.umask(0o777);
    await save(simple).finally(() => process.umask(umask));
    if (process.platform !== "win32") expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await loadCredentials(path)).warnings).toEqual([]);
  });

  it("indented lines, and no other file", async () => {
    await saveCredentials(relative(process.cwd(), path), { prefix: "21.1" });
    expect(await readFile(path, "utf8")).toBe('{\n  "prefix": "21.1"\n}\n');
    expect(await readdir(directory)).toEqual(["credentials.json"]);
  });

  it("atomically: a concurrent reader sees the old file or the new", async () => {
    await save(simple);
    const big = { ...simple, config: { filler: "x".repeat(200_000) } };
    const sizes = new Set<number>();
    let saving = true;
    const reading = (async () => {
      while (saving) {
        const { config, login } = await loadCredentials(path);
        if (login?.kind !== "password") throw new Error("The file was read in part.");
        sizes.add(String(config.filler ?? "").length);
      }
    })();
    for (let round = 0; round < 10; round++) {
      await Promise.all([saveCredentials(path, big), saveCredentials(path, simple)]);
    }
    saving = false;
    await reading;
    for (const size of sizes) expect([0, 200_000]).toContain(size);
    expect(await readdir(directory)).toEqual(["credentials.json"]);
  });

  it("a file that can be loaded again, for any valid document", async () => {
    await fc.assert(
      fc.asyncProperty(validDocument, async (document) => {
        const before = parseCredentials(JSON.stringify(document));
        await saveCredentials(path, before);
        const after = parseCredentials(await readFile(path, "utf8"));
        expect(meaning(after) === meaning(before)).toBe(true);
        const { login, httpsVerify, trust } = before;
        const named = trust !== undefined && !("fingerprint" in trust);
        if (login?.kind === "certificate" || typeof httpsVerify === "object" || named) return;
        expect(meaning(await loadCredentials(path)) === meaning(before)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("saveCredentials refuses, and leaves the old file as it was", () => {
  const refusalOf = async (document: DocumentToSave): Promise<string> => {
    await writeFile(path, "old");
    const { message } = await rejection(saveCredentials(path, document));
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(directory)).toEqual(["credentials.json"]);
    return message.replace(path, "c.json");
  };
  const certificateLogin = { kind: "certificate", certificateFile: "", keyFile: "k.pem" } as const;

  it.each<[string, DocumentToSave, string | RegExp]>([
    [
      "a secret that is not UTF-8",
      { login: { kind: "password", identity, password: secret(new Uint8Array([0xff])) } },
      "c.json: a secret is not UTF-8 text, so JSON cannot contain it",
    ],
    [
      "an empty password",
      { login: { kind: "password", identity, password: secret("") } },
      /"username" is given, but "password" is missing$/,
    ],
    [
      "an invalid user",
      { login: { kind: "password", identity: { index: 300, handle: "foo" }, password } },
      /"username" is not of the form index:prefix\/suffix$/,
    ],
    ["an incomplete certificate login", { login: certificateLogin }, /"certificate_only" is missing$/],
    [
      "a server that is not a URL",
      { server: CANARY },
      /"handle_server_url" is not an absolute http or https URL$/,
    ],
    [
      "a key of config that is a member of the document",
      { config: { password: CANARY } },
      'c.json: "password" cannot be a key of config: the document has a member for it',
    ],
    ["a key toJSON", { config: { toJSON: 1 } }, /a key cannot be called "toJSON"$/],
    [
      "config that JSON cannot write",
      { config: { big: 1n } },
      "c.json: config contains a value that JSON cannot represent",
    ],
    ["wrong permissions", { clientConfig: { adminPermissions: "1" } }, /is not twelve binary digits$/],
    ["an invalid path", { clientConfig: { restApiUrlExtension: "a?b" } }, /is not the path of an API$/],
    ["more than can be read", { config: { a: "x".repeat(1_048_576) } }, /is longer than 1048576 characters$/],
  ])("%s", async (_, document, expected) => {
    expect(await refusalOf(document)).toEqual(
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    );
  });
});

describe("the result of loadCredentials", () => {
  it("is refused when it no longer names its files, instead of losing the login", async () => {
    await save(simple);
    const before = await readFile(path, "utf8");
    const login = { kind: "certificate", identity, certificate: "PEM", key: password };
    for (const [loaded, word] of [
      [{ server: "https://h.example", login }, "certificateFile"],
      [{ ...simple, httpsVerify: { ca: "PEM" } }, "caFile"],
    ] as const) {
      const error = await rejection(saveCredentials(path, loaded as unknown as DocumentToSave));
      expect(error.message).toContain(word);
      expect(await readFile(path, "utf8")).toBe(before);
    }
  });
});

describe("saveCredentials refuses the place", () => {
  const because = async (why: string) => {
    expect((await rejection(saveCredentials(path, simple))).message).toBe(
      `${path}: cannot write ${path}, which ${why}`,
    );
  };

  it.skipIf(process.platform === "win32")(
    "that is a symbolic link, and touches neither it nor its target",
    async () => {
      const target = join(directory, "target.json");
      await writeFile(target, "old");
      await symlink("target.json", path);
      await because("is a symbolic link: give the path of the file that it points to, or remove it");
      expect(await readFile(target, "utf8")).toBe("old");
      expect(await readlink(path)).toBe("target.json");
      await rm(target);
      await because("is a symbolic link: give the path of the file that it points to, or remove it");
      expect((await lstat(path)).isSymbolicLink()).toBe(true);
    },
  );

  it("that is a directory", async () => {
    await mkdir(path);
    await because("is a directory, not a file");
  });

  it("whose directory does not exist, or is a file", async () => {
    path = join(directory, "none", "credentials.json");
    await because("is in a directory that does not exist");
    await writeFile(join(directory, "file"), "");
    path = join(directory, "file", "credentials.json");
    await because("is in a directory that does not exist");
  });

  it("whose name is too long", async () => {
    path = join(directory, "x".repeat(300));
    await because("is too long for a path");
    expect(await readdir(directory)).toEqual([]);
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "that this user may not write",
    async () => {
      await chmod(directory, 0o500);
      await because("this user may not write").finally(() => chmod(directory, 0o700));
    },
  );
});

it("saves a login by certificate that loads from the same directory", async () => {
  const key = await createTestKey();
  await writeFile(join(directory, "key.pem"), key.pem, { mode: 0o600 });
  await writeFile(join(directory, "c.pem"), await createTestCertificate(key, { cn: "301:foo/bar" }));
  await save({
    login: { kind: "certificate", certificateFile: "c.pem", keyFile: "key.pem" },
    httpsVerify: { caFile: "c.pem" },
  });
  const { login, httpsVerify, warnings } = await loadCredentials(path);
  expect(login).toMatchObject({ kind: "certificate", identity: { index: 301, handle: "foo/bar" } });
  expect(httpsVerify).toMatchObject({ ca: expect.stringContaining("BEGIN CERTIFICATE") });
  expect(warnings).toEqual([]);
});
