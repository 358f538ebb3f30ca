import { HandleError, type HandleErrorCode, isHandleError } from "@handlekit/core";
import { isRepeatable, outcomeNote } from "./errors.ts";
import type { RequestState, RequestTarget } from "./request-target.ts";

/** A kind of platform error, and the HandleError it becomes. */
interface ErrorClass {
  /** Matches the error's code (Node's, OpenSSL's, undici's, Bun's) or, where there is none, its message (Deno's). */
  readonly match: RegExp;
  readonly code: HandleErrorCode;
  readonly message: (target: RequestTarget) => string;
  readonly hint: string;
  /** True when the server cannot have received the request. */
  readonly unsent?: boolean;
  /** True when the next attempt may succeed, provided that a repetition does no harm. */
  readonly transient?: boolean;
}

const hostOf = ({ origin }: RequestTarget) => new URL(origin).hostname;

/** The hint for a server whose certificate is from no CA, such as those that Handle.Net's setup creates. */
const TRUST_HINT =
  "For a Handle.Net server with a certificate of its own, compare its SHA-256 fingerprint with the server's administrator; then give the fingerprint as `trust`, or the certificate's PEM file as HTTPS_verify (`ca`).";

const ERROR_CLASSES: readonly ErrorClass[] = [
  {
    match:
      /^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$|^ERROR_IN_CERT_NOT_|certificate.*(?:expired|not valid yet)/i,
    code: "tls_expired",
    message: ({ origin }) => `The certificate of ${origin} has expired or is not valid yet`,
    hint: `Check this computer's clock; if it is right, the server needs a new certificate. ${TRUST_HINT}`,
    unsent: true,
  },
  {
    match: /^ERR_TLS_CERT_ALTNAME_|^HOSTNAME_MISMATCH$|NotValidForName|not valid for name/i,
    code: "tls_host_name",
    message: (target) => `The certificate of ${target.origin} is not for ${hostOf(target)}`,
    hint: `Use a name from the certificate in the address, or give the server a certificate for this one. ${TRUST_HINT}`,
    unsent: true,
  },
  {
    match:
      /SELF_SIGNED_CERT|^UNABLE_TO_|^CERT_|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|invalid peer certificate/i,
    code: "tls_untrusted",
    message: ({ origin }) => `The certificate of ${origin} is not trusted: it is not signed by a trusted CA`,
    hint: `If a CA signed it, give the CA's PEM file: HTTPS_verify in the credentials, \`ca\` of the transport; if you gave one, it is another CA's or server's. ${TRUST_HINT}`,
    unsent: true,
  },
  {
    match: /^ERR_SSL_|^ERR_TLS_|^ERR_OSSL_|^EPROTO$|received fatal alert|InvalidContentType|corrupt message/i,
    code: "tls_failed",
    message: ({ origin }) => `The TLS handshake with ${origin} failed`,
    hint: "The port may speak plain http or another protocol, or the server requires another TLS version or a client certificate.",
  },
  {
    match: /^ECONNREFUSED$|^ConnectionRefused$|connection refused/i,
    code: "connection_refused",
    message: ({ origin }) => `${origin} refused the connection`,
    hint: "Check that the server is running and that the port is the one it listens on.",
    unsent: true,
    transient: true,
  },
  {
    match: /^EAI_AGAIN$/,
    code: "host_not_found",
    message: (target) => `The name ${hostOf(target)} could not be looked up`,
    hint: "The name service (DNS) did not answer: check this computer's network.",
    unsent: true,
    transient: true,
  },
  {
    match: /^ENOTFOUND$|^EAI_|^DNS|dns error|failed to lookup/i,
    code: "host_not_found",
    message: (target) => `There is no host named ${hostOf(target)}`,
    hint: "Check the spelling of the server's address.",
    unsent: true,
  },
  {
    match: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EMFILE|ENFILE)$/,
    code: "connection_failed",
    message: ({ origin }) => `${origin} cannot be reached from here`,
    hint: "Check this computer's network, and the firewall between it and the server.",
    transient: true,
  },
  {
    match: /^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$/,
    code: "timeout",
    message: ({ origin }) => `The connection to ${origin} timed out`,
    hint: "Check the address, the port and the firewall.",
    transient: true,
  },
  {
    match: /^UND_ERR_RES_EXCEEDED_MAX_SIZE$/,
    code: "too_large",
    message: ({ origin, path }) =>
      `The response of ${origin} to a request for ${path} is longer than maxResponseBytes`,
    hint: "Ask for less at a time, or raise maxResponseBytes.",
  },
  {
    match: /^(?:UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW)$/,
    code: "too_large",
    message: ({ origin }) => `The headers of the response of ${origin} are too long`,
    hint: "Check that the address is that of a handle server.",
  },
  {
    // Errors of the parser in undici's clients have no code; those of Node's fetch do.
    match: /^HPE_(?!INVALID_EOF)|does not match the HTTP\/1\.1 protocol(?!.*EOF)/,
    code: "protocol_error",
    message: ({ origin }) => `${origin} did not answer in HTTP`,
    hint: "The port may speak another protocol, or https instead of http.",
  },
];

