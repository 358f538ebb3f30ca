import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase64, encodePublicKey, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCredentials, resolveCredentials, saveCredentials } from "../src/file.ts";
import { describeCredentials, parseCredentials, readEnvironment } from "../src/mod.ts";
import { CANARY, rejection } from "./canary.ts";
import { createTestCertificate, createTestKey } from "./certificates.ts";

const FINGERPRINT = `sha256:${"0A".repeat(32)}`;
const KEY = encodeBase64(encodePublicKey({ kty: "RSA", n: "r1jJ3Kw5", e: "AQAB" }));

let directory: string;
let file: string;
let certificate: string;
let publicKey: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-trust-"));
  file = join(directory, "credentials.json");
  await mkdir(join(directory, "sub"));
  const key = await createTestKey();
  certificate = await createTestCertificate(key, { cn: "anonymous" });
  publicKey = String(createPublicKey(certificate).export({ type: "spki", format: "pem" }));
  const block = `-----BEGIN X-----\n${btoa(CANARY.repeat(9))}\n-----END X-----\n`;
  const files = {
    "sub/server.pem": certificate,
    "sub/key.pem": publicKey,
    "sub/both.pem": `# key and certificate\n${publicKey}${key.pem}${certificate}`,
    "sub/two.pem": certificate + certificate,
    "sub/private.pem": key.pem,
    "sub/bad.pem": block.replaceAll("X", "CERTIFICATE"),
    "sub/bad-key.pem": block.replaceAll("X", "PUBLIC KEY"),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content, { mode: 0o600 });
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const parse = (trust: unknown, more: object = {}) =>
  parseCredentials(JSON.stringify({ trust, ...more }), { source: "c.json" });

/** Returns the message of the invalid_credentials that a document causes; fails if it quotes the canary. */
function messageOf(trust: unknown, more: object = {}): string {
  try {
    parse(trust, more);
  } catch (error) {
    if (!isHandleError(error, "invalid_credentials")) throw error;
    expect(`${error.message} ${error.hint}`.includes("S3CR3T")).toBe(false);
    return error.message;
  }
  return "It was accepted.";
}

const load = async (trust: unknown, more: object = {}) => {
  await writeFile(file, JSON.stringify({ trust, ...more }), { mode: 0o600 });
  return loadCredentials(file);
};

