import { type ClientCertificate, invalidPemError } from "./engine.ts";

/** The parts of Node that a TLS context is made with. */
export interface ContextPlatform {
  readonly tls: typeof import("node:tls");
  readonly crypto: typeof import("node:crypto");
}

function isOpensslError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_OSSL");
}

/**
 * Creates the TLS context of a pool.
 *
 * @param ca the certificates that a chain may end at. For a text, too, Node reads all of its root certificates, which
 *   takes longer than a handshake; not for an empty list
 * @throws HandleError `invalid_key` or `invalid_options` if the certificate, its key or the CA cannot be read
 */
export function createNodeContext(
  { tls, crypto }: ContextPlatform,
  ca: string | [] | undefined,
  certificate: ClientCertificate | undefined,
): import("node:tls").SecureContext {
  /** Throws if they do not belong together; Deno would find out in the handshake. */
  function checkKey({ certificate: pem, key }: ClientCertificate): void {
    if (new crypto.X509Certificate(pem).checkPrivateKey(crypto.createPrivateKey(key))) return;
    throw invalidPemError(certificate);
  }
  try {
    if (certificate) checkKey(certificate);
    return tls.createSecureContext({
      ca,
      ...(certificate
        ? {
            cert: certificate.certificate,
            key: certificate.key,
            // Handle.Net asks for the certificate by renegotiation, which TLS 1.3 does not have. A renegotiation that
            // resumes a session by its ticket skips the request for the certificate.
            maxVersion: "TLSv1.2",
            secureOptions: crypto.constants.SSL_OP_NO_TICKET,
          }
        : {}),
    });
  } catch (error) {
    throw certificate || isOpensslError(error) ? invalidPemError(certificate) : error;
  }
}
