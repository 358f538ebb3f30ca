/**
 * Every code of a {@link HandleError}. The union is closed; a minor release may add to it.
 * `docs/errors.md` says what each code means and what to do about it.
 */
export type HandleErrorCode =
  | "invalid_handle"
  | "invalid_reference"
  | "invalid_value"
  | "invalid_key"
  | "invalid_credentials"
  | "invalid_options"
  | "insecure_connection"
  | "tls_untrusted"
  | "tls_expired"
  | "tls_host_name"
  | "tls_failed"
  | "connection_refused"
  | "connection_failed"
  | "host_not_found"
  | "timeout"
  | "aborted"
  | "redirected"
  | "authentication_failed"
  | "permission_denied"
  | "handle_not_found"
  | "handle_exists"
  | "values_not_found"
  | "value_exists"
  | "record_changed"
  | "prefix_not_served"
  | "too_large"
  | "not_supported"
  | "server_busy"
  | "server_error"
  | "protocol_error"
  | "outcome_unknown"
  | "strategy_failed"
  | "store_failed";

/** Details of a {@link HandleError}. */
export interface HandleErrorDetails {
  /** One sentence: what happened, and to what. Never contains a secret or a raw request. */
  readonly message: string;
  /** One sentence: what to try next. */
  readonly hint?: string | undefined;
  /** The handle the operation was about, as the caller wrote it. */
  readonly handle?: string | undefined;
  /** The response code of the Handle protocol (1, 2, 100, ...), if a server sent one. */
  readonly responseCode?: number | undefined;
  /** The HTTP status, if a server sent one. */
  readonly status?: number | undefined;
  /** Whether the same call may succeed later without a change. Default false. */
  readonly retryable?: boolean | undefined;
  /** The underlying error, if it is safe to show. */
  readonly cause?: unknown;
}

/** Characters of a message or a hint that are kept: more than anybody reads, of a handle of any length. */
const MAX_SHOWN = 1500;
const KEPT_END = 500;

/** Cuts the middle out of a text that is too long for a line of a log, between characters. */
function shorten(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const start = text.slice(0, MAX_SHOWN - KEPT_END).replace(/[\ud800-\udbff]$/, "");
  const end = text.slice(-KEPT_END).replace(/^[\udc00-\udfff]/, "");
  return `${start} [${text.length - start.length - end.length} characters left out] ${end}`;
}

const BRAND = Symbol.for("@handlekit/core/HandleError");

/**
 * The one error class of Handlekit.
 *
 * @example
 * ```ts
 * try { await client.read("20.500.99999/none") }
 * catch (error) { if (isHandleError(error, "handle_not_found")) console.error(error.hint) }
 * ```
 */
export class HandleError extends Error {
  override readonly name: string = "HandleError";
  /** The kind of error; see {@link HandleErrorCode}. */
  readonly code: HandleErrorCode;
  /** A suggestion what to try next. */
  declare readonly hint?: string | undefined;
  /** The handle the operation was about, as the caller wrote it. */
  declare readonly handle?: string | undefined;
  /** The response code of the Handle protocol, if a server sent one. */
  declare readonly responseCode?: number | undefined;
  /** The HTTP status, if a server sent one. */
  declare readonly status?: number | undefined;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  /**
   * @param code the kind of error
   * @param details the message, and everything else that is known. A message or hint of more than 1,500 characters
   * loses its middle
   */
  constructor(code: HandleErrorCode, details: HandleErrorDetails) {
    super(shorten(details.message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    if (details.hint !== undefined) this.hint = shorten(details.hint);
    if (details.handle !== undefined) this.handle = details.handle;
    if (details.responseCode !== undefined) this.responseCode = details.responseCode;
    if (details.status !== undefined) this.status = details.status;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Returns the object that `JSON.stringify` writes: every member and the message, but not the stack. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, handle, responseCode, status, retryable } = this;
    const cause = causeToJson(this.cause);
    return { name, code, message, hint, handle, responseCode, status, retryable, cause };
  }
}

/** Returns only the name, message and code of a foreign error; its other members may contain secrets. */
function causeToJson(cause: unknown): unknown {
  // Called through the prototype, because an error of an older copy of core has no toJSON.
  if (isHandleError(cause)) return HandleError.prototype.toJSON.call(cause);
  if (!(cause instanceof Error)) return undefined;
  const code: unknown = Reflect.get(cause, "code");
  return { name: cause.name, message: cause.message, code: typeof code === "string" ? code : undefined };
}

/**
 * The error for an option, an argument or a combination of them that cannot be used.
 *
 * @example
 * ```ts
 * throw invalidOptions("createBasicAuth: the option password is empty.", "Give the text of the HS_SECKEY value.");
 * ```
 */
export function invalidOptions(message: string, hint?: string): HandleError {
  return new HandleError("invalid_options", { message, hint });
}

/**
 * The error for malformed data, which the message must not quote.
 *
 * @example
 * ```ts
 * throw invalidValue("The value at index 1 has no type.", "Add a type, such as URL.");
 * ```
 */
export function invalidValue(message: string, hint?: string): HandleError {
  return new HandleError("invalid_value", { message, hint });
}

/**
 * Returns true if a caught value is a {@link HandleError}. It is recognised by its shape, so that the check works across
 * two copies of core.
 *
 * @param error anything that was caught
 * @param code returns true only for this code, and narrows the type of the error to it
 * @example
 * ```ts
 * if (isHandleError(error, "handle_exists")) return;
 * ```
 */
export function isHandleError<Code extends HandleErrorCode>(
  error: unknown,
  code?: Code,
): error is HandleError & { readonly code: Code } {
  return (
    typeof error === "object" &&
    error !== null &&
    BRAND in error &&
    (code === undefined || ("code" in error && error.code === code))
  );
}