describe("a document", () => {
  it.each([
    [FINGERPRINT, { fingerprint: FINGERPRINT }],
    [FINGERPRINT.slice(7), { fingerprint: FINGERPRINT.slice(7) }],
    ["sub/server.pem", { file: "sub/server.pem" }],
    [{ fingerprint: FINGERPRINT }, { fingerprint: FINGERPRINT }],
    [{ certificate: "server.pem", publicKey: "" }, { certificateFile: "server.pem" }],
    [{ publicKey: "key.pem" }, { publicKeyFile: "key.pem" }],
    [{ publicKey: KEY }, { publicKey: KEY }],
    [null, undefined],
    ["", undefined],
  ])("has trust: %j", (trust, expected) => {
    const document = parse(trust);
    expect(document.trust).toEqual(expected);
    expect([document.httpsVerify, document.warnings]).toEqual([true, []]);
  });

  it.each<[unknown, string]>([
    [5, 'c.json:1:10: "trust" must be text in double quotes, or an object with'],
    [[FINGERPRINT], 'c.json:1:10: "trust" must be text in double quotes, or an object with'],
    [{ [CANARY]: CANARY }, 'c.json:1:10: "trust" must be text in double quotes, or an object with'],
    [{ fingerprint: 5 }, 'c.json:1:10: "trust" must be text in double quotes, or an object with'],
    [{}, 'c.json:1:10: "trust" must have exactly one of'],
    [{ fingerprint: FINGERPRINT, publicKey: KEY }, 'c.json:1:10: "trust" must have exactly one of'],
    [{ fingerprint: CANARY }, 'c.json:1:10: "fingerprint" in "trust" is not of SHA-256'],
    [`sha256:${CANARY}`, 'c.json:1:10: "trust" is not a SHA-256 fingerprint'],
    [{ publicKey: KEY.slice(0, -8) }, '"publicKey" in "trust" is not the base64 of a whole RSA key'],
    [{ publicKey: `${KEY}${CANARY}!` }, '"publicKey" in "trust" is not the base64 of a whole RSA key'],
    [{ publicKey: `-----BEGIN ${CANARY}` }, '"trust" must be the path of a PEM file, not its content'],
    [{ certificate: `a\n${CANARY}` }, '"trust" must be the path of a PEM file, not its content'],
    [`MIIE${btoa(CANARY.repeat(5))}`, '"trust" must be the path of a PEM file, not its content'],
  ])("is refused, case %#", (trust, message) => {
    expect(messageOf(trust)).toContain(message);
  });

  it("is refused with HTTPS_verify too, naming both", () => {
    for (const HTTPS_verify of [false, true, "ca.pem"]) {
      expect(messageOf(FINGERPRINT, { HTTPS_verify })).toBe(
        'c.json:1:10: "trust" and "HTTPS_verify" contradict each other',
      );
    }
  });

  it("throws nothing but HandleError, whatever trust holds", () => {
    const member = fc.constantFrom("certificate", "publicKey", "fingerprint", "x");
    const text = fc.oneof(
      fc.constantFrom(FINGERPRINT, KEY, KEY.slice(9), "a.pem"),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(
        fc.oneof(text, fc.dictionary(member, fc.oneof(text, fc.jsonValue())), fc.jsonValue()),
        (trust) => {
          const source = JSON.stringify({ trust });
          try {
            const { trust: read } = parseCredentials(source);
            expect(Object.keys(read ?? {}).length).toBeLessThanOrEqual(1);
          } catch (error) {
            if (!isHandleError(error, "invalid_credentials")) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("the files that trust names", () => {
  it("are read, relative to the document", async () => {
    const trusts = {
      certificate: [{ certificate: "sub/server.pem" }, "sub/server.pem", "sub/both.pem"],
      publicKey: [{ publicKey: "sub/key.pem" }, { publicKey: "sub/both.pem" }, "sub/key.pem"],
    };
    for (const trust of trusts.certificate) {
      const loaded = (await load(trust)).trust;
      const pem = loaded && "certificate" in loaded ? loaded.certificate : "";
      expect(new X509Certificate(pem).raw).toEqual(new X509Certificate(certificate).raw);
      expect(pem).not.toContain("KEY");
    }
    for (const trust of trusts.publicKey) {
      expect((await load(trust)).trust).toEqual({ publicKey });
    }
    expect((await load({ publicKey: KEY })).trust).toEqual({ publicKey: KEY });
    expect((await load(FINGERPRINT)).trust).toEqual({ fingerprint: FINGERPRINT });
    expect("trust" in (await load(null))).toBe(false);
  });

  it.each<[unknown, string]>([
    ["none.pem", "which does not exist"],
    ["sub/private.pem", "which holds no certificate"],
    ["sub/two.pem", "which holds more than one certificate"],
    ["sub/bad.pem", "which holds a certificate that cannot be read"],
    ["sub/bad-key.pem", "which holds a public key that cannot be read"],
    [{ publicKey: "sub/server.pem" }, "which holds no public key"],
    [{ certificate: "sub/key.pem" }, "which holds no certificate"],
  ])("are refused, case %#", async (trust, message) => {
    const error = await rejection(load(trust));
    expect(error.message).toMatch(/"trust" names \S+, which /);
    expect(error.message).toContain(message);
  });
});

describe("HDL_TRUST", () => {
  it("is a fingerprint, or a path relative to the working directory", async () => {
    expect(readEnvironment({ HDL_TRUST: FINGERPRINT }).trust).toEqual({ fingerprint: FINGERPRINT });
    const env = { HDL_TRUST: join(directory, "sub/key.pem") };
    expect((await resolveCredentials({ env })).trust).toEqual({ publicKey });
    const { message, hint } = await rejection(
      resolveCredentials({ env: { HDL_TRUST: "handlekit-none.pem" } }),
    );
    expect(message).toBe(
      `environment: "HDL_TRUST" names ${join(process.cwd(), "handlekit-none.pem")}, which does not exist`,
    );
    expect(hint).toContain("the working directory");
    const broken = await rejection(resolveCredentials({ env: { HDL_TRUST: "sha256:00" } }));
    expect(broken.message).toBe('environment: "HDL_TRUST" is not a SHA-256 fingerprint');
  });

  it("is used when the file has neither trust nor HTTPS_verify, which take precedence", async () => {
    const env = { HDL_TRUST: FINGERPRINT };
    await writeFile(file, "{}", { mode: 0o600 });
    expect((await resolveCredentials({ file, env })).trust).toEqual({ fingerprint: FINGERPRINT });
    const others = [{ trust: "sub/server.pem" }, { HTTPS_verify: "sub/server.pem" }, { HTTPS_verify: true }];
    for (const document of others) {
      await writeFile(file, JSON.stringify(document), { mode: 0o600 });
      const { trust, warnings } = await resolveCredentials({ file, env });
      expect(trust && "fingerprint" in trust).not.toBe(true);
      expect(warnings).toEqual([`environment: "HDL_TRUST" is ignored: ${file} takes precedence`]);
    }
  });
});

describe("describeCredentials", () => {
  it.each<[unknown, RegExp, RegExp]>([
    [
      FINGERPRINT,
      /^trust +\S+:1:10 +sha256:0A0A/m,
      /^trust +only the server whose certificate has the fingerprint sha256:0A/m,
    ],
    [
      { certificate: "sub/server.pem" },
      /^trust +\S+:1:10 +certificate sub\/server\.pem$/m,
      /^trust +only the server with the given certificate$/m,
    ],
    [
      { publicKey: KEY },
      /^trust +\S+:1:10 +publicKey AAAAC1JTQV9Q/m,
      /^trust +only the server with the given public key$/m,
    ],
  ])("shows trust, case %#", async (trust, key, setting) => {
    const text = describeCredentials(await load(trust));
    expect(text).toMatch(key);
    expect(text).toMatch(setting);
  });
});

describe("saveCredentials", () => {
  it("writes what parseCredentials read, in every form", async () => {
    const forms = [
      FINGERPRINT,
      "./server.pem",
      { certificate: "./server.pem" },
      { publicKey: "./key.pem" },
      { publicKey: KEY },
      { fingerprint: FINGERPRINT },
    ];
    for (const trust of forms) {
      const before = parse(trust);
      await saveCredentials(file, before);
      expect(parseCredentials(await readFile(file, "utf8")).trust).toEqual(before.trust);
    }
  });

  it("writes a loaded fingerprint, and refuses the certificate itself and a contradiction", async () => {
    await saveCredentials(file, { trust: { fingerprint: FINGERPRINT } });
    const before = await readFile(file, "utf8");
    const loaded = { trust: { certificate } } as unknown as Parameters<typeof saveCredentials>[1];
    expect((await rejection(saveCredentials(file, loaded))).hint).toContain("certificateFile");
    const both = { trust: { fingerprint: FINGERPRINT }, httpsVerify: false } as const;
    expect((await rejection(saveCredentials(file, both))).message).toContain("contradict");
    expect(await readFile(file, "utf8")).toBe(before);
  });
});
