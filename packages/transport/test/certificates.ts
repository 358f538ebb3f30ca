import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** A certificate and its private key, as PEM text. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly subject: string;
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface Authority extends CertifiedKey {
  issue(options: CertificateOptions): Promise<CertifiedKey>;
  /** Creates an intermediate authority. */
  issueAuthority(subject: string): Promise<Authority>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR = 3_600_000;

function exportKey(pkcs8: ArrayBuffer): string {
  return x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
}

function generate(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function validity({ notBefore, notAfter }: Partial<CertificateOptions>) {
  return {
    notBefore: notBefore ?? new Date(Date.now() - HOUR),
    notAfter: notAfter ?? new Date(Date.now() + HOUR),
  };
}

/** What the setup of Handle.Net creates: a self-signed RSA certificate without names. */
export async function createOwnCertificate(dates: Partial<CertificateOptions> = {}): Promise<CertifiedKey> {
  const RSA = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, hash: "SHA-256" };
  const algorithm = { ...RSA, publicExponent: Uint8Array.of(1, 0, 1) };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ["anonymous"] }],
    keys,
    signingAlgorithm: RSA,
    ...validity(dates),
  });
  return {
    certificate: certificate.toString("pem"),
    key: exportKey(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)),
  };
}

/** A certificate authority of the tests. @param stated false for one whose certificate does not say that it is a CA's */
export async function createAuthority(subject: string, stated = true): Promise<Authority> {
  const keys = await generate();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [subject] }],
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity({}),
    extensions: stated
      ? [new x509.BasicConstraintsExtension(true, 1, true)]
      : [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  });
  return authorityOf(authority, keys);
}

async function authorityOf(authority: x509.X509Certificate, keys: CryptoKeyPair): Promise<Authority> {
  return {
    certificate: authority.toString("pem"),
    key: exportKey(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)),
    async issueAuthority(subject) {
      const own = await generate();
      const intermediate = await x509.X509CertificateGenerator.create({
        subject: [{ CN: [subject] }],
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity({}),
        extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
      });
      return authorityOf(intermediate, own);
    },
    async issue({ subject: name, hosts = [], ...dates }) {
      const own = await generate();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: [{ CN: [name] }],
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity(dates),
        extensions:
          hosts.length === 0
            ? []
            : [
                new x509.SubjectAlternativeNameExtension(
                  hosts.map((value) => ({
                    type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const),
                    value,
                  })),
                ),
              ],
      });
      return {
        certificate: certificate.toString("pem"),
        key: exportKey(await webcrypto.subtle.exportKey("pkcs8", own.privateKey)),
      };
    },
  };
}
