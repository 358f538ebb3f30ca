import { parseChallenges } from "@handlekit/auth/wire";
import { type HandleErrorCode, RESPONSE_CODES, type WireResponse } from "@handlekit/core";

/** The subject of a request, for error messages. */
export interface Subject {
  /** In the infinitive: "read", "create", ... */
  readonly operation: string;
  readonly handle: string;
  /** True if the server generates the handle; otherwise an answer about another handle is an error. Default false. */
  readonly minting?: boolean | undefined;
  /** The scheme of the strategy that was used; undefined for an anonymous request. */
  readonly scheme?: string | undefined;
  /** The identity of the strategy, `index:prefix/suffix`. */
  readonly identity?: string | undefined;
}

/** The error that a failed answer stands for. */
export interface AnswerFailure {
  readonly code: HandleErrorCode;
  readonly what: string;
  readonly hint?: string | undefined;
  readonly retryable?: boolean | undefined;
}

const LOGIN_HINTS: Readonly<Record<string, string>> = {
  basic:
    "Check the password, and that the user is index:prefix/suffix with the index of its HS_SECKEY value (usually 300).",
  session:
    "Check the key, and that the user is index:prefix/suffix with the index of its HS_SECKEY or HS_PUBKEY value.",
  "client-certificate":
    "Check that the certificate's key is the HS_PUBKEY value it names, that it has not expired, and that no proxy ends the TLS connection before the server.",
};

const PERMISSION_HINT =
  "The record's HS_ADMIN value must name this user, directly or through an HS_VLIST; to create, the one of the prefix handle (0.NA/prefix).";

/** Returns true for a status that says that the server is busy. */
export function isBusy(status: number | undefined): boolean {
  return status === 429 || status === 503;
}

function loginFailure(response: WireResponse, subject: Subject): AnswerFailure {
  const reason = parseChallenges(response.headers["www-authenticate"] ?? "").handle?.error;
  if (subject.scheme === undefined) {
    return {
      code: "authentication_failed",
      what: "the server requires authentication, and no credentials were given",
      hint: "Give a credentials file with a user and password, or with a certificate and its key.",
    };
  }
  const who = subject.identity === undefined ? "" : ` as ${subject.identity}`;
  return {
    code: "authentication_failed",
    what: `the server did not accept the login${who}${reason === undefined ? "" : ` (${reason})`}`,
    hint: LOGIN_HINTS[subject.scheme] ?? "Check the credentials.",
  };
}

/** Returns the seconds of a Retry-After header; undefined without the header, or if it is a date. */
export function secondsToWait(response: WireResponse): number | undefined {
  const text = response.headers["retry-after"]?.trim() ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function rateLimited(response: WireResponse): AnswerFailure {
  const seconds = secondsToWait(response);
  return {
    code: "server_busy",
    what: "the server refuses requests from this computer for now (HTTP 429)",
    hint: `Too many logins from here have failed, or there are too many requests: check the user and password, and try again ${seconds === undefined ? "later" : `in ${seconds} s`}.`,
    retryable: true,
  };
}

const REFERRAL: AnswerFailure = {
  code: "prefix_not_served",
  what: "the server refers to another server for this prefix",
  hint: "Ask the server of the prefix; referrals are not followed.",
};

const BY_RESPONSE_CODE: Readonly<Record<number, AnswerFailure>> = {
  [RESPONSE_CODES.error]: {
    code: "server_error",
    what: "the server failed (response code 2)",
    hint: "Its log may say why.",
  },
  [RESPONSE_CODES.serverTooBusy]: { code: "server_busy", what: "the server is too busy", retryable: true },
  [RESPONSE_CODES.operationNotSupported]: {
    code: "not_supported",
    what: "the server does not support this operation",
  },
  [RESPONSE_CODES.serverReadOnly]: {
    code: "server_busy",
    what: "the server is currently read-only",
    retryable: true,
  },
  [RESPONSE_CODES.handleNotFound]: {
    code: "handle_not_found",
    what: "there is no such handle on this server",
    hint: "Check the handle, and that this is the server of its prefix.",
  },
  [RESPONSE_CODES.handleAlreadyExists]: {
    code: "handle_exists",
    what: "the handle exists already",
    hint: "Choose another suffix, or allow overwriting to replace its whole record.",
  },
  [RESPONSE_CODES.invalidHandle]: {
    code: "invalid_handle",
    what: "the server rejects this handle as invalid",
  },
  [RESPONSE_CODES.valuesNotFound]: {
    code: "values_not_found",
    what: "the record has no value at one of the indexes",
    hint: "Read the record to see its indexes; nothing was changed.",
  },
  [RESPONSE_CODES.valueAlreadyExists]: {
    code: "value_exists",
    what: "the record already has a value at one of the indexes",
    hint: "Values that you may not read use indexes, too; choose another index.",
  },
  [RESPONSE_CODES.invalidValue]: {
    code: "invalid_value",
    what: "the server rejects one of the values",
  },
  [RESPONSE_CODES.serverNotResponsible]: {
    code: "prefix_not_served",
    what: "the server is not responsible for this prefix",
    hint: "Check the prefix, and that this is its server.",
  },
  [RESPONSE_CODES.serviceReferral]: REFERRAL,
  [RESPONSE_CODES.prefixReferral]: REFERRAL,
  [RESPONSE_CODES.invalidAdmin]: {
    code: "permission_denied",
    what: "the login is right, but this user does not have the permission",
    hint: PERMISSION_HINT,
  },
  [RESPONSE_CODES.insufficientPermissions]: {
    code: "permission_denied",
    what: "nobody may read or change one of the values",
  },
};

/**
 * Returns the error that a failed answer stands for.
 *
 * @param responseCode that of the body; undefined if it has none, or if status and body contradict each other
 */
export function failureOf(
  response: WireResponse,
  responseCode: number | undefined,
  subject: Subject,
): AnswerFailure {
  const code = responseCode ?? 0;
  const login =
    response.status === 401 ||
    code === RESPONSE_CODES.authenticationNeeded ||
    (code >= RESPONSE_CODES.authenticationFailed && code <= RESPONSE_CODES.authenticationError);
  if (login) return loginFailure(response, subject);
  if (response.status === 412) {
    return {
      code: "record_changed",
      what: "the record has changed since it was read; nothing was written",
      hint: "Read it again and decide again.",
    };
  }
  if (response.status === 429) return rateLimited(response);
  const known = BY_RESPONSE_CODE[code];
  if (known) return known;
  if (response.status === 413) return { code: "too_large", what: "the request is too large for the server" };
  if (isBusy(response.status)) {
    return { code: "server_busy", what: `the server is too busy (HTTP ${response.status})`, retryable: true };
  }
  if (response.status >= 500)
    return { code: "server_error", what: `the server failed (HTTP ${response.status})` };
  if (responseCode !== undefined) {
    return {
      code: "protocol_error",
      what: "the server rejects the request",
      hint: "Check the server's address: the path of the API and the handle are added to it.",
    };
  }
  return {
    code: "protocol_error",
    what: `the answer (HTTP ${response.status}) is not an answer of the handle API`,
    hint: "Check the server's address, and that its HTTP interface is on.",
  };
}
