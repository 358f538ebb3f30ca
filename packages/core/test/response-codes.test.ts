import { RESPONSE_CODES, statusOf } from "@handlekit/core";
import { expect, it } from "vitest";

// handle-rest-api.md, section 11.
const TABLE = [
  ["success", 1, 200],
  ["error", 2, 500],
  ["serverTooBusy", 3, 503],
  ["protocolError", 4, 400],
  ["operationNotSupported", 5, 501],
  ["recursionCountTooHigh", 6, 500],
  ["serverReadOnly", 7, 503],
  ["handleNotFound", 100, 404],
  ["handleAlreadyExists", 101, 409],
  ["invalidHandle", 102, 400],
  ["valuesNotFound", 200, 400],
  ["valueAlreadyExists", 201, 409],
  ["invalidValue", 202, 400],
  ["outOfDateSiteInfo", 300, 500],
  ["serverNotResponsible", 301, 400],
  ["serviceReferral", 302, 300],
  ["prefixReferral", 303, 300],
  ["invalidAdmin", 400, 403],
  ["insufficientPermissions", 401, 403],
  ["authenticationNeeded", 402, 401],
  ["authenticationFailed", 403, 403],
  ["invalidCredential", 404, 403],
  ["authenticationTimeout", 405, 500],
  ["authenticationError", 406, 500],
] as const;

it.each(TABLE)("%s is %d and travels with %d", (name, code, status) => {
  expect(RESPONSE_CODES[name]).toBe(code);
  expect(statusOf(code)).toBe(status);
});

it("has no other names", () => {
  expect(Object.keys(RESPONSE_CODES)).toEqual(TABLE.map(([name]) => name));
});

it.each([0, -1, 8, 500, 501, 502, 503, 504, 505, 999, Number.NaN])("%d, which has no row, is 500", (code) => {
  expect(statusOf(code)).toBe(500);
});
