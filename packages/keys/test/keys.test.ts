import { createPrivateKey, X509Certificate } from "node:crypto";
import { inspect } from "node:util";
import { isHandleError, secret } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { describe, expect, it } from "vitest";

const pem = (key: { reveal(): Uint8Array }) => new TextDecoder().decode(key.reveal());

describe("createKeyPair", () => {
  it("makes an RSA pair whose halves belong together and prints none of the private one", async () => {
    const pair = await createKeyPair({ bits: 2048 });
    const key = createPrivateKey(pem(pair.privateKey));
    expect(key.export({ format: "jwk" })).toMatchObject(pair.publicKey);
    expect(inspect(pair)).not.toContain("PRIVATE KEY");
    expect(JSON.stringify(pair)).not.toContain("PRIVATE KEY");
  });
});

describe("createSelfSignedCertificate", () => {
  it("names an identity, and its key is the one given", async () => {
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

  it("names the hosts of a server and ends when told", async () => {
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

  it("refuses lengths and days that make no sense", async () => {
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

  it("refuses a key it cannot read without saying what it holds", async () => {
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
