import {
  checkArgument,
  checkOptions,
  checkSecret,
  formatReference,
  invalidOptions,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import { importKeyPair } from "./key-pair.ts";

/** Options of {@link createSelfSignedCertificate}. */
export interface SelfSignedCertificateOptions {
  /** PEM of an unencrypted RSA private key; the certificate contains its public key and is signed with it. */
  readonly privateKey: Secret;
  /** The common name of the subject; an identity is written `index:prefix/suffix`, as handle servers read it. */
  readonly subject: string | ValueReference;
  /** Host names and IP addresses: the certificate is then a server's. Default none: it is a client's. */
  readonly hosts?: readonly string[] | undefined;
  /** How long the certificate is valid from `now`, in days. Default 3650. */
  readonly days?: number | undefined;
  /** The current time. Default the system clock. */
  readonly now?: Date | undefined;
}

const DAY = 86_400_000;
const CALLER = "createSelfSignedCertificate";

function checkCertificateOptions(options: SelfSignedCertificateOptions): void {
  checkOptions(CALLER, options, {
    subject: ["string", "object"],
    hosts: ["array", "undefined"],
    days: ["number", "undefined"],
    now: ["object", "undefined"],
  });
  const { privateKey, subject, hosts = [], days = 1, now } = options;
  checkSecret(CALLER, "the option privateKey", privateKey);
  if (typeof subject === "object") {
    checkArgument(CALLER, "the option subject.index", subject.index, ["number"]);
    checkArgument(CALLER, "the option subject.handle", subject.handle, ["string"]);
  }
  if (subject === "") throw invalidOptions(`${CALLER}: the option subject is empty.`);
  for (const host of hosts) checkArgument(CALLER, "an element of the option hosts", host, ["string"]);
  if (!(days > 0 && days < 100_000)) {
    throw invalidOptions(`${CALLER}: the option days must be more than 0 and less than 100000.`);
  }
  if (now !== undefined && !(now instanceof Date && !Number.isNaN(now.getTime()))) {
    throw invalidOptions(`${CALLER}: the option now must be a valid Date.`);
  }
}

/**
 * Creates a self-signed certificate (X.509 version 3, SHA-256 with RSA): for a client, whose subject names its identity,
 * or with `hosts` for a server.
 *
 * @returns a promise of the certificate as PEM
 * @throws HandleError `invalid_key` when the private key is not an unencrypted RSA key, `invalid_options` for an empty
 *   subject, `days` that are not from 0 to 100000, or an option of the wrong kind
 * @example
 * ```ts
 * const certificate = await createSelfSignedCertificate({ privateKey, subject: "301:20.500.12345/ADMIN" });
 * ```
 */
export async function createSelfSignedCertificate(options: SelfSignedCertificateOptions): Promise<string> {
  checkCertificateOptions(options);
  const subject = typeof options.subject === "string" ? options.subject : formatReference(options.subject);
  const { days = 3650, now = new Date() } = options;
  const keys = await importKeyPair(options.privateKey);
  const { isIP } = await import("node:net");
  // The library's dependency injection reads metadata through this polyfill.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const forServer = options.hosts !== undefined;
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [subject] }],
    keys,
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + days * DAY),
    signingAlgorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    extensions: [
      // Not an authority, although clients trust a server's own certificate directly: Deno refuses one that is both.
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
