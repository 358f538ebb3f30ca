import { type AuthStrategy, HandleError, type Secret, type ValueReference } from "@handlekit/core";
import { readIdentity, readOrigins, readSecret } from "./options.ts";
import { formatHandleAuthorization } from "./wire/handle-header.ts";

/** What {@link createClientCertificateAuth} needs. */
export interface ClientCertificateAuthOptions {
  /**
   * The PEM certificate and its unencrypted PEM private key; "external" when the transport you bring
   * presents the certificate itself, because the key is in hardware.
   */
  readonly tls: { readonly certificate: string; readonly key: string | Secret } | "external";
  /** Whom the certificate names, to be told to people; the server reads it from the certificate. */
  readonly identity?: string | ValueReference | undefined;
  /** The https addresses of the servers it may be shown to. */
  readonly origins: readonly string[];
}

function readTls(tls: ClientCertificateAuthOptions["tls"]): NonNullable<AuthStrategy["tls"]> {
  if (tls === "external") return tls;
  if (!tls.certificate.includes("-----BEGIN CERTIFICATE-----")) {
    throw new HandleError("invalid_key", {
      message: "The client certificate is not a PEM certificate.",
      hint: "It begins with -----BEGIN CERTIFICATE-----.",
    });
  }
  return { certificate: tls.certificate, key: readSecret(tls.key) };
}

/**
 * The strategy for a client certificate: the certificate goes into the TLS handshake, and a header tells the
 * server to look at it. The server takes the identity from the certificate's subject and compares its key with HS_PUBKEY.
 *
 * @throws HandleError `invalid_key` when the certificate is not PEM, `invalid_reference` for a malformed identity, `invalid_options` for no origin,
 *   `insecure_connection` for an origin that is not https
 * @example
 * ```ts
 * const strategy = createClientCertificateAuth({
 *   tls: { certificate, key }, origins: ["https://handle.example.org:8000"],
 * });
 * ```
 */
export function createClientCertificateAuth(options: ClientCertificateAuthOptions): AuthStrategy {
  const authorization = formatHandleAuthorization({ clientCert: "true" });
  return {
    scheme: "client-certificate",
    origins: readOrigins(options.origins),
    ...(options.identity === undefined ? {} : { identity: readIdentity(options.identity) }),
    tls: readTls(options.tls),
    authenticate: (request) => ({ ...request, headers: { ...request.headers, authorization } }),
  };
}
