import { formatReference, HandleError, type Secret, type ValueReference } from "@handlekit/core";
import { importKeyPair } from "./key-pair.ts";

/** What {@link createSelfSignedCertificate} needs. */
export interface SelfSignedCertificateOptions {
  /** The PEM private key the certificate is about and signed with. */
  readonly privateKey: Secret;
  /** The common name of the subject; an identity is written `index:prefix/suffix`, as Handle servers read it. */
  readonly subject: string | ValueReference;
  /** Host names and IP addresses, for a server's certificate. */
  readonly hosts?: readonly string[];
  /** How long it is valid from now, in days. Default 3650. */
  readonly days?: number;
  /** Now. Default the system clock. */
  readonly now?: Date;
}

const DAY = 86_400_000;

/**
 * Makes a self-signed certificate (X.509 version 3, SHA-256 with RSA) as PEM: for a client, whose subject names its
 * identity, or with `hosts` for a server.
 *
 * @throws HandleError `invalid_key` when the private key is not an unencrypted RSA key, `invalid_options` for an empty subject
 *   or days that are not a number over 0
 * @example
 * ```ts
 * const certificate = await createSelfSignedCertificate({ privateKey, subject: "301:20.500.12345/ADMIN" });
 * ```
 */
export async function createSelfSignedCertificate(options: SelfSignedCertificateOptions): Promise<string> {
  const subject = typeof options.subject === "string" ? options.subject : formatReference(options.subject);
  if (subject === "")
    throw new HandleError("invalid_options", { message: "The certificate has no subject." });
  const days = options.days ?? 3650;
  if (!(days > 0 && days < 100_000)) {
    throw new HandleError("invalid_options", { message: `A certificate cannot be valid for ${days} days.` });
  }
  const keys = await importKeyPair(options.privateKey);
  const { isIP } = await import("node:net");
  // The library's dependency injection reads metadata through this polyfill.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const now = options.now ?? new Date();
  const forServer = options.hosts !== undefined;
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [subject] }],
    keys,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + days * DAY),
    signingAlgorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    extensions: [
      // Not an authority, though clients are given a server's own certificate to trust: Deno refuses one that is both.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        KeyUsageFlags.digitalSignature | (forServer ? KeyUsageFlags.keyEncipherment : 0),
        true,
      ),
      new x509.ExtendedKeyUsageExtension([
        forServer ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey, false),
      ...(options.hosts?.length
        ? [
            new x509.SubjectAlternativeNameExtension(
              options.hosts.map((value) => ({
                type: isIP(value) ? ("ip" as const) : ("dns" as const),
                value,
              })),
            ),
          ]
        : []),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}
