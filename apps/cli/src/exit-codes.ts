import type { HandleErrorCode } from "@handlekit/core";

/** The exit codes of `hdl`, as the README lists them. */
export const EXIT: {
  readonly ok: 0;
  readonly unexpected: 1;
  readonly usage: 2;
  readonly credentials: 3;
  readonly login: 4;
  readonly permission: 5;
  readonly notFound: 6;
  readonly exists: 7;
  readonly connection: 8;
  readonly server: 9;
  readonly unknownOutcome: 10;
  readonly interrupted: 130;
} = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  credentials: 3,
  login: 4,
  permission: 5,
  notFound: 6,
  exists: 7,
  connection: 8,
  server: 9,
  unknownOutcome: 10,
  interrupted: 130,
};

/** The meaning of each exit code. */
export const EXIT_MEANINGS: Readonly<Record<string, string>> = {
  0: "success",
  1: "an unexpected error",
  2: "a wrong command line, handle or value",
  3: "the credentials file, key or certificate is not usable",
  4: "the login was rejected or not sent, or one is needed",
  5: "the login is valid, but has no permission for this",
  6: "the handle, value or prefix does not exist",
  7: "the handle or value exists already, or the record has changed",
  8: "no connection, an untrusted server, or no answer in time",
  9: "the server failed, or its answer is not usable",
  10: "it is unknown whether the change was made",
  130: "interrupted, or no to a question",
};

const BY_CODE: Readonly<Record<HandleErrorCode, number>> = {
  invalid_handle: EXIT.usage,
  invalid_reference: EXIT.usage,
  invalid_value: EXIT.usage,
  invalid_options: EXIT.usage,
  invalid_key: EXIT.credentials,
  invalid_credentials: EXIT.credentials,
  insecure_connection: EXIT.login,
  authentication_failed: EXIT.login,
  permission_denied: EXIT.permission,
  handle_not_found: EXIT.notFound,
  values_not_found: EXIT.notFound,
  prefix_not_served: EXIT.notFound,
  handle_exists: EXIT.exists,
  value_exists: EXIT.exists,
  record_changed: EXIT.exists,
  tls_untrusted: EXIT.connection,
  tls_expired: EXIT.connection,
  tls_host_name: EXIT.connection,
  tls_failed: EXIT.connection,
  connection_refused: EXIT.connection,
  connection_failed: EXIT.connection,
  host_not_found: EXIT.connection,
  timeout: EXIT.connection,
  redirected: EXIT.server,
  too_large: EXIT.server,
  not_supported: EXIT.server,
  server_busy: EXIT.server,
  server_error: EXIT.server,
  protocol_error: EXIT.server,
  outcome_unknown: EXIT.unknownOutcome,
  aborted: EXIT.interrupted,
  strategy_failed: EXIT.unexpected,
  store_failed: EXIT.unexpected,
};

/** Returns the exit code for an error code. */
export function exitCodeOf(code: HandleErrorCode): number {
  return BY_CODE[code];
}
