import { generateKeyPairSync, type KeyObject } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const DAY = 86_400_000;
const UID = "0.9.2342.19200300.100.1.1";

/** A P-256 key pair: both keys for X.509, and the private one to be written to a file. */
export interface TestKey {
  readonly keys: CryptoKeyPair;
  readonly object: KeyObject;
  readonly pem: string;
}

export async function createTestKey(): Promise<TestKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    keys: {
      privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]),
      publicKey: await crypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
    },
    object: privateKey,
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Creates a self-signed certificate, PEM. `from` and `to` are days from now. */
export async function createTestCertificate(
  { keys }: TestKey,
  subject: { readonly cn?: string; readonly uid?: string },
  { from = -1, to = 30 }: { readonly from?: number; readonly to?: number } = {},
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [
      { O: ["Test"] },
      ...(subject.cn === undefined ? [] : [{ CN: [subject.cn] }]),
      ...(subject.uid === undefined ? [] : [{ [UID]: [subject.uid] }]),
    ],
    keys,
    notBefore: new Date(Date.now() + from * DAY),
    notAfter: new Date(Date.now() + to * DAY),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  return `${certificate.toString("pem")}\n`;
}
