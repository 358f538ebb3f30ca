import { isHandleError, parseHandle, parseReference, secret, type ValueReference } from "@handlekit/core";
import type { Login } from "../credentials.ts";
import type { NamedFile } from "./named-file.ts";

type CertificateLogin = Extract<Login, { kind: "certificate" }>;
type NodeCertificate = import("node:crypto").X509Certificate;

function firstCertificate(file: NamedFile): string {
  const block = file.blocks.find(({ label }) => label === "CERTIFICATE");
  if (block) return block.text;
  const isKey = file.blocks.some(({ label }) => label.endsWith("PRIVATE KEY"));
  throw file.fail(
    isKey ? "holds a private key, but no certificate" : "holds no certificate",
    'A certificate is between "-----BEGIN CERTIFICATE-----" and its END line.',
  );
}

function plainKey(file: NamedFile): string {
  const block = file.blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (!block) {
    const isCertificate = file.blocks.some(({ label }) => label === "CERTIFICATE");
    throw file.fail(
      isCertificate ? "holds a certificate, but no private key" : "holds no private key",
      'A private key is between "-----BEGIN PRIVATE KEY-----" and its END line.',
    );
  }
  if (block.label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(block.text)) {
    throw file.fail(
      "is encrypted with a passphrase; such a key is not read here, nor by B2HANDLE",
      `Write a decrypted copy for your eyes only: umask 077; openssl pkey -in ${file.path} -out decrypted.pem`,
    );
  }
  return block.text;
}

/** The user that the subject names, as a Handle.Net server finds it: the UID, else the CN. */
function readIdentity(certificate: NodeCertificate): ValueReference | undefined {
  const subject: Record<string, string | string[] | undefined> = { ...certificate.toLegacyObject().subject };
  // Deno leaves the UID out of the object, and writes its name in lower case in the text.
  const name = subject.UID ?? /^uid=(.*)$/im.exec(certificate.subject)?.[1] ?? subject.CN;
  try {
    const reference = parseReference(String(Array.isArray(name) ? name[0] : name));
    parseHandle(reference.handle);
    return reference;
  } catch (error) {
    if (isHandleError(error)) return undefined;
    throw error;
  }
}

/**
 * Checks that a certificate and a private key are readable and belong together.
 *
 * @returns the login, and what to warn about
 * @throws HandleError `invalid_credentials` naming the field and the file
 */
export async function readCertificateLogin(
  certificateFile: NamedFile,
  keyFile: NamedFile,
): Promise<{ readonly login: CertificateLogin; readonly warnings: readonly string[] }> {
  // Before toLegacyObject is called: on Node 20 it loads half of node:tls, which then stays without createSecureContext.
  await import("node:tls");
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const attempt = <T>(file: NamedFile, what: string, make: () => T): T => {
    try {
      return make();
    } catch {
      throw file.fail(
        `holds ${what} that cannot be read`,
        "The file may be cut off, or of a kind OpenSSL does not know.",
      );
    }
  };
  const pem = firstCertificate(certificateFile);
  const keyPem = plainKey(keyFile);
  const certificate = attempt(certificateFile, "a certificate", () => new X509Certificate(pem));
  const key = attempt(keyFile, "a private key", () => createPrivateKey(keyPem));
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
      "names no user: neither UID nor CN of its subject is index:prefix/suffix, so a Handle.Net server will not know it.",
    );
  }
  if (now > notAfter)
    warn(
      `expired on ${notAfter.toISOString()}. A Handle.Net server ignores that; a proxy before it may not.`,
    );
  const notBefore = new Date(certificate.validFrom);
  if (now < notBefore) {
    warn(
      `is not valid before ${notBefore.toISOString()}. A Handle.Net server ignores that; a proxy before it may not.`,
    );
  }
  return {
    login: {
      kind: "certificate",
      ...(identity ? { identity } : {}),
      certificate: pem,
      key: secret(keyPem),
      notAfter,
    },
    warnings,
  };
}
