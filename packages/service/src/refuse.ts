import { HandleError, type HandleErrorCode, RESPONSE_CODES } from "@handlekit/core";

const CODES: Readonly<Record<number, HandleErrorCode>> = {
  [RESPONSE_CODES.serverTooBusy]: "server_busy",
  [RESPONSE_CODES.handleNotFound]: "handle_not_found",
  [RESPONSE_CODES.handleAlreadyExists]: "handle_exists",
  [RESPONSE_CODES.invalidHandle]: "invalid_handle",
  [RESPONSE_CODES.valuesNotFound]: "values_not_found",
  [RESPONSE_CODES.valueAlreadyExists]: "value_exists",
  [RESPONSE_CODES.invalidValue]: "invalid_value",
  [RESPONSE_CODES.serverNotResponsible]: "prefix_not_served",
  [RESPONSE_CODES.invalidAdmin]: "permission_denied",
  [RESPONSE_CODES.insufficientPermissions]: "permission_denied",
  [RESPONSE_CODES.authenticationNeeded]: "authentication_failed",
};

/**
 * The error for a request that is refused. Its response code determines the HTTP status, and its message is sent to the
 * client.
 *
 * @param hint the reason for the log, where the API has no message
 */
export function refuse(responseCode: number, message = "", handle?: string, hint?: string): HandleError {
  return new HandleError(CODES[responseCode] ?? "protocol_error", { message, responseCode, handle, hint });
}
