import {
  type AuthStrategy,
  checkArgument,
  checkOptions,
  HandleError,
  invalidOptions,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import { readIdentity, readOrigins, readSecret } from "./options.ts";
import { formatHandleAuthorization } from "./wire/handle-header.ts";

/** Options of {@link createClientCertificateAuth}. */
export interface ClientCertificateAuthOptions {
  /**
   * The PEM certificate and its unencrypted PEM private key; "external" if your transport presents the certificate
   * itself, because the key is in hardware.
   */
  readonly tls: { readonly certificate: string; readonly key: string | Secret } | "external";
  /** The identity that the certificate names, for messages; the server reads it from the certificate. */
  readonly identity?: string | ValueReference | undefined;
  /** The https addresses of the servers that it may be presented to. */
  readonly origins: readonly string[];
}

const CALLER = "createClientCertificateAuth";

function readTls(tls: ClientCertificateAuthOptions["tls"]): NonNullable<AuthStrategy["tls"]> {
  checkArgument(CALLER, "the option tls", tls, ["object", "string"]);
  if (tls === "external") return tls;
  if (typeof tls === "string") {
    throw invalidOptions(
      `${CALLER}: the option tls must be an object with certificate and key, or "external".`,
      "The object is { certificate, key }, both PEM text.",
    );
  }
  checkArgument(CALLER, "the option tls.certificate", tls.certificate, ["string"]);
  if (!tls.certificate.includes("-----BEGIN CERTIFICATE-----")) {
    throw new HandleError("invalid_key", {
      message: "The client certificate is not a PEM certificate.",
      hint: "Give the text of the file, not its name; it begins with -----BEGIN CERTIFICATE-----.",
    });
  }
  return { certificate: tls.certificate, key: readSecret(CALLER, "tls.key", tls.key) };
}

/**
 * Creates the strategy for a client certificate: the certificate is presented in the TLS handshake, and a header tells
 * the server to use it. The server takes the identity from the certificate's subject and compares its key with HS_PUBKEY.
 *
 * @throws HandleError `invalid_options` for an option that is missing or of the wrong type, `invalid_key` for a
 *   certificate that is not PEM, `invalid_reference` for an identity that is neither `index:prefix/suffix` nor a handle,
 *   `insecure_connection` for an origin that is not https
 * @example
 * ```ts
 * const strategy = createClientCertificateAuth({
 *   tls: { certificate, key }, origins: ["https://handle.example.org:8000"],
 * });
 * ```
 */
export function createClientCertificateAuth(options: ClientCertificateAuthOptions): AuthStrategy {
  checkOptions(CALLER, options, {});
  const tls = readTls(options.tls);
  const identity = options.identity === undefined ? undefined : readIdentity(CALLER, options.identity);
  const authorization = formatHandleAuthorization({ clientCert: "true" });
  return {
    scheme: "client-certificate",
    origins: readOrigins(CALLER, options.origins),
    identity,
    tls,
    authenticate: (request) => ({ ...request, headers: { ...request.headers, authorization } }),
  };
}
