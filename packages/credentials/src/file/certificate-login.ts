import { isHandleError, parseHandle, secret, subjectIdentity, type ValueReference } from "@handlekit/core";
import type { Login } from "../credentials.ts";
import { type PassphraseSource, readPrivateKey } from "./private-key.ts";
import type { NamedFile } from "./read-file.ts";

type NodeCertificate = import("node:crypto").X509Certificate;

/** A login by certificate, with its warnings. */
export interface CertificateLogin {
  readonly login: Extract<Login, { kind: "certificate" }>;
  /** Whether the key was decrypted. */
  readonly decrypted: boolean;
  readonly warnings: readonly string[];
}

async function readCertificate(
  file: NamedFile,
): Promise<{ readonly certificate: NodeCertificate; readonly pem: string }> {
  const block = file.blocks.find(({ label }) => label === "CERTIFICATE");
  if (!block) {
    const isKey = file.blocks.some(({ label }) => label.endsWith("PRIVATE KEY"));
    throw file.fail(
      isKey ? "holds a private key, but no certificate" : "holds no certificate",
      'A certificate is between "-----BEGIN CERTIFICATE-----" and its END line.',
    );
  }
  // Must be loaded before toLegacyObject is called: on Node 20 that loads a part of node:tls, which then never gets
  // createSecureContext.
  await import("node:tls");
  const { X509Certificate } = await import("node:crypto");
  try {
    return { certificate: new X509Certificate(block.text), pem: block.text };
  } catch {
    throw file.fail(
      "holds a certificate that cannot be read",
      "The file may be truncated, or of a kind that OpenSSL does not support.",
    );
  }
}

/** Returns the user in the subject, as a Handle.Net server finds it: the UID, else the CN. */
function readIdentity(certificate: NodeCertificate): ValueReference | undefined {
  const subject: Record<string, string | string[] | undefined> = { ...certificate.toLegacyObject().subject };
  // Deno leaves the UID out of the object, and writes its name in lower case in the text.
  const UID = subject.UID ?? /^uid=(.*)$/im.exec(certificate.subject)?.[1];
  const reference = subjectIdentity({ UID, CN: subject.CN });
  try {
    if (reference) parseHandle(reference.handle);
    return reference;
  } catch (error) {
    if (isHandleError(error)) return undefined;
    throw error;
  }
}

/**
 * Checks that a certificate and a private key are readable and belong together.
 *
 * @param passphrase asked only for an encrypted key
 * @throws HandleError `invalid_credentials` naming the field and the file
 */
export async function readCertificateLogin(
  certificateFile: NamedFile,
  keyFile: NamedFile,
  passphrase: PassphraseSource,
): Promise<CertificateLogin> {
  const { certificate, pem } = await readCertificate(certificateFile);
  const { key, pem: keyPem, encrypted } = await readPrivateKey(keyFile, passphrase);
  if (!certificate.checkPrivateKey(key)) {
    throw keyFile.fail(
      `is not the key of the certificate in ${certificateFile.path}`,
      "Compare the output of: openssl pkey -pubout -in KEY, and of: openssl x509 -pubkey -noout -in CERTIFICATE",
    );
  }
  const identity = readIdentity(certificate);
  const notAfter = new Date(certificate.validTo);
  const now = new Date();
  const warnings: string[] = [];
  const warn = (what: string) => warnings.push(`The certificate in ${certificateFile.path} ${what}`);
  if (!identity) {
    warn(
      "names no user: neither UID nor CN of its subject is index:prefix/suffix, so a Handle.Net server will not recognise it.",
    );
  }
  if (now > notAfter)
    warn(
      `expired on ${notAfter.toISOString()}. A Handle.Net server ignores that; a proxy in front of it may not.`,
    );
  const notBefore = new Date(certificate.validFrom);
  if (now < notBefore) {
    warn(
      `is not valid before ${notBefore.toISOString()}. A Handle.Net server ignores that; a proxy in front of it may not.`,
    );
  }
  const named = identity ? { identity } : {};
  return {
    login: { kind: "certificate", ...named, certificate: pem, key: secret(keyPem), notAfter },
    decrypted: encrypted,
    warnings,
  };
}
