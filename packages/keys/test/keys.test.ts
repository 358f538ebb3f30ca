import { createPrivateKey, X509Certificate } from "node:crypto";
import { inspect } from "node:util";
import { isHandleError, secret } from "@handlekit/core";
import * as keys from "@handlekit/keys";
import { describe, expect, it } from "vitest";

const { createKeyPair, createSelfSignedCertificate } = keys;
const pem = (key: { reveal(): Uint8Array }) => new TextDecoder().decode(key.reveal());

describe("createKeyPair", () => {
  it("creates matching keys, and does not print the private one", async () => {
    const pair = await createKeyPair({ bits: 2048 });
    const key = createPrivateKey(pem(pair.privateKey));
    expect(key.export({ format: "jwk" })).toMatchObject(pair.publicKey);
    expect(inspect(pair)).not.toContain("PRIVATE KEY");
    expect(JSON.stringify(pair)).not.toContain("PRIVATE KEY");
  });
});

describe("createSelfSignedCertificate", () => {
  it("names an identity, and contains the key", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const text = await createSelfSignedCertificate({
      privateKey,
      subject: { index: 301, handle: "20.500.12345/ADMIN, or so" },
    });
    const certificate = new X509Certificate(text);
    expect(certificate.toLegacyObject().subject.CN).toBe("301:20.500.12345/ADMIN, or so");
    expect(certificate.checkPrivateKey(createPrivateKey(pem(privateKey)))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
  });

  it("names the hosts of a server, and is valid for as long as the option says", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const now = new Date("2026-01-02T03:04:05Z");
    const text = await createSelfSignedCertificate({
      privateKey,
      subject: "handle server",
      hosts: ["127.0.0.1", "localhost", "::1"],
      days: 10,
      now,
    });
    const certificate = new X509Certificate(text);
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("::1")).toBe("::1");
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(new Date(certificate.validTo).getTime() - now.getTime()).toBe(10 * 86_400_000);
    expect(certificate.ca).toBe(false);
  });

  it("refuses lengths and days that are out of range", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const codes = await Promise.all(
      [
        createKeyPair({ bits: 100 }),
        createKeyPair({ bits: Number.NaN }),
        createSelfSignedCertificate({ privateKey, subject: "x", days: Number.NaN }),
        createSelfSignedCertificate({ privateKey, subject: "x", days: -1 }),
      ].map((attempt) => attempt.then(String, (error: unknown) => isHandleError(error) && error.code)),
    );
    expect(codes).toEqual(Array.from({ length: 4 }, () => "invalid_options"));
  });

  it("refuses a key that it cannot read, without showing it", async () => {
    const attempt = createSelfSignedCertificate({
      privateKey: secret("-----BEGIN S3CR3T-----"),
      subject: "x",
    });
    const error = await attempt.then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(isHandleError(error, "invalid_key")).toBe(true);
    expect(inspect(error)).not.toContain("S3CR3T");
  });
});

describe("plain JavaScript", () => {
  const untyped = keys as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
  const privateKey = secret("S3CR3T");
  const name = "createSelfSignedCertificate";

  it.each<[string, unknown[], string]>([
    ["createKeyPair", [2048], "its options argument is a number"],
    ["createKeyPair", [null], "its options argument is null"],
    ["createKeyPair", [{ bits: "2048" }], "the option bits is a string"],
    ["createKeyPair", [{ bits: Number.NaN }], "the option bits is NaN"],
    ["createKeyPair", [{ bits: 2048.5 }], "the option bits must be a whole number from 2048 to 16384"],
    [name, [], "its options argument is missing"],
    ["readKey", [], "content is missing"],
    ["readKey", [1], "content is a number"],
    ["readKey", ["S3CR3T", null], "its options argument is null"],
    ["readKey", ["S3CR3T", { passphrase: "S3CR3T" }], "the option passphrase must be a Secret"],
    ["describeKeys", [{}], "content is an object"],
    ["describeKeys", ["S3CR3T", { passphrase: "S3CR3T" }], "the option passphrase must be a Secret"],
    ["writePrivateKey", ["S3CR3T", { format: "pem" }], "the option privateKey must be a Secret"],
    [
      "writePublicKey",
      [{ kty: "RSA", n: "AQAB", e: "AQAB" }, { format: "der" }],
      'the option format must be "bin" or',
    ],
    ["writePublicKey", [undefined, { format: "pem" }], "publicKey is missing"],
    ["writePrivateKey", [privateKey], "its options argument is missing"],
    ["writePrivateKey", [privateKey, {}], "the option format is missing"],
    ["writePrivateKey", [privateKey, { format: "der" }], 'the option format must be "bin" or "pem"'],
    [
      "writePrivateKey",
      [privateKey, { format: "bin", passphrase: "S3CR3T" }],
      "the option passphrase must be",
    ],
    [
      "writePrivateKey",
      [privateKey, { format: "bin", passphrase: secret("") }],
      "the option passphrase is empty",
    ],
    [name, ["301:20.500.12345/ADMIN", privateKey], "its options argument is a string"],
    [name, [{ privateKey }], "the option subject is missing"],
    [name, [{ subject: "x" }], "the option privateKey must be a Secret"],
    [name, [{ privateKey: null, subject: "x" }], "the option privateKey must be a Secret"],
    [name, [{ privateKey: "S3CR3T", subject: "x" }], "the option privateKey must be a Secret"],
    [name, [{ privateKey, subject: "" }], "the option subject is empty"],
    [name, [{ privateKey, subject: { handle: "a/b" } }], "the option subject.index is missing"],
    [name, [{ privateKey, subject: { index: 1 } }], "the option subject.handle is missing"],
    [name, [{ privateKey, subject: "x", hosts: "localhost" }], "the option hosts is a string"],
    [name, [{ privateKey, subject: "x", hosts: [1] }], "an element of the option hosts is a number"],
    [name, [{ privateKey, subject: "x", days: "10" }], "the option days is a string"],
    [name, [{ privateKey, subject: "x", days: 0 }], "the option days must be more than 0"],
    [name, [{ privateKey, subject: "x", now: 0 }], "the option now is a number"],
    [name, [{ privateKey, subject: "x", now: new Date(Number.NaN) }], "the option now must be a valid Date"],
  ])("%s is answered in words: %#", async (caller, values, message) => {
    const call = async () => untyped[caller]?.(...values);
    const error = await call().then(String, (thrown: unknown) => thrown);
    if (!isHandleError(error, "invalid_options")) throw new Error("The error is not invalid_options.");
    expect(error.message).toContain(`${caller}: ${message}`);
    expect(`${error.message}${error.hint}`).not.toContain("S3CR3T");
  });

  it("is tested for every function", () => {
    const functions = ["createKeyPair", name, "describeKeys", "readKey", "writePrivateKey", "writePublicKey"];
    expect(Object.keys(keys).sort()).toEqual(functions);
  });
});
