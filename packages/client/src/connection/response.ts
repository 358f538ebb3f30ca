import {
  decodeUtf8,
  foldCase,
  HandleError,
  type HandleValue,
  parseJson,
  prefixOf,
  printable,
  quoteForMessage,
  RESPONSE_CODES,
  sameHandle,
  type WireResponse,
} from "@handlekit/core";
import { type AnswerFailure, failureOf, type Subject } from "./failures.ts";
import { readValues } from "./read-values.ts";

/** The length of a server's own message in an error. */
const MAX_WORDS = 300;

const EPIC: AnswerFailure = {
  code: "protocol_error",
  what: "the answer is a record of the ePIC API, version 2, which is another API",
  hint: "Give the address of the handle server itself; its API is at /api/handles.",
};

/** The JSON body of an answer. */
interface AnswerBody {
  readonly responseCode?: unknown;
  readonly message?: unknown;
  readonly handle?: unknown;
  readonly values?: unknown;
}

/** Returns the JSON of a body; undefined if it is not JSON, or nests deeper than an answer does. */
export function readJson(body: Uint8Array | undefined): unknown {
  try {
    return parseJson((body && decodeUtf8(body)) ?? "");
  } catch {
    return undefined;
  }
}

function readBody({ body }: WireResponse): AnswerBody | undefined {
  const json = readJson(body);
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
}

/** A successful answer. */
export interface SuccessAnswer {
  readonly status: number;
  readonly responseCode: number;
  /** The handle in the answer; after minting on the server only the answer has it. */
  readonly handle: string;
  readonly values: readonly HandleValue[];
  /** Problems with single values. */
  readonly warnings: readonly string[];
  /** The record's ETag, from servers that send one. */
  readonly etag?: string | undefined;
}

/** Returns true for a record as the ePIC API, version 2, gives it. */
function isEpicRecord(response: WireResponse): boolean {
  const json = readJson(response.body);
  return (
    Array.isArray(json) && json.some((entry) => typeof entry === "object" && entry !== null && "idx" in entry)
  );
}

/** Returns true if an answer is about the handle that was asked for, or minted in its prefix. */
function isAboutIt(handle: string, { handle: asked, minting = false }: Subject): boolean {
  if (!minting) return sameHandle(handle, asked);
  return handle.includes("/") && foldCase(prefixOf(handle)) === foldCase(prefixOf(asked));
}

function aboutAnother(handle: string, status: number, { operation, handle: asked }: Subject): HandleError {
  return new HandleError("protocol_error", {
    message: printable(
      `Could not ${operation} ${asked}: the server answered about ${quoteForMessage(handle)}.`,
    ),
    hint: "Check the server's address; a proxy or a cache in front of it may mix up its answers.",
    handle: asked,
    status,
  });
}

/**
 * Reads an answer of the API.
 *
 * @throws HandleError with the code that fits status and response code
 */
export function readAnswer(response: WireResponse, subject: Subject): SuccessAnswer {
  const body = readBody(response);
  const responseCode = typeof body?.responseCode === "number" ? body.responseCode : undefined;
  const listed = body?.values ?? [];
  const ok = response.status === 200 || response.status === 201;
  const success = responseCode === RESPONSE_CODES.success || responseCode === RESPONSE_CODES.valuesNotFound;
  if (ok && success && Array.isArray(listed)) {
    const handle = typeof body?.handle === "string" ? body.handle : subject.handle;
    if (!isAboutIt(handle, subject)) {
      throw aboutAnother(handle, response.status, subject);
    }
    const warnings: string[] = [];
    const values = readValues(listed, subject.handle, (text) => warnings.push(text));
    return { status: response.status, responseCode, handle, values, warnings, etag: response.headers.etag };
  }
  const isError = responseCode === RESPONSE_CODES.error;
  const failure =
    ok && isEpicRecord(response)
      ? EPIC
      : failureOf(response, ok && !isError ? undefined : responseCode, subject);
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
