import {
  decodeUtf8,
  HandleError,
  type HandleValue,
  printable,
  quoteForMessage,
  RESPONSE_CODES,
  sameHandle,
  type WireResponse,
} from "@handlekit/core";
import { failureOf, type Subject } from "./failures.ts";

/** The length of a server's own message in an error. */
const MAX_WORDS = 300;

/** The JSON body of an answer. */
interface AnswerBody {
  readonly responseCode?: unknown;
  readonly message?: unknown;
  readonly handle?: unknown;
  readonly values?: unknown;
}

/** Returns the JSON of a body; undefined if it is not JSON. */
export function readJson(body: Uint8Array | undefined): unknown {
  try {
    return JSON.parse((body && decodeUtf8(body)) ?? "");
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
  /** The record's ETag, from servers that send one. */
  readonly etag?: string | undefined;
}

function isValue(value: unknown): value is HandleValue {
  if (typeof value !== "object" || value === null) return false;
  const { index, type, data } = value as { index?: unknown; type?: unknown; data?: unknown };
  if (typeof data !== "object" || data === null) return false;
  const { format, value: content = null } = data as { format?: unknown; value?: unknown };
  const known = Number.isInteger(index) && typeof type === "string";
  return known && typeof format === "string" && content !== null;
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
  if (ok && success && Array.isArray(listed) && listed.every(isValue)) {
    const handle = typeof body?.handle === "string" ? body.handle : subject.handle;
    if (!subject.minting && !sameHandle(handle, subject.handle)) {
      throw aboutAnother(handle, response.status, subject);
    }
    return { status: response.status, responseCode, handle, values: listed, etag: response.headers.etag };
  }
  const failure = failureOf(response, ok ? undefined : responseCode, subject);
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
