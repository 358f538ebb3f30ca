import { HandleError, type WireRequest, type WireResponse } from "@handlekit/core";
import type { Progress } from "../failures.ts";
import type { Scope } from "../scope.ts";

/** PEM text of a client's certificate and its unencrypted key. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Connections that belong together: one identity, or none. */
export interface Lane {
  /**
   * Sends one request and reads the whole answer. Rejects with whatever the platform throws.
   *
   * @param progress where the request goes; is told when it may be on the wire
   * @param scope ends it at once, with its connection and the scope's reason
   */
  send(request: WireRequest, progress: Progress, scope: Scope): Promise<WireResponse>;
}

/** What puts requests on the wire on one platform. */
export interface Engine {
  /** @throws HandleError `invalid_key` or `not_supported` when the certificate cannot be presented */
  open(certificate?: ClientCertificate): Lane;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** What is wrong when the platform does not take the PEM text that it is given. */
export function unusablePem(certificate: ClientCertificate | undefined): HandleError {
  return certificate
    ? new HandleError("invalid_key", {
        message: "The client certificate and its key cannot be used together.",
        hint: "Both are PEM, the key is unencrypted, and it is the key of this certificate.",
      })
    : new HandleError("invalid_options", {
        message: "`ca` holds a certificate that cannot be read.",
        hint: "Check that the file is complete.",
      });
}
