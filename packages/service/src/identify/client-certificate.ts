import { X509Certificate } from "node:crypto";
// toLegacyObject, called first, would load half of node:tls on Node 20 and leave it without createSecureContext.
import "node:tls";
import {
  decodePublicKey,
  formatReference,
  isHandleError,
  type PublicKeyJwk,
  subjectIdentity,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore, StoredValue } from "@handlekit/core/store";
import { keyValues } from "./secret-key.ts";

/** Who a certificate speaks for, or why it speaks for nobody. */
export type CertificateIdentity = { readonly identity: ValueReference } | { readonly error: string };

function matches(value: StoredValue, key: JsonWebKey): boolean {
  let stored: PublicKeyJwk;
  try {
    stored = decodePublicKey(value.data);
  } catch (error) {
    if (isHandleError(error, "invalid_value")) return false;
    throw error;
  }
  return stored.kty === "RSA" && key.kty === "RSA" && stored.n === key.n && stored.e === key.e;
}

/**
 * Finds the HS_PUBKEY value that a client certificate belongs to. The subject names the identity (UID before CN);
 * the issuer does not matter, the key does. A certificate outside its dates counts for nothing.
 *
 * @param der the certificate whose key the client proved to hold
 * @param now milliseconds since 1970
 */
export async function identifyClientCertificate(
  store: HandleStore,
  der: Uint8Array,
  now: number,
): Promise<CertificateIdentity> {
  const certificate = new X509Certificate(der);
  const { UID, CN } = certificate.toLegacyObject().subject as { UID?: string; CN?: string };
  // Deno leaves the UID out of the object and writes its name in lower case in the text.
  const claimed = subjectIdentity({ UID: UID ?? /^uid=(.*)$/im.exec(certificate.subject)?.[1], CN });
  if (claimed === undefined) return { error: "Unable to parse identity from client-side certificate" };
  const name = formatReference(claimed);
  if (now > Date.parse(certificate.validTo))
    return { error: `Client certificate of ${name} expired on ${certificate.validTo}` };
  if (now < Date.parse(certificate.validFrom)) {
    return { error: `Client certificate of ${name} is not valid before ${certificate.validFrom}` };
  }
  const key =
    certificate.publicKey.asymmetricKeyType === "rsa" ? certificate.publicKey.export({ format: "jwk" }) : {};
  const values = await keyValues(store, claimed, "HS_PUBKEY");
  const found = values.find((value) => matches(value, key));
  return found === undefined
    ? { error: "Unable to validate X509 certificate, no matching handle value" }
    : { identity: { handle: claimed.handle, index: found.index } };
}
