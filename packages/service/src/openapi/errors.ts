import { type JsonObject, jsonp, ref } from "./parts.ts";

const header = (name: string): JsonObject => ({ [name]: ref(`headers/${name}`) });

/** The headers that responses of several operations have. */
export const HEADERS: JsonObject = {
  ETag: {
    description: "The revision of the whole record, whatever values were selected, for `If-Match`.",
    schema: { type: "string" },
  },
  Location: { description: "The address of the response.", required: true, schema: { type: "string" } },
  "Retry-After": {
    description: "How long to wait before the next attempt, in seconds.",
    required: true,
    schema: { type: "integer" },
  },
  "WWW-Authenticate": {
    description:
      "`Basic`, which browsers and clients that tried another scheme are not offered, and `Handle` with a challenge: `sessionId` and `nonce`, and `error` if a login failed.",
    required: true,
    schema: { type: "string" },
  },
  "X-Request-Id": {
    description: "The id of the request in the log of the server.",
    schema: { type: "string" },
  },
};

function error(description: string, headers?: JsonObject): JsonObject {
  return headers === undefined
    ? { description, content: jsonp("Error") }
    : { description, headers, content: jsonp("Error") };
}

/** The refusals of the REST API, by the names that they have in the components. */
export const ERROR_RESPONSES: JsonObject = {
  Malformed: error(
    "The request is malformed (4), has an invalid handle (102) or value (202), is for a prefix that does not live here (301), or names values to remove that the record does not have (200).",
  ),
  LoginNeeded: error(
    "A login is needed (402). Without a body if the request has one that failed.",
    header("WWW-Authenticate"),
  ),
  Forbidden: error(
    "The login is right, but may not do this (400, or 401 for a value that administrators cannot read either). Over plain HTTP also for lack of a login (402), because none is accepted there.",
  ),
  NotFound: error("There is no such handle (100)."),
  Conflict: error("The handle exists (101), or an index of a value that is to be added is in use (201)."),
  Changed: error("The record is in none of the revisions of `If-Match` (4). Nothing was changed."),
  TooLarge: error("The body is larger than the server accepts (4)."),
  TooManyRequests: error(
    "Too many logins failed, or too many verifications were asked for (3).",
    header("Retry-After"),
  ),
  Failed: error("The server failed (2).", header("X-Request-Id")),
  NotSupported: error("This server does not do that (5)."),
  Busy: error("The server is too busy (3). Nothing was changed.", header("Retry-After")),
};

const NAMES: Readonly<Record<number, string>> = {
  400: "Malformed",
  401: "LoginNeeded",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  412: "Changed",
  413: "TooLarge",
  429: "TooManyRequests",
  500: "Failed",
  501: "NotSupported",
  503: "Busy",
};

/** The refusals of every operation that looks at logins. */
export const WITH_LOGIN: readonly number[] = [401, 429, 500, 503];

/** Returns refusals by their status. */
export function errors(...statuses: readonly number[]): JsonObject {
  return Object.fromEntries(statuses.map((status) => [status, ref(`responses/${NAMES[status]}`)]));
}
