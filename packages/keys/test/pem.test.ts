import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { secret } from "@handlekit/core";
import { readKey, writePrivateKey } from "@handlekit/keys";
import { describe, expect, it } from "vitest";
import {
  ADMIN_KEY,
  ADMIN_PUBLIC_KEY,
  PASSPHRASE,
  recordedCertificate,
  refusal,
  reveal,
  vector,
} from "./support.ts";

const admin = createPrivateKey(ADMIN_KEY);
const jwk = createPublicKey(admin).export({ format: "jwk" });
const passphrase = Buffer.from(PASSPHRASE.reveal());
const pem = (bytes: Uint8Array, label: string) =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString("base64")}\n-----END ${label}-----\n`;

const hex = (text: string) => Buffer.from(text, "hex");

/** One DER element with a length of two bytes. */
function element(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content]);
}

describe("PEM", () => {
  it("is read in every encoding of a private key", async () => {
    const cipher = "aes-256-cbc";
    for (const text of [
      admin.export({ type: "pkcs8", format: "pem" }),
      admin.export({ type: "pkcs1", format: "pem" }),
      admin.export({ type: "pkcs8", format: "pem", cipher, passphrase }),
      admin.export({ type: "pkcs1", format: "pem", cipher, passphrase }),
    ]) {
      const { privateKey, publicKey } = await readKey(String(text), { passphrase: PASSPHRASE });
      expect(createPrivateKey(reveal(privateKey)).equals(admin)).toBe(true);
      expect(publicKey).toEqual(jwk);
    }
  });

  it("is read in every encoding of a public key", async () => {
    const pkcs1 = createPublicKey(ADMIN_PUBLIC_KEY).export({ type: "pkcs1", format: "pem" });
    for (const text of [ADMIN_PUBLIC_KEY, String(pkcs1), recordedCertificate("cn")]) {
      expect(await readKey(text)).toEqual({ publicKey: jwk });
    }
  });

  it("is read as the private key in a file with a certificate", async () => {
    const { privateKey } = await readKey(`a note\n${recordedCertificate("cn")}${ADMIN_KEY}`);
    expect(createPrivateKey(reveal(privateKey)).equals(admin)).toBe(true);
  });

  it("is read and written as DSA", async () => {
    const { privateKey = secret("") } = await readKey(pem(vector("dsa-private-pkcs8"), "PRIVATE KEY"));
    const written = await writePrivateKey(privateKey, { format: "bin" });
    expect(written.reveal()).toEqual(vector("dsa-encryption-1"));
  });

  it("is written with and without a passphrase", async () => {
    const { privateKey = secret("") } = await readKey(vector("rsa-encryption-1"));
    expect(reveal(await writePrivateKey(privateKey, { format: "pem" }))).toBe(
      admin.export({ type: "pkcs8", format: "pem" }),
    );
    const file = reveal(await writePrivateKey(privateKey, { format: "pem", passphrase: PASSPHRASE }));
    expect(file).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    expect(createPrivateKey({ key: file, passphrase }).equals(admin)).toBe(true);
  });
});

describe("what is wrong with a PEM file is said", () => {
  const encrypted = String(admin.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }));

  it("a passphrase that is missing or wrong", async () => {
    expect((await refusal(readKey(encrypted))).message).toContain("no passphrase was given");
    const wrong = await refusal(readKey(encrypted, { passphrase: secret("S3CR3T wrong") }));
    expect(wrong.message).toContain("does not decrypt");
  });

  it("a truncated file", async () => {
    expect((await refusal(readKey(ADMIN_KEY.slice(0, 900)))).message).toContain("has no line -----END");
    expect((await refusal(readKey(ADMIN_KEY.replace(/\n.{60,80}\r?\n/, "\n")))).message).toBe(
      "The key is damaged.",
    );
  });

  it("a key whose numbers do not belong together", async () => {
    const der = Buffer.from(admin.export({ type: "pkcs8", format: "der" }));
    der[der.length - 40] = (der[der.length - 40] ?? 0) ^ 1;
    expect((await refusal(readKey(pem(der, "PRIVATE KEY")))).message).toBe("The key is damaged.");
  });

  it("a type of key that HS_PUBKEY cannot hold", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    for (const key of [
      privateKey.export({ type: "pkcs8", format: "pem" }),
      publicKey.export({ type: "spki", format: "pem" }),
    ]) {
      expect((await refusal(readKey(String(key)))).message).toContain("is of the type EC");
    }
  });

  it("OpenSSH, and a file without a key", async () => {
    const ssh = await refusal(readKey(pem(Buffer.from("openssh-key-v1"), "OPENSSH PRIVATE KEY")));
    expect(ssh.hint).toContain("ssh-keygen -p -m PKCS8");
    expect((await refusal(readKey(pem(Buffer.from("x"), "X509 CRL")))).message).toContain("and no key");
  });

  it("work that would take hours", async () => {
    // Both demand the same: PBKDF2 with 2^31 - 1 iterations, scrypt with N = 2^15, r = 1 and p = 2^20.
    const algorithm = (kdf: string, parameters: Buffer) =>
      element(
        0x30,
        hex("06092a864886f70d01050d"),
        element(0x30, element(0x30, hex(kdf), parameters), hex("3000")),
      );
    const salt = element(0x04, Buffer.alloc(16));
    const pbkdf2 = element(0x30, salt, hex("02047fffffff"));
    const scrypt = element(0x30, salt, hex("02028000"), hex("020101"), hex("0203100000"));
    for (const hostile of [
      algorithm("06092a864886f70d01050c", pbkdf2),
      algorithm("06092b06010401da47040b", scrypt),
    ]) {
      const file = pem(element(0x30, hostile, element(0x04, Buffer.alloc(64))), "ENCRYPTED PRIVATE KEY");
      const error = await refusal(readKey(file, { passphrase: PASSPHRASE }));
      expect(error.message).toContain("demands too much work");
    }
  });

  it("a DSA prime that would take hours", async () => {
    const long = element(0x02, Buffer.alloc(3000, 0x7f));
    const oid = hex("06072a8648ce380401");
    const key = element(
      0x30,
      element(0x02, Buffer.from([0])),
      element(0x30, oid, element(0x30, long, long, long)),
      element(0x04, element(0x02, Buffer.alloc(1000, 0x7f))),
    );
    expect((await refusal(readKey(pem(key, "PRIVATE KEY")))).message).toBe("The key is damaged.");
  });
});
