import { HandleError, invalidOptions, type WireRequest, type WireResponse } from "@handlekit/core";
import type { Deadline } from "../deadline.ts";
import type { RequestState } from "../request-target.ts";

/** PEM text of a client's certificate and its unencrypted key. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** The connections of one identity, or of anonymous requests. */
export interface ConnectionPool {
  /**
   * Sends one request and reads the whole response. Rejects with whatever the platform throws.
   *
   * @param state the target; `sent` is set as soon as the request may have reached the server
   * @param deadline when it passes, the request and its connection end at once with its reason
   */
  send(request: WireRequest, state: RequestState, deadline: Deadline): Promise<WireResponse>;
}

/** The HTTP client of one platform. */
export interface Engine {
  /** @throws HandleError `invalid_key` or `not_supported` when the certificate cannot be presented */
  createPool(certificate?: ClientCertificate): ConnectionPool;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** The error for PEM text that the platform does not accept: a client certificate, or else the CA. */
export function invalidPemError(certificate: ClientCertificate | undefined): HandleError {
  return certificate
    ? new HandleError("invalid_key", {
        message: "The client certificate and its key cannot be used together.",
        hint: "Both must be PEM, the key unencrypted, and the key must be the one of this certificate.",
      })
    : invalidOptions(
        "The option ca holds a certificate that cannot be read.",
        "Check that the file is complete.",
      );
}
