/** The server's answer, without its body. */
export interface ExceptionResponse {
  /** The HTTP status. */
  readonly status?: number | undefined;
  /** The protocol's response code. */
  readonly responseCode?: number | undefined;
}

/** The details of an exception. Each class keeps the members that it declares. */
export interface ExceptionDetails {
  readonly handle?: string | undefined;
  /** The method that failed. */
  readonly operation?: string | undefined;
  readonly response?: ExceptionResponse | undefined;
  /** The user who was logged in, `index:prefix/suffix`. */
  readonly username?: string | undefined;
  /** The search terms. */
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly expectedSyntax?: string | undefined;
  /** The HandleError beneath. */
  readonly cause?: unknown;
}

/** The base of the exceptions: an Error with those details that are known and that its class keeps. */
class B2HandleException extends Error {
  constructor(message: string, details: ExceptionDetails, kept: readonly (keyof ExceptionDetails)[]) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const known = kept.filter((name) => details[name] !== undefined);
    Object.assign(this, Object.fromEntries(known.map((name) => [name, details[name]])));
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** The record cannot be processed: two values where one is expected, or a `10320/loc` that cannot be read. */
export class BrokenHandleRecordException extends B2HandleException {
  override readonly name: string = "BrokenHandleRecordException";
  declare readonly handle?: string | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle"]);
  }
}

/** The operation is never allowed; nothing was sent. */
export class IllegalOperationException extends B2HandleException {
  override readonly name: string = "IllegalOperationException";
  declare readonly handle?: string | undefined;
  declare readonly operation?: string | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle", "operation"]);
  }
}

/** Any other error; `cause.code` says which. */
export class GenericHandleError extends B2HandleException {
  override readonly name: string = "GenericHandleError";
  declare readonly handle?: string | undefined;
  declare readonly operation?: string | undefined;
  declare readonly response?: ExceptionResponse | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle", "operation", "response"]);
  }
}

/** A search failed, or is not set up. */
export class ReverseLookupException extends B2HandleException {
  override readonly name: string = "ReverseLookupException";
  declare readonly query?: Readonly<Record<string, unknown>> | undefined;
  declare readonly response?: ExceptionResponse | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["query", "response"]);
  }
}

/** There is no such handle. */
export class HandleNotFoundException extends B2HandleException {
  override readonly name: string = "HandleNotFoundException";
  declare readonly handle?: string | undefined;
  declare readonly response?: ExceptionResponse | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle", "response"]);
  }
}

/** A text is not `prefix/suffix`, or, for a user, not `index:prefix/suffix`. */
export class HandleSyntaxError extends B2HandleException {
  override readonly name: string = "HandleSyntaxError";
  declare readonly handle?: string | undefined;
  declare readonly expectedSyntax?: string | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle", "expectedSyntax"]);
  }
}

/** The handle that was to be registered exists. */
export class HandleAlreadyExistsException extends B2HandleException {
  override readonly name: string = "HandleAlreadyExistsException";
  declare readonly handle?: string | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle"]);
  }
}

/** The login is missing, was not accepted, or does not have the permission. */
export class HandleAuthenticationError extends B2HandleException {
  override readonly name: string = "HandleAuthenticationError";
  declare readonly handle?: string | undefined;
  declare readonly operation?: string | undefined;
  declare readonly response?: ExceptionResponse | undefined;
  declare readonly username?: string | undefined;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, ["handle", "operation", "response", "username"]);
  }
}

/** Credentials or a configuration are missing, incomplete or malformed. */
export class CredentialsFormatError extends B2HandleException {
  override readonly name: string = "CredentialsFormatError";

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, details, []);
  }
}
