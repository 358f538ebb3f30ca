import { checkArgument } from "./check.ts";

/**
 * The response codes of the Handle protocol, by name, without those of the binary protocol's sessions (500 to 505).
 *
 * @example
 * ```ts
 * if (error.responseCode === RESPONSE_CODES.handleNotFound) console.log("no such handle");
 * ```
 * @see RFC 3652 section 2.2.2.3
 */
export const RESPONSE_CODES: {
  readonly success: 1;
  readonly error: 2;
  readonly serverTooBusy: 3;
  readonly protocolError: 4;
  readonly operationNotSupported: 5;
  readonly recursionCountTooHigh: 6;
  readonly serverReadOnly: 7;
  readonly handleNotFound: 100;
  readonly handleAlreadyExists: 101;
  readonly invalidHandle: 102;
  readonly valuesNotFound: 200;
  readonly valueAlreadyExists: 201;
  readonly invalidValue: 202;
  readonly outOfDateSiteInfo: 300;
  readonly serverNotResponsible: 301;
  readonly serviceReferral: 302;
  readonly prefixReferral: 303;
  readonly invalidAdmin: 400;
  readonly insufficientPermissions: 401;
  readonly authenticationNeeded: 402;
  readonly authenticationFailed: 403;
  readonly invalidCredential: 404;
  readonly authenticationTimeout: 405;
  readonly authenticationError: 406;
} = {
  success: 1,
  error: 2,
  serverTooBusy: 3,
  protocolError: 4,
  operationNotSupported: 5,
  recursionCountTooHigh: 6,
  serverReadOnly: 7,
  handleNotFound: 100,
  handleAlreadyExists: 101,
  invalidHandle: 102,
  valuesNotFound: 200,
  valueAlreadyExists: 201,
  invalidValue: 202,
  outOfDateSiteInfo: 300,
  serverNotResponsible: 301,
  serviceReferral: 302,
  prefixReferral: 303,
  invalidAdmin: 400,
  insufficientPermissions: 401,
  authenticationNeeded: 402,
  authenticationFailed: 403,
  invalidCredential: 404,
  authenticationTimeout: 405,
  authenticationError: 406,
};

const STATUS: Readonly<Record<number, number>> = {
  1: 200,
  3: 503,
  4: 400,
  5: 501,
  7: 503,
  100: 404,
  101: 409,
  102: 400,
  200: 400,
  201: 409,
  202: 400,
  301: 400,
  302: 300,
  303: 300,
  400: 403,
  401: 403,
  402: 401,
  403: 403,
  404: 403,
};

/**
 * Returns the HTTP status of a response code, 500 for codes without a status of their own. Two cases differ from it: a
 * resolution that finds no value has status 200 and response code 200 (values not found), and creating a record has
 * status 201.
 *
 * @param responseCode the response code
 * @example
 * ```ts
 * statusOf(RESPONSE_CODES.handleAlreadyExists); // 409
 * ```
 */
export function statusOf(responseCode: number): number {
  if (typeof responseCode !== "number") checkArgument("statusOf", "responseCode", responseCode, ["number"]);
  return STATUS[responseCode] ?? 500;
}
