/**
 * Every code a {@link HandleError} can carry. The union is closed; a minor release may add to it.
 * What each one means and what to do about it stands in `docs/errors.md`.
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

/** What a {@link HandleError} is made from. */
export interface HandleErrorDetails {
  /** What happened and to what, in one sentence. Never holds a secret or a raw request. */
  readonly message: string;
  /** What to try next, in one sentence. */
  readonly hint?: string | undefined;
  /** The handle the operation was about, as the caller wrote it. */
  readonly handle?: string | undefined;
  /** The protocol's response code (1, 2, 100, ...), when a server sent one. */
  readonly responseCode?: number | undefined;
  /** The HTTP status, when a server sent one. */
  readonly status?: number | undefined;
  /** True when the same call may succeed later without a change. Default false. */
  readonly retryable?: boolean | undefined;
  /** The error beneath, when it is safe to show. */
  readonly cause?: unknown;
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
  /** What went wrong; see {@link HandleErrorCode}. */
  readonly code: HandleErrorCode;
  /** What to try next. */
  declare readonly hint?: string;
  /** The handle it was about, as the caller wrote it. */
  declare readonly handle?: string;
  /** The protocol's response code, when a server sent one. */
  declare readonly responseCode?: number;
  /** The HTTP status, when a server sent one. */
  declare readonly status?: number;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;

  /**
   * @param code what went wrong
   * @param details its message and whatever else is known
   */
  constructor(code: HandleErrorCode, details: HandleErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.handle !== undefined) this.handle = details.handle;
    if (details.responseCode !== undefined) this.responseCode = details.responseCode;
    if (details.status !== undefined) this.status = details.status;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** What `JSON.stringify` writes: every member that is there, the message included, and no stack. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, handle, responseCode, status, retryable } = this;
    const cause = causeToJson(this.cause);
    return { name, code, message, hint, handle, responseCode, status, retryable, cause };
  }
}

/** Of a foreign error only its name, message and code: what else it holds is not ours to show. */
function causeToJson(cause: unknown): unknown {
  // By the prototype: an error of an older copy of core has no toJSON of its own.
  if (isHandleError(cause)) return HandleError.prototype.toJSON.call(cause);
  if (!(cause instanceof Error)) return undefined;
  const code: unknown = Reflect.get(cause, "code");
  return { name: cause.name, message: cause.message, ...(typeof code === "string" ? { code } : {}) };
}

/**
 * Tells whether something thrown is a {@link HandleError}, by shape, so that two copies of core agree.
 *
 * @param error anything that was caught
 * @param code when given, only this code counts, and the error's type is narrowed to it
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
