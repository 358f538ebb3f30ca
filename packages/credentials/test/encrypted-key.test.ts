import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeUtf8, secret } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCredentials, type Passphrase, resolveCredentials } from "../src/file.ts";
import { CANARY, leaks, printed, rejection } from "./canary.ts";
import { createTestCertificate, createTestKey, type TestKey } from "./certificates.ts";

let directory: string;
let path: string;
let key: TestKey;
let certificate: string;

const put = (name: string, content: string) => writeFile(join(directory, name), content, { mode: 0o600 });
const files = { private_key: "locked.pem", certificate_only: "certificate.pem" };
const load = async (document: object, passphrase?: Passphrase) => {
  await put("credentials.json", JSON.stringify(document));
  return loadCredentials(path, { passphrase });
};
const keyOf = async (document: object, passphrase?: Passphrase) => {
  const { login, warnings } = await load(document, passphrase);
  if (login?.kind !== "certificate") throw new Error("no certificate login");
  expect(warnings).toEqual([]);
  return decodeUtf8(login.key.reveal());
};
const forbidden = () => Promise.reject(new Error("The passphrase was asked for."));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-credentials-"));
  path = join(directory, "credentials.json");
  key = await createTestKey();
  certificate = await createTestCertificate(key, { cn: "301:foo/bar" });
  await put("certificate.pem", certificate);
  await put("key.pem", key.pem);
  await put("locked.pem", locked());
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function locked(passphrase = CANARY): string {
  const pem = key.object.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase });
  return pem.toString();
}

describe("an encrypted private key", () => {
  it("is opened with the passphrase of the file, into unencrypted PKCS#8", async () => {
    const pem = await keyOf({ ...files, passphrase: CANARY });
    expect(pem === key.pem).toBe(true);
    const { login } = await load({ ...files, passphrase: CANARY });
    expect(login && "passphrase" in login).toBe(false);
    expect(leaks(printed(login))).toBe(false);
  });

  it("accepts a passphrase that is a string", async () => {
    const text = CANARY as unknown as Passphrase;
    expect((await keyOf(files, text)) === key.pem).toBe(true);
    expect((await keyOf(files, (async () => CANARY) as unknown as Passphrase)) === key.pem).toBe(true);
  });

  it.each(["aes-128-cbc", "aes-256-cbc", "des-ede3-cbc"])(
    "may be of the traditional kind with DEK-Info: %s",
    async (cipher) => {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const encoding = { type: "pkcs1", format: "pem", cipher, passphrase: CANARY } as const;
      const rsa = privateKey.export(encoding).toString();
      expect(rsa).toContain("DEK-Info:");
      await put("rsa.pem", rsa);
      const { message } = await rejection(load({ ...files, private_key: "rsa.pem", passphrase: CANARY }));
      expect(message).toMatch(/rsa\.pem, which is not the key of the certificate in .*certificate\.pem$/);

      const sec1 = key.object.export({ type: "sec1", format: "pem", cipher, passphrase: CANARY });
      await put("sec1.pem", sec1.toString());
      const pem = await keyOf({ ...files, private_key: "sec1.pem", passphrase: CANARY });
      expect(pem === key.pem).toBe(true);
    },
  );

  it("may be in one file with its certificate", async () => {
    await put("both.pem", `${certificate}${locked()}`);
    const pem = await keyOf({ certificate_and_key: "both.pem", passphrase: CANARY });
    expect(pem === key.pem).toBe(true);
  });

  it("is opened with a passphrase of any characters and 1000 bytes", async () => {
    for (const passphrase of [` ${CANARY} é🔑 `, `S3CR3T${"x".repeat(994)}`]) {
      await put("other.pem", locked(passphrase));
      const pem = await keyOf({ ...files, private_key: "other.pem" }, secret(passphrase));
      expect(pem === key.pem).toBe(true);
    }
  });

  it("prefers a given Secret to the file's passphrase, and calls a function only when there is none", async () => {
    const right = secret(CANARY);
    expect((await keyOf(files, right)) === key.pem).toBe(true);
    expect((await keyOf({ ...files, passphrase: "S3CR3T-wrong" }, right)) === key.pem).toBe(true);
    expect((await keyOf(files, () => Promise.resolve(right))) === key.pem).toBe(true);
    expect((await keyOf({ ...files, passphrase: CANARY }, forbidden)) === key.pem).toBe(true);
  });

  it("does not ask when the key is not encrypted, there is no key, or the certificate is missing", async () => {
    expect((await keyOf({ ...files, private_key: "key.pem" }, forbidden)) === key.pem).toBe(true);
    expect((await load({}, forbidden)).login).toBeUndefined();
    const { message } = await rejection(load({ ...files, certificate_only: "none.pem" }, forbidden));
    expect(message).toMatch(/none\.pem, which does not exist$/);
  });

  it("passes on the error of the function", async () => {
    await expect(load(files, forbidden)).rejects.toThrow("The passphrase was asked for.");
  });

  it("is refused without a passphrase", async () => {
    for (const asked of [undefined, () => Promise.resolve(undefined)]) {
      const { message, hint } = await rejection(load(files, asked));
      expect(message).toMatch(
        /"private_key" names .*locked\.pem, which is encrypted, and no passphrase was given$/,
      );
      expect(hint).toMatch(/^Add "passphrase" to the credentials file, or pass it to/);
    }
  });

  it("is refused with a wrong passphrase, and names the one that was tried", async () => {
    const wrong = secret("S3CR3T-wrong");
    const tried = async (document: object, given?: Passphrase) =>
      (await rejection(load(document, given))).message.replace(/^.*locked\.pem/, "");
    expect(await tried({ ...files, passphrase: "S3CR3T-wrong" })).toBe(
      ', which is encrypted, and "passphrase" does not decrypt it',
    );
    for (const given of [wrong, () => Promise.resolve(wrong), secret(""), secret("x".repeat(5000))]) {
      expect(await tried(files, given)).toBe(
        ", which is encrypted, and the passphrase that was given does not decrypt it",
      );
    }
  });

  it("is refused when the encrypted content is not a key", async () => {
    await put(
      "locked-nothing.pem",
      `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${btoa(CANARY.repeat(9))}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
    );
    const { message } = await rejection(
      load({ ...files, private_key: "locked-nothing.pem", passphrase: CANARY }),
    );
    expect(message).toMatch(/which is encrypted, and "passphrase" does not decrypt it$/);
  });

  it("can be named by a variable, with the passphrase as an option", async () => {
    const env = {
      HDL_PRIVATE_KEY: join(directory, "locked.pem"),
      HDL_CERTIFICATE: join(directory, "certificate.pem"),
    };
    const { login, source } = await resolveCredentials({ env, passphrase: secret(CANARY) });
    expect(source).toBe("environment");
    if (login?.kind !== "certificate") throw new Error("no certificate login");
    expect(new X509Certificate(login.certificate).checkPrivateKey(key.object)).toBe(true);
    const { message } = await rejection(resolveCredentials({ env }));
    expect(message).toMatch(/^environment: "HDL_PRIVATE_KEY" names .*locked\.pem, which is encrypted/);
  });
});

it("warns of a passphrase that an unencrypted key does not need", async () => {
  const { warnings } = await load({ ...files, private_key: "key.pem", passphrase: CANARY });
  expect(warnings).toEqual([
    `${path}: "passphrase" is not needed: ${join(directory, "key.pem")} is not encrypted`,
  ]);
});
