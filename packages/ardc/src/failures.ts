import { HandleError, type HandleErrorCode, printable, type WireResponse } from "@handlekit/core";
import type { ArdcMessage } from "@handlekit/xml";

/** The subject of a call, for the text of an error. */
export interface ArdcSubject {
  /** The operation in the infinitive, such as "mint a handle". */
  readonly operation: string;
  readonly handle?: string | undefined;
  /** The URL of the service without its query. */
  readonly address: string;
  /** True when the call changes something. */
  readonly write: boolean;
  /** The hint for a change whose outcome is unknown. */
  readonly findOut: string;
  /** Redacts the shared secret in a text. */
  readonly hide: (text: string) => string;
}

interface Meaning {
  readonly match: RegExp;
  readonly code: HandleErrorCode;
  readonly retryable?: boolean | undefined;
  readonly hint?: string | undefined;
}

const BLANK: Omit<Meaning, "match"> = {
  code: "invalid_value",
  hint: "A value must be more than white space.",
};
const INDEX: Omit<Meaning, "match"> = {
  code: "invalid_value",
  hint: "Use a whole number other than 100 to 199, 200 and 300.",
};
const URL_VALUE: Omit<Meaning, "match"> = {
  code: "invalid_value",
  hint: "A URL needs one of the schemes http, https, ftp, file, jar, mailto.",
};
const UNREAD: Omit<Meaning, "match"> = {
  code: "protocol_error",
  hint: "The service did not get the body of the request as it was sent; a proxy may have changed it.",
};

/** The meanings of the service's texts; it has no codes. */
const MEANINGS: readonly Meaning[] = [
  {
    match: /^Authentication Failed/i,
    code: "authentication_failed",
    hint: "The service does not say what is wrong: check appId and shared secret, that they are those of this environment (test and production have their own), or that this computer's address is registered.",
  },
  {
    match: /^Too many failed logins/i,
    code: "server_busy",
    hint: "Check appId and shared secret, and wait as long as the service says: until then it checks no secret.",
    retryable: true,
  },
  {
    match: /^Request Denied/i,
    code: "permission_denied",
    hint: "The handle belongs to another identifier and authDomain than those of the credentials.",
  },
  {
    match: /^The handle: .* was not found/is,
    code: "handle_not_found",
    hint: "Check the handle, and whether it is one of the test or of the production service.",
  },
  { match: /^A handle with value: .* was not found/is, code: "handle_not_found" },
  {
    match: /^Identifier not found/i,
    code: "handle_not_found",
    hint: "The owner handle of this identifier and authDomain was deleted: tell ARDC.",
  },
  {
    match: /^Request Failed\. Index is reserved or in use/i,
    code: "value_exists",
    hint: "Choose another index.",
  },
  { match: /^Index is reserved|^Index must be numeric|^Invalid value provided for index/i, ...INDEX },
  {
    match: /^Either this type of value is not allowed/i,
    code: "values_not_found",
    hint: "Read the handle: only its URL and DESC values can be changed, at the index they have, and a URL only to a URL.",
  },
  { match: /^The URL provided is invalid|Ensure URL values are valid/i, ...URL_VALUE },
  {
    match: /^The handle type: .* is not supported/is,
    code: "invalid_value",
    hint: "The types are URL and DESC, in capitals.",
  },
  {
    match: /^All parameters must have values|^The type and value either must both|must have a value$/i,
    ...BLANK,
  },
  { match: /must be (?:specified|supplied)$/i, code: "invalid_options" },
  {
    match: /^startHandle has a different prefix/i,
    code: "prefix_not_served",
    hint: "List after a handle of this service's own prefix.",
  },
  {
    match: /^startHandle does not appear to be a valid handle/i,
    code: "invalid_handle",
    hint: "List after a handle whose suffix is a number.",
  },
  {
    match: /^For input string: /i,
    code: "invalid_value",
    hint: "The service expected a number: an index up to 2147483647, or a handle whose suffix is a number.",
  },
  { match: /due to system error/i, code: "server_error", hint: "Try again later, or tell ARDC." },
  { match: /^Premature end of file|^Content is not allowed in prolog|^The reference to entity/i, ...UNREAD },
];

/** Returns the service's text, printable and shortened. */
function showText(text: string, hide: ArdcSubject["hide"]): string {
  const plain = printable(hide(text), () => "\n")
    .replace(/\n+/g, " ")
    .trim();
  return plain.length > 400 ? `${plain.slice(0, 400)}…` : plain;
}

/** Returns the error for an answer of type `failure`, which comes with HTTP 200. */
export function failureOf(message: ArdcMessage, status: number, subject: ArdcSubject): HandleError {
  const unknown: Omit<Meaning, "match"> =
    message.type === "system"
      ? {
          code: "server_error",
          hint: subject.write
            ? `The service failed inside, and may have made the change all the same. ${subject.findOut}`
            : "The service failed inside: try again later, or tell ARDC.",
        }
      : { code: "invalid_value" };
  const { code, hint, retryable } = MEANINGS.find(({ match }) => match.test(message.text)) ?? unknown;
  const said = showText(message.text, subject.hide);
  const about = subject.handle === undefined ? "" : ` ${subject.handle}`;
  return new HandleError(code, {
    message: `Could not ${subject.operation}${about}: the service ${said === "" ? "does not say why" : `says “${said}”`}.`,
    hint,
    retryable,
    handle: subject.handle,
    status,
  });
}

/** Returns the error for a change that was sent and may or may not have been carried out. */
export function unknownOutcome(
  message: string,
  subject: ArdcSubject,
  status?: number,
  cause?: unknown,
): HandleError {
  return new HandleError("outcome_unknown", {
    message,
    hint: subject.findOut,
    handle: subject.handle,
    status,
    cause,
  });
}

function byStatus(status: number): Omit<Meaning, "match"> {
  if (status === 401) return { code: "authentication_failed", hint: "Check appId and shared secret." };
  if (status === 403)
    return {
      code: "permission_denied",
      hint: "A proxy or firewall in front of the service refuses this computer.",
    };
  if (status === 413 || status === 414 || status === 431) {
    return {
      code: "too_large",
      hint: "Values are sent in the address, of which the service accepts about 8000 bytes.",
    };
  }
  if (status === 429 || status === 503) {
    return { code: "server_busy", hint: "Try again later.", retryable: true };
  }
  if (status >= 500) {
    return {
      code: "server_error",
      hint: "Try again later, or tell ARDC. The original service cannot return characters beyond U+00FF, such as €, even where it has stored them: percent-encode them in a URL.",
    };
  }
  return {
    code: "protocol_error",
    hint: "Check the address of the service, such as https://demo.identifiers.ardc.edu.au/pids.",
  };
}

/** Returns the error for an answer that is not the service's XML, or lacks a required part. */
export function unreadable(response: WireResponse, subject: ArdcSubject, what: string): HandleError {
  const { status } = response;
  const refused = status >= 400 && status < 500;
  const message = `${subject.address} answered with HTTP ${status} and ${what}.`;
  if (subject.write && !refused) {
    return unknownOutcome(`${message} It may or may not have been carried out.`, subject, status);
  }
  const { code, hint, retryable } = byStatus(status);
  return new HandleError(code, { message, hint, handle: subject.handle, status, retryable });
}
