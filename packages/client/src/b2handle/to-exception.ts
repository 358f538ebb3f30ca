import { type HandleError, isHandleError } from "@handlekit/core";
import {
  BrokenHandleRecordException,
  CredentialsFormatError,
  type ExceptionDetails,
  type ExceptionResponse,
  GenericHandleError,
  HandleAlreadyExistsException,
  HandleAuthenticationError,
  HandleNotFoundException,
  HandleSyntaxError,
} from "./exceptions.ts";

/** The details that a method adds to the error of a call. */
export interface Circumstances extends Pick<ExceptionDetails, "handle" | "operation" | "username"> {
  /** True if the method creates the handle: then a missing handle is a failure of the server. Default false. */
  readonly creates?: boolean | undefined;
  /** True if an invalid value is one that was read, not given. Default false. */
  readonly readsValue?: boolean | undefined;
}

/** Returns the message of an error with its hint. */
export function messageOf({ message, hint }: HandleError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

function responseOf({ status, responseCode, cause }: HandleError): ExceptionResponse | undefined {
  if (status === undefined && responseCode === undefined) {
    return isHandleError(cause) ? responseOf(cause) : undefined;
  }
  return { status, responseCode };
}

/** Returns the details of an exception that are in a HandleError. */
export function detailsOf(error: HandleError): ExceptionDetails {
  return { cause: error, handle: error.handle, response: responseOf(error) };
}

/** Returns the exception of B2HANDLE for a HandleError; any other error is returned as it is. */
export function toException(error: unknown, circumstances: Circumstances = {}): unknown {
  if (!isHandleError(error)) return error;
  const { creates = false, readsValue = false, handle, ...who } = circumstances;
  const message = messageOf(error);
  const details = { ...detailsOf(error), ...who, handle: error.handle ?? handle };
  switch (error.code) {
    case "invalid_handle":
      return new HandleSyntaxError(message, { ...details, expectedSyntax: "prefix/suffix" });
    case "invalid_reference":
      return new HandleSyntaxError(message, { ...details, expectedSyntax: "index:prefix/suffix" });
    case "invalid_credentials":
      return new CredentialsFormatError(message, details);
    case "authentication_failed":
    case "permission_denied":
      return new HandleAuthenticationError(message, details);
    case "handle_exists":
      return new HandleAlreadyExistsException(message, details);
    case "handle_not_found":
      return creates
        ? new GenericHandleError(message, details)
        : new HandleNotFoundException(message, details);
    case "invalid_value": {
      // Without an answer, an error that names a handle is one of its record.
      const inRecord = error.responseCode === undefined && (readsValue || error.handle !== undefined);
      return inRecord
        ? new BrokenHandleRecordException(message, details)
        : new GenericHandleError(message, details);
    }
    default:
      return new GenericHandleError(message, details);
  }
}

/**
 * Runs checks of arguments outside of a method that talks to the server.
 *
 * @throws GenericHandleError, whose cause is the HandleError `invalid_options`
 */
export function withExceptions<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw toException(error);
  }
}