const CONNECTION_FAILED: ErrorClass = {
  match: /^/,
  code: "connection_failed",
  message: ({ origin, method, path }) =>
    `The connection to ${origin} broke before ${method} ${path} was answered in full`,
  hint: "The server closed it, or the network did; the server's log may say why.",
  transient: true,
};

/** Returns the error and its causes, innermost first. */
function unwrap(error: unknown, depth = 0): object[] {
  if (typeof error !== "object" || error === null || depth > 8) return [];
  const causes: unknown[] = [
    ...("errors" in error && Array.isArray(error.errors) ? error.errors : []),
    ...("cause" in error ? [error.cause] : []),
  ];
  return [...causes.flatMap((each) => unwrap(each, depth + 1)), error];
}

function textOf(error: object, key: string): string | undefined {
  const value = key in error ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Returns the names in a certificate, from Node's error about a name that is not among them. */
function certifiedNames(error: object): string[] {
  const certificate = "cert" in error && typeof error.cert === "object" ? error.cert : null;
  if (!certificate) return [];
  const subject =
    "subject" in certificate && typeof certificate.subject === "object" ? certificate.subject : null;
  const alternatives = textOf(certificate, "subjectaltname")?.replace(/(^|, )[^,:]*:/g, "$1");
  const names = alternatives ?? (subject ? textOf(subject, "CN") : undefined) ?? "";
  return names.split(", ").filter((name) => /^[\w.:*-]+$/.test(name));
}

/**
 * Returns the HandleError for a platform's error. The error itself is not kept as the cause, because some quote the URL,
 * the headers or the response. Its code is in the message.
 */
export function classifyError(error: unknown, state: RequestState): HandleError {
  const errors = unwrap(error);
  const known = errors.find((each) => isHandleError(each));
  if (known) return known;
  const codes = errors.flatMap((each) => textOf(each, "code") ?? []);
  const messages = errors.flatMap((each) => textOf(each, "message") ?? []);
  const signs = codes.length > 0 ? codes : messages;
  const found =
    ERROR_CLASSES.find(({ match }) => signs.some((sign) => match.test(sign))) ?? CONNECTION_FAILED;
  const outcome: RequestState = { ...state, sent: state.sent && !found.unsent };
  const names = found.code === "tls_host_name" ? [...new Set(errors.flatMap(certifiedNames))] : [];
  const presented = errors.flatMap((each) => textOf(each, "presented") ?? [])[0];
  const reason = codes.find((code) => found.match.test(code) && /^(?!UND_)[A-Z]\w+$/.test(code));
  return new HandleError(found.code, {
    message: `${found.message(state.target)}${names.length > 0 ? `; it is for ${names.join(", ")}` : ""}${reason ? ` (${reason})` : ""}.${presented ? ` It presents ${presented}.` : ""}${outcomeNote(outcome)}`,
    hint: found.hint,
    retryable: found.transient === true && isRepeatable(outcome),
  });
}
