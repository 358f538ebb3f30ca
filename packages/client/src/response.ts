import { parseChallenges } from "@handlekit/auth/wire";
import {
  decodeUtf8,
  HandleError,
  type HandleErrorCode,
  type HandleValue,
  quoteForMessage,
  RESPONSE_CODES,
  sameHandle,
  type WireResponse,
} from "@handlekit/core";
import { printable } from "./printable.ts";

/** What a request was about, for the words of an error. */
export interface Subject {
  /** In the infinitive: "read", "create", ... */
  readonly operation: string;
  readonly handle: string;
  /** True when the server makes up the handle; else an answer about another one is an error. Default false. */
  readonly minting?: boolean | undefined;
  /** The scheme of the strategy that was used; undefined for an anonymous request. */
  readonly scheme?: string | undefined;
  /** Who the strategy speaks for, in words. */
  readonly identity?: string | undefined;
}

/** How much of a server's own message goes into an error. */
const MAX_WORDS = 300;

/** The JSON body of an answer; undefined when it is not an object. */
interface AnswerBody {
  readonly responseCode?: unknown;
  readonly message?: unknown;
  readonly handle?: unknown;
  readonly values?: unknown;
}

interface AnswerFailure {
  readonly code: HandleErrorCode;
  readonly what: string;
  readonly hint?: string;
  readonly retryable?: boolean;
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

function loginFailure(response: WireResponse, subject: Subject): AnswerFailure {
  const reason = parseChallenges(response.headers["www-authenticate"] ?? "").handle?.error;
  if (subject.scheme === undefined) {
    return {
      code: "authentication_failed",
      what: "the server wants to know who is asking, and no credentials were given",
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

const REFERRAL: AnswerFailure = {
  code: "prefix_not_served",
  what: "the server refers to another one for this prefix",
  hint: "Ask the server of the prefix; referrals are not followed.",
};

const BY_RESPONSE_CODE: Readonly<Record<number, AnswerFailure>> = {
  [RESPONSE_CODES.serverTooBusy]: { code: "server_busy", what: "the server is too busy", retryable: true },
  [RESPONSE_CODES.operationNotSupported]: {
    code: "not_supported",
    what: "the server does not offer this operation",
  },
  [RESPONSE_CODES.serverReadOnly]: {
    code: "server_busy",
    what: "the server is read-only at the moment",
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
    what: "the server does not take this as a handle",
  },
  [RESPONSE_CODES.valuesNotFound]: {
    code: "values_not_found",
    what: "the record has no value at one of the indexes",
    hint: "Read the record to see its indexes; nothing was changed.",
  },
  [RESPONSE_CODES.valueAlreadyExists]: {
    code: "value_exists",
    what: "the record has a value at one of the indexes already",
    hint: "Values you may not read use indexes too; choose another index.",
  },
  [RESPONSE_CODES.invalidValue]: {
    code: "invalid_value",
    what: "the server does not take one of the values",
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
    what: "the login is right, but this user may not do that here",
    hint: PERMISSION_HINT,
  },
  [RESPONSE_CODES.insufficientPermissions]: {
    code: "permission_denied",
    what: "a value of the record may not be read or changed by anybody",
  },
};

function failureOf(
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
      what: "the record is not what it was when it was read; nothing was changed",
      hint: "Read it again and decide again.",
    };
  }
  const known = BY_RESPONSE_CODE[code];
  if (known) return known;
  if (response.status === 413) return { code: "too_large", what: "the server takes no request of this size" };
  if (response.status === 429 || response.status === 503) {
    return { code: "server_busy", what: `the server is too busy (HTTP ${response.status})`, retryable: true };
  }
  if (response.status >= 500)
    return { code: "server_error", what: `the server failed (HTTP ${response.status})` };
  if (responseCode !== undefined)
    return { code: "protocol_error", what: "the server does not take the request" };
  return {
    code: "protocol_error",
    what: `the answer (HTTP ${response.status}) is not one of the handle API`,
    hint: "Check the server's address and that its HTTP interface is on.",
  };
}

function parseBody(response: WireResponse): AnswerBody | undefined {
  const text = response.body === undefined ? undefined : decodeUtf8(response.body);
  try {
    const json: unknown = JSON.parse(text ?? "");
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** A successful answer. */
export interface SuccessAnswer {
  readonly status: number;
  readonly responseCode: number;
  /** The handle the server names, which after minting only it knows. */
  readonly handle: string;
  readonly values: readonly HandleValue[];
  /** The record's tag, from servers that give one. */
  readonly etag?: string | undefined;
}

function isValue(value: unknown): value is HandleValue {
  if (typeof value !== "object" || value === null) return false;
  const { index, type, data } = value as { index?: unknown; type?: unknown; data?: unknown };
  if (typeof data !== "object" || data === null) return false;
  const { format, value: content = null } = data as { format?: unknown; value?: unknown };
  const known = Number.isInteger(index) && typeof type === "string";
  return known && typeof format === "string" && content !== null;
}

function aboutAnother(handle: string, status: number, { operation, handle: asked }: Subject): HandleError {
  return new HandleError("protocol_error", {
    message: `Could not ${operation} ${asked}: the server answered about ${quoteForMessage(handle)}.`,
    hint: "Check the server's address; a proxy or a cache before it may mix up its answers.",
    handle: asked,
    status,
  });
}

/**
 * Reads an answer of the API, or throws what it means.
 *
 * @throws HandleError with the code that fits status and response code
 */
export function readAnswer(response: WireResponse, subject: Subject): SuccessAnswer {
  const body = parseBody(response);
  const responseCode = typeof body?.responseCode === "number" ? body.responseCode : undefined;
  const listed = body?.values ?? [];
  const ok = response.status === 200 || response.status === 201;
  const success = responseCode === RESPONSE_CODES.success || responseCode === RESPONSE_CODES.valuesNotFound;
  if (ok && success && Array.isArray(listed) && listed.every(isValue)) {
    const handle = typeof body?.handle === "string" ? body.handle : subject.handle;
    if (!subject.minting && !sameHandle(handle, subject.handle)) {
      throw aboutAnother(handle, response.status, subject);
    }
    return { status: response.status, responseCode, handle, values: listed, etag: response.headers.etag };
  }
  const failure = ok ? failureOf(response, undefined, subject) : failureOf(response, responseCode, subject);
  const words = typeof body?.message === "string" ? body.message.slice(0, MAX_WORDS) : "";
  const said = words === "" ? "" : ` The server says: ${words}`;
  throw new HandleError(failure.code, {
    message: printable(`Could not ${subject.operation} ${subject.handle}: ${failure.what}.${said}`),
    hint: failure.hint,
    handle: subject.handle,
    responseCode,
    status: response.status,
    retryable: failure.retryable,
  });
}
