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

/** What a method adds to the error of a call it made. */
export interface Circumstances extends Pick<ExceptionDetails, "handle" | "operation" | "username"> {
  /** Where a missing handle means that the server could not make it. Default false. */
  readonly creates?: boolean;
  /** Where what is no valid value can only have been read, not given. Default false. */
  readonly readsValue?: boolean;
}

/** The message of an error and what to try. */
export function messageOf({ message, hint }: HandleError): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

function responseOf({ status, responseCode, cause }: HandleError): ExceptionResponse | undefined {
  if (status === undefined && responseCode === undefined) {
    return isHandleError(cause) ? responseOf(cause) : undefined;
  }
  return {
    ...(status === undefined ? {} : { status }),
    ...(responseCode === undefined ? {} : { responseCode }),
  };
}

/** The fields of an exception that a HandleError gives. */
export function detailsOf(error: HandleError): ExceptionDetails {
  const { handle } = error;
  const response = responseOf(error);
  return {
    cause: error,
    ...(handle === undefined ? {} : { handle }),
    ...(response === undefined ? {} : { response }),
  };
}

/** The exception of B2HANDLE that a HandleError stands for; what is no HandleError stays what it is. */
export function toException(error: unknown, circumstances: Circumstances = {}): unknown {
  if (!isHandleError(error)) return error;
  const { creates = false, readsValue = false, handle, ...who } = circumstances;
  const message = messageOf(error);
  const details = { handle, ...detailsOf(error), ...who };
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
      // The client names the handle when the record is at fault, and the server has not been asked then.
      const inRecord = error.responseCode === undefined && (readsValue || error.handle !== undefined);
      return inRecord
        ? new BrokenHandleRecordException(message, details)
        : new GenericHandleError(message, details);
    }
    default:
      return new GenericHandleError(message, details);
  }
}
