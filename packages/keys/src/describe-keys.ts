import { encodeHex, type PublicKeyJwk, subjectIdentity, type ValueReference } from "@handlekit/core";
import { type BinEncryption, binEncryption } from "./bin-encryption.ts";
import { decodePublicBin, isPublicBin } from "./bin-key.ts";
import { withoutZeros } from "./der.ts";
import { invalidKey } from "./invalid-key.ts";
import { decodeSpki, encodeSpki } from "./key-numbers.ts";
import { isEncrypted, isPem, type PemBlock, readPem, readPrivatePem, readPublicPem } from "./pem.ts";
import { checkContent, exportSpki, type ReadKeyOptions, readKey } from "./read-key.ts";
import type { KeyFormat } from "./write-key.ts";

type KeyObject = import("node:crypto").KeyObject;

/** The contents of a certificate. */
export interface CertificateDescription {
  /** The distinguished name, one attribute in each line. */
  readonly subject: string;
  readonly issuer: string;
  /** The user whom the subject names: its UID, else its CN. Undefined if neither is a reference. */
  readonly identity?: ValueReference | undefined;
  /** The host names and IP addresses of a server's certificate, as `DNS:host, IP Address:address`. */
  readonly hosts?: string | undefined;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly selfSigned: boolean;
  /** SHA-256 of the whole certificate, lower-case hexadecimal. */
  readonly fingerprint: string;
}

/** The description of a key or certificate. The last three are undefined for an encrypted private key without its passphrase. */
export interface KeyDescription {
  readonly kind: "private-key" | "public-key" | "certificate";
  readonly format: KeyFormat;
  /** Whether it is encrypted in the file. */
  readonly encrypted: boolean;
  /** The encryption of a private key in a `.bin` file. */
  readonly encryption?: BinEncryption | undefined;
  /** RSA or DSA, or a type that an HS_PUBKEY value cannot hold, such as EC. */
  readonly type?: string | undefined;
  /** The length of the modulus of an RSA key, or of the prime of a DSA key, in bits. */
  readonly bits?: number | undefined;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), lower-case hexadecimal: equal for all that belong together. */
  readonly fingerprint?: string | undefined;
  /** The public key as an HS_PUBKEY value contains it. */
  readonly publicKey?: PublicKeyJwk | undefined;
  readonly certificate?: CertificateDescription | undefined;
}

type KeyFacts = Pick<KeyDescription, "type" | "bits" | "fingerprint" | "publicKey">;

function bitsOf(jwk: PublicKeyJwk): number {
  const number = withoutZeros(Buffer.from(jwk.kty === "RSA" ? jwk.n : jwk.p, "base64url"));
  return number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
}

async function factsOf(spki: Uint8Array, otherType: string): Promise<KeyFacts> {
  const { createHash } = await import("node:crypto");
  const publicKey = decodeSpki(spki);
  return {
    type: publicKey?.kty ?? otherType,
    bits: publicKey && bitsOf(publicKey),
    fingerprint: createHash("sha256").update(spki).digest("hex"),
    publicKey,
  };
}

async function factsOfKey(key: KeyObject): Promise<KeyFacts> {
  return factsOf(await exportSpki(key), String(key.asymmetricKeyType).toUpperCase());
}

async function describeCertificate(text: string): Promise<CertificateDescription> {
  // On Node 20, calling toLegacyObject before node:tls is loaded leaves node:tls without createSecureContext.
  await import("node:tls");
  const { createHash, X509Certificate } = await import("node:crypto");
  let certificate: InstanceType<typeof X509Certificate>;
  try {
    certificate = new X509Certificate(text);
  } catch {
    throw invalidKey("The certificate is damaged.", "Copy the file again.");
  }
  const { UID, CN } = certificate.toLegacyObject().subject as { UID?: string; CN?: string };
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    // On Deno the object has no UID, and the text has its name in lower case.
    identity: subjectIdentity({ UID: UID ?? /^uid=(.*)$/im.exec(certificate.subject)?.[1], CN }),
    hosts: certificate.subjectAltName,
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    selfSigned: certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey),
    fingerprint: encodeHex(createHash("sha256").update(certificate.raw).digest()),
  };
}

async function describeBlock(block: PemBlock, options: ReadKeyOptions): Promise<KeyDescription> {
  const { label, text } = block;
  const encrypted = isEncrypted(block);
  if (label.endsWith("PRIVATE KEY")) {
    const facts =
      encrypted && options.passphrase === undefined
        ? {}
        : await factsOfKey(await readPrivatePem(block, options.passphrase));
    return { kind: "private-key", format: "pem", encrypted, ...facts };
  }
  if (label !== "CERTIFICATE") {
    return {
      kind: "public-key",
      format: "pem",
      encrypted,
      ...(await factsOfKey(await readPublicPem(block))),
    };
  }
  const certificate = await describeCertificate(text);
  return {
    kind: "certificate",
    format: "pem",
    encrypted,
    ...(await factsOfKey(await readPublicPem(block))),
    certificate,
  };
}

async function describeBin(bytes: Uint8Array, options: ReadKeyOptions): Promise<KeyDescription> {
  if (isPublicBin(bytes)) {
    const facts = await factsOf(encodeSpki(decodePublicBin(bytes)), "");
    return { kind: "public-key", format: "bin", encrypted: false, ...facts };
  }
  const encryption = binEncryption(bytes);
  const encrypted = encryption !== "none";
  const description = { kind: "private-key", format: "bin", encrypted, encryption } as const;
  if (encrypted && options.passphrase === undefined) return description;
  const { publicKey } = await readKey(bytes, options);
  return { ...description, ...(await factsOf(encodeSpki(publicKey), "")) };
}

/**
 * Describes the keys and certificates in a file: a `.bin` file of Handle.Net contains one, a PEM file one in each block.
 * No description contains a private key.
 *
 * @param content the content of the file, at most 1 MiB
 * @param options `passphrase` also shows what an encrypted private key is; without it, only that it is encrypted
 * @throws HandleError `invalid_key` if the file contains none, or one that is damaged, or the passphrase is wrong;
 *   `invalid_options` for an argument of the wrong kind
 * @example
 * ```ts
 * const [description] = await describeKeys(await readFile("certificate.pem"));
 * description.certificate?.identity; // { index: 301, handle: "20.500.12345/ADMIN" }
 * ```
 */
export async function describeKeys(
  content: Uint8Array | string,
  options: ReadKeyOptions = {},
): Promise<readonly KeyDescription[]> {
  const bytes = checkContent("describeKeys", content, options);
  if (!isPem(bytes)) return [await describeBin(bytes, options)];
  const known = readPem(bytes).filter(({ label }) => /(?:PRIVATE|PUBLIC) KEY$|^CERTIFICATE$/.test(label));
  if (known.length === 0) throw invalidKey("The file contains neither a key nor a certificate.");
  const descriptions: KeyDescription[] = [];
  for (const block of known) descriptions.push(await describeBlock(block, options));
  return descriptions;
}
