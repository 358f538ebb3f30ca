import { constants } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { HandleError, invalidOptions } from "@handlekit/core";
import type { Settings } from "./settings.ts";

/** The server's certificate (chain) and its key, PEM. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Returns the options of TLS that depend on certificate, key and cipher suites, after checking that they can be used.
 *
 * @throws HandleError `invalid_key` if certificate or key cannot be used, `invalid_options` for unknown cipher suites
 */
export function secureContextOptions(
  settings: Pick<Settings, "tlsCiphers" | "tlsCertificate" | "tlsKey">,
  tls: ServerTls,
): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: tls.certificate,
    key: tls.key,
    minVersion: "TLSv1.2",
    ciphers: settings.tlsCiphers,
    // A resumed session would have an identity that its own handshake did not prove.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
  try {
    createSecureContext(options);
    return options;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_SSL_NO_CIPHER_MATCH") {
      throw invalidOptions(
        "The setting tlsCiphers names no cipher suite that OpenSSL knows.",
        "openssl ciphers lists them.",
      );
    }
    throw new HandleError("invalid_key", {
      message: `The server certificate ${settings.tlsCertificate} and key ${settings.tlsKey} cannot be used together.`,
      hint: "Both must be PEM, the key unencrypted, and they must belong together.",
    });
  }
}
