import { X509Certificate } from "node:crypto";
// On Node 20, calling toLegacyObject before node:tls is loaded leaves node:tls without createSecureContext.
import "node:tls";
import {
  formatReference,
  handleKey,
  subjectIdentity,
  VALUE_PERMISSIONS,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore, StoredValue } from "@handlekit/core/store";
import { readPublicKey, readSiteKeys } from "./keys.ts";
import { keyValues } from "./secret-key.ts";

/** The identity of a certificate and its key, or the reason why it has none. */
export type CertificateIdentity =
  | { readonly identity: ValueReference; readonly key: StoredValue }
  | { readonly error: string };

const UNEXPECTED = "Unexpected response validating X509 certificate";

/** A client certificate with the identity that it names. */
export interface CertificateSubject {
  readonly certificate: X509Certificate;
  /** True if the subject has a UID or CN. */
  readonly named: boolean;
  /** Undefined if that is not a reference. */
  readonly claimed: ValueReference | undefined;
}

/**
 * Reads the subject of a client certificate. Its UID takes precedence over its CN.
 *
 * @param der the client certificate of the TLS handshake
 */
export function readSubject(der: Uint8Array): CertificateSubject {
  const certificate = new X509Certificate(der);
  const { UID, CN } = certificate.toLegacyObject().subject as { UID?: string; CN?: string };
  // On Deno the object has no UID, and the text has its name in lower case.
  const subject = { UID: UID ?? /^uid=(.*)$/im.exec(certificate.subject)?.[1], CN };
  return {
    certificate,
    named: (subject.UID ?? subject.CN) !== undefined,
    claimed: subjectIdentity(subject),
  };
}

/**
 * Finds the HS_PUBKEY value, or the server's key in an HS_SITE value, that a client certificate belongs to. The key must
 * match; the issuer is not checked. A certificate is rejected outside its validity period.
 *
 * @param now milliseconds since 1970
 */
export async function identifyClientCertificate(
  store: HandleStore,
  { certificate, named, claimed }: CertificateSubject,
  now: number,
): Promise<CertificateIdentity> {
  if (!named) {
    return { error: "Unable to parse identity from client-side certificate" };
  }
  if (claimed === undefined) return { error: `${UNEXPECTED}: Error(100): HANDLE NOT FOUND` };
  const name = formatReference(claimed);
  if (now > Date.parse(certificate.validTo)) {
    return { error: `Client certificate of ${name} expired on ${certificate.validTo}` };
  }
  if (now < Date.parse(certificate.validFrom)) {
    return { error: `Client certificate of ${name} is not valid before ${certificate.validFrom}` };
  }
  const record = await store.read(handleKey(claimed.handle));
  const values = keyValues(record?.values, claimed, "HS_PUBKEY");
  const found = values.find((value) => readPublicKey(value.data)?.equals(certificate.publicKey));
  if (found !== undefined) return { identity: { handle: claimed.handle, index: found.index }, key: found };
  const sites = keyValues(record?.values, claimed, "HS_SITE");
  const site = sites.find(({ data }) => readSiteKeys(data).some((key) => key.equals(certificate.publicKey)));
  if (site !== undefined) return { identity: { handle: claimed.handle, index: site.index }, key: site };
  // A hidden value is not told from an absent one.
  if ([...values, ...sites].some(({ permissions }) => permissions & VALUE_PERMISSIONS.publicRead))
    return { error: "Unable to validate X509 certificate, no matching handle value" };
  return {
    error: `${UNEXPECTED}: ${record ? "Error(200): VALUES NOT FOUND" : "Error(100): HANDLE NOT FOUND"}`,
  };
}
