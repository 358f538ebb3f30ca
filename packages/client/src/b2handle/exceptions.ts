/** What the server answered, without its body. */
export interface ExceptionResponse {
  /** The HTTP status. */
  readonly status?: number;
  /** The protocol's response code. */
  readonly responseCode?: number;
}

/** What an exception can know beside its message; each class keeps the fields it declares. */
export interface ExceptionDetails {
  readonly handle?: string | undefined;
  /** The method that failed. */
  readonly operation?: string | undefined;
  readonly response?: ExceptionResponse | undefined;
  /** Who was logged in, `index:prefix/suffix`. */
  readonly username?: string | undefined;
  /** What was searched for. */
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly expectedSyntax?: string | undefined;
  /** The HandleError beneath. */
  readonly cause?: unknown;
}

function causeOf({ cause }: ExceptionDetails): ErrorOptions | undefined {
  return cause === undefined ? undefined : { cause };
}

/** Sets those fields that are known. */
function keep(exception: Error, fields: ExceptionDetails): void {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  Object.assign(exception, Object.fromEntries(known));
}

/** The record is not one this library can work with: two values where one is expected, or XML that is none. */
export class BrokenHandleRecordException extends Error {
  override readonly name: string = "BrokenHandleRecordException";
  declare readonly handle?: string;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { handle: details.handle });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** The operation is not allowed here, whoever asks; nothing was sent. */
export class IllegalOperationException extends Error {
  override readonly name: string = "IllegalOperationException";
  declare readonly handle?: string;
  declare readonly operation?: string;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { handle: details.handle, operation: details.operation });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** Everything else that went wrong with the server; `cause.code` says what. */
export class GenericHandleError extends Error {
  override readonly name: string = "GenericHandleError";
  declare readonly handle?: string;
  declare readonly operation?: string;
  declare readonly response?: ExceptionResponse;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { handle: details.handle, operation: details.operation, response: details.response });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** A search failed, or is not set up. */
export class ReverseLookupException extends Error {
  override readonly name: string = "ReverseLookupException";
  declare readonly query?: Readonly<Record<string, unknown>>;
  declare readonly response?: ExceptionResponse;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { query: details.query, response: details.response });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** There is no such handle. */
export class HandleNotFoundException extends Error {
  override readonly name: string = "HandleNotFoundException";
  declare readonly handle?: string;
  declare readonly response?: ExceptionResponse;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { handle: details.handle, response: details.response });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** A text is not `prefix/suffix`, or not `index:prefix/suffix` where a user belongs. */
export class HandleSyntaxError extends Error {
  override readonly name: string = "HandleSyntaxError";
  declare readonly handle?: string;
  declare readonly expectedSyntax?: string;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { handle: details.handle, expectedSyntax: details.expectedSyntax });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** The handle that was to be registered exists. */
export class HandleAlreadyExistsException extends Error {
  override readonly name: string = "HandleAlreadyExistsException";
  declare readonly handle?: string;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    keep(this, { handle: details.handle });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** The login was missing or not accepted, or does not give the right to do this. */
export class HandleAuthenticationError extends Error {
  override readonly name: string = "HandleAuthenticationError";
  declare readonly handle?: string;
  declare readonly operation?: string;
  declare readonly response?: ExceptionResponse;
  declare readonly username?: string;

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
    const { handle, operation, response, username } = details;
    keep(this, { handle, operation, response, username });
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}

/** Credentials are missing, incomplete or wrong in form. */
export class CredentialsFormatError extends Error {
  override readonly name: string = "CredentialsFormatError";

  constructor(message: string, details: ExceptionDetails = {}) {
    super(message, causeOf(details));
  }

  /** The message. */
  get msg(): string {
    return this.message;
  }
}
