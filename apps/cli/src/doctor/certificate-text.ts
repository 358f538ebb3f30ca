import { createHash } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";
import { formatFingerprint, printable } from "@handlekit/core";

/** The fingerprint of a certificate, as --trust reads it. */
export function fingerprintOf({ raw }: Pick<DetailedPeerCertificate, "raw">): string {
  return formatFingerprint(createHash("sha256").update(raw).digest());
}

const nameOf = ({ CN, O }: { readonly CN?: unknown; readonly O?: unknown }) =>
  printable(String([CN ?? O ?? "no name"].flat()[0]));

/** True if a certificate names itself as its issuer. */
export function isSelfIssued({ subject, issuer }: DetailedPeerCertificate): boolean {
  return JSON.stringify(subject) === JSON.stringify(issuer);
}

/** The name of the signer of a certificate. */
export const issuerOf = ({ issuer }: DetailedPeerCertificate): string => nameOf(issuer);

/** Says whose certificate it is and who signed it. */
export function describeCertificate(certificate: DetailedPeerCertificate): string {
  const signer = isSelfIssued(certificate) ? "signed by itself" : `signed by ${issuerOf(certificate)}`;
  return `${nameOf(certificate.subject)}, ${signer}, valid until ${new Date(certificate.valid_to).toISOString().slice(0, 10)}`;
}
