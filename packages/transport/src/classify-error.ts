import { HandleError, type HandleErrorCode, isHandleError } from "@handlekit/core";
import { isRepeatable, outcomeNote, type Progress } from "./failures.ts";
import type { WireTarget } from "./target.ts";

interface Verdict {
  /** Matches the error's code (Node's, OpenSSL's, undici's, Bun's) or, where there is none, its message (Deno's). */
  readonly match: RegExp;
  readonly code: HandleErrorCode;
  readonly what: (target: WireTarget) => string;
  readonly hint: string;
  /** True when the server cannot have got the request. */
  readonly unsent?: boolean;
  /** True when it may go better the next time, provided that a repetition does no harm. */
  readonly passing?: boolean;
}

const host = ({ origin }: WireTarget) => new URL(origin).hostname;

const VERDICTS: readonly Verdict[] = [
  {
    match:
      /^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$|^ERROR_IN_CERT_NOT_|certificate.*(?:expired|not valid yet)/i,
    code: "tls_expired",
    what: ({ origin }) => `The certificate of ${origin} has expired or is not valid yet`,
    hint: "Check this computer's clock; if it is right, the server needs a new certificate.",
    unsent: true,
  },
  {
    match: /^ERR_TLS_CERT_ALTNAME_|^HOSTNAME_MISMATCH$|NotValidForName|not valid for name/i,
    code: "tls_host_name",
    what: (target) => `The certificate of ${target.origin} is not for ${host(target)}`,
    hint: "Use a name that the certificate has in the address, or give the server a certificate for this one.",
    unsent: true,
  },
  {
    match:
      /SELF_SIGNED_CERT|^UNABLE_TO_|^CERT_|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|invalid peer certificate/i,
    code: "tls_untrusted",
    what: ({ origin }) => `The certificate of ${origin} is not signed by anyone who is trusted here`,
    hint: "Give the PEM file of the server's certificate, or of the CA that signed it: HTTPS_verify in the credentials, `ca` of the transport. If one is given, it is not the right one.",
    unsent: true,
  },
  {
    match: /^ERR_SSL_|^ERR_TLS_|^ERR_OSSL_|^EPROTO$|received fatal alert|InvalidContentType|corrupt message/i,
    code: "tls_failed",
    what: ({ origin }) => `No encrypted connection could be agreed with ${origin}`,
    hint: "The port may speak plain http or another protocol, or the server wants a TLS version or a client certificate that it did not get.",
  },
  {
    match: /^ECONNREFUSED$|^ConnectionRefused$|connection refused/i,
    code: "connection_refused",
    what: ({ origin }) => `${origin} refused the connection`,
    hint: "Check that the server runs and that the port is the one it listens on.",
    unsent: true,
    passing: true,
  },
  {
    match: /^EAI_AGAIN$/,
    code: "host_not_found",
    what: (target) => `The name ${host(target)} could not be looked up`,
    hint: "The name service did not answer: check this computer's network.",
    unsent: true,
    passing: true,
  },
  {
    match: /^ENOTFOUND$|^EAI_|^DNS|dns error|failed to lookup/i,
    code: "host_not_found",
    what: (target) => `There is no host named ${host(target)}`,
    hint: "Check the spelling of the server's address.",
    unsent: true,
  },
  {
    match: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EMFILE|ENFILE)$/,
    code: "connection_failed",
    what: ({ origin }) => `${origin} cannot be reached from here`,
    hint: "Check this computer's network, and the firewall between it and the server.",
    passing: true,
  },
  {
    match: /^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$/,
    code: "timeout",
    what: ({ origin }) => `The connection to ${origin} timed out`,
    hint: "Check the address, the port and the firewall.",
    passing: true,
  },
  {
    match: /^UND_ERR_RES_EXCEEDED_MAX_SIZE$/,
    code: "too_large",
    what: ({ origin, path }) => `The answer of ${origin} to a request for ${path} is longer than is read`,
    hint: "Ask for less at a time, or raise maxResponseBytes.",
  },
  {
    match: /^UND_ERR_HEADERS_OVERFLOW$/,
    code: "too_large",
    what: ({ origin }) => `The headers of the answer of ${origin} are too long`,
    hint: "Check that the address is that of a handle server.",
  },
  {
    // The parser of undici's clients gives its errors no code; that of Node's fetch does.
    match: /^HPE_(?!INVALID_EOF)|does not match the HTTP\/1\.1 protocol(?!.*EOF)/,
    code: "protocol_error",
    what: ({ origin }) => `${origin} did not answer in HTTP`,
    hint: "The port may speak another protocol, or https instead of http.",
  },
];

const BROKEN: Verdict = {
  match: /^/,
  code: "connection_failed",
  what: ({ origin, method, path }) =>
    `The connection to ${origin} broke before ${method} ${path} was answered in full`,
  hint: "The server closed it, or the network did; the server's log may tell why.",
  passing: true,
};

/** The error and everything beneath it. */
function unwrap(error: unknown, depth = 0): object[] {
  if (typeof error !== "object" || error === null || depth > 8) return [];
  const beneath: unknown[] = [
    ...("errors" in error && Array.isArray(error.errors) ? error.errors : []),
    ...("cause" in error ? [error.cause] : []),
  ];
  return [...beneath.flatMap((each) => unwrap(each, depth + 1)), error];
}

function textOf(error: object, key: string): string | undefined {
  const value = key in error ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** What a certificate says that it is for, from Node's error about a name it does not have. */
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
 * What a platform's error means, in words. The error itself is not kept as the cause: some quote the URL, the headers
 * or the answer. Its code is named in the message.
 */
export function classifyError(error: unknown, progress: Progress): HandleError {
  const errors = unwrap(error);
  const known = errors.find((each) => isHandleError(each));
  if (known) return known;
  const codes = errors.flatMap((each) => textOf(each, "code") ?? []);
  const messages = errors.flatMap((each) => textOf(each, "message") ?? []);
  const signs = codes.length > 0 ? codes : messages;
  const verdict = VERDICTS.find(({ match }) => signs.some((sign) => match.test(sign))) ?? BROKEN;
  const at: Progress = { ...progress, sent: progress.sent && !verdict.unsent };
  const names = verdict.code === "tls_host_name" ? [...new Set(errors.flatMap(certifiedNames))] : [];
  const reason = codes.find((code) => verdict.match.test(code) && /^(?!UND_)[A-Z]\w+$/.test(code));
  return new HandleError(verdict.code, {
    message: `${verdict.what(progress.target)}${names.length > 0 ? `; it is for ${names.join(", ")}` : ""}${reason ? ` (${reason})` : ""}.${outcomeNote(at)}`,
    hint: verdict.hint,
    retryable: verdict.passing === true && isRepeatable(at),
  });
}
