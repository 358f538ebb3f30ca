import { type HandleErrorCode, isHandleError } from "@handlekit/core";
import { inWordsOfHdl } from "../hints.ts";

/** The kinds of faults: the exit code of each, and what it means. */
export const FAULTS: {
  readonly [kind: string]: readonly [exit: number, meaning: string];
} = {
  credentials: [20, "the credentials file cannot be used"],
  key_file: [21, "the certificate or key of the login cannot be used, or they do not belong together"],
  plain_http: [22, "the address is not https, so no login is sent"],
  host_not_found: [23, "there is no such host, or the name service does not answer"],
  refused: [24, "nothing listens on the port"],
  unreachable: [25, "the server cannot be reached, or does not answer in time"],
  not_tls: [26, "the port does not speak TLS"],
  tls_version: [27, "no TLS version in common"],
  untrusted: [28, "the server's certificate is not trusted"],
  expired: [29, "the server's certificate has expired or is not valid yet"],
  host_name: [30, "the server's certificate is for another name"],
  no_handle_api: [31, "the address is not that of a handle server"],
  server_failed: [32, "the server fails"],
  server_key: [33, "the server's certificate has another key than its HS_SITE"],
  clock: [34, "the clocks of this computer and the server differ"],
  no_authentication: [35, "the server does not offer the authentication of the login"],
  sessions: [36, "a session is lost between two requests"],
  no_user: [37, "the user's handle does not exist"],
  no_key: [38, "the user's handle has no key of the right type at its index"],
  other_key: [39, "the certificate has another key than HS_PUBKEY"],
  login_rejected: [40, "the server rejects the login"],
  certificate_request: [41, "the server cannot ask for the client certificate"],
  rights: [42, "the user may not create handles"],
};

/** The result of a step: all is well, with the details, or a fault. */
export type Finding =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** A key of {@link FAULTS}. */
      readonly kind: string;
      readonly message: string;
      readonly hint?: string | undefined;
      /** True if the next steps make sense all the same. */
      readonly goesOn?: boolean | undefined;
    };

export const fine = (text: string): Finding => ({ ok: true, text });

export const fault = (kind: string, message: string, hint?: string, goesOn?: boolean): Finding => ({
  ok: false,
  kind,
  message,
  hint,
  goesOn,
});

const KIND_OF: Readonly<Partial<Record<HandleErrorCode, string>>> = {
  invalid_credentials: "credentials",
  invalid_key: "key_file",
  insecure_connection: "plain_http",
  host_not_found: "host_not_found",
  connection_refused: "refused",
  connection_failed: "unreachable",
  timeout: "unreachable",
  tls_failed: "not_tls",
  tls_untrusted: "untrusted",
  tls_expired: "expired",
  tls_host_name: "host_name",
  redirected: "no_handle_api",
  protocol_error: "no_handle_api",
  server_busy: "server_failed",
  server_error: "server_failed",
  authentication_failed: "login_rejected",
};

/**
 * Turns an error of a library into a finding.
 *
 * @throws the error itself, if it says nothing about the server or the login
 */
export function faultOf(error: unknown, kind?: string, hint?: string): Finding {
  if (!isHandleError(error)) throw error;
  const found = kind ?? KIND_OF[error.code];
  if (found === undefined || error.code === "aborted") throw error;
  const said = hint ?? error.hint;
  return fault(found, inWordsOfHdl(error.message), said === undefined ? undefined : inWordsOfHdl(said));
}
