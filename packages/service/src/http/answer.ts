import { encodeUtf8, RESPONSE_CODES, statusOf } from "@handlekit/core";
import type { Answer, ServiceResponse } from "./message.ts";

const JSON_TYPE: readonly [string, string] = ["Content-Type", "application/json;charset=utf-8"];
const VARY: readonly [string, string] = ["Vary", "Accept-Encoding, User-Agent"];
const EMPTY = new Uint8Array();

/** The header of a response that nobody may keep. */
export const NO_STORE: readonly [string, string] = ["Cache-Control", "no-store"];

/** Returns JSON as the Handle.Net API writes it: compact or indented, with U+2028 and U+2029 escaped. */
export function toJson(body: unknown, pretty = false): string {
  return JSON.stringify(body, null, pretty ? 2 : undefined).replace(/[\u2028\u2029]/g, (c) =>
    c === "\u2028" ? "\\u2028" : "\\u2029",
  );
}

/** Options of {@link answer}. */
export interface AnswerOptions {
  /** Default the status of the body's response code. */
  readonly status?: number | undefined;
  readonly pretty?: boolean | undefined;
  readonly headers?: ServiceResponse["headers"] | undefined;
}

/** Creates a response with a response code. The members of the body keep their order. */
export function answer(
  body: {
    readonly responseCode: number;
    readonly handle?: string | undefined;
    readonly [member: string]: unknown;
  },
  options: AnswerOptions = {},
): Answer {
  const { responseCode, handle } = body;
  const { status = statusOf(responseCode) } = options;
  return { ...jsonAnswer(body, { ...options, status }), responseCode, handle };
}

/** Returns a text as the body of a response. */
export function encodeBody(text: string): { readonly body: Uint8Array; readonly text: string | undefined } {
  const body = encodeUtf8(text);
  return { body, text: body.length === text.length ? text : undefined };
}

/** Adds the headers of a JSON response. */
export function withJsonHeaders(
  status: number,
  headers: ServiceResponse["headers"],
): ServiceResponse["headers"] {
  return status === 200 || status === 201 ? [...headers, JSON_TYPE, VARY] : [...headers, JSON_TYPE];
}

/** Creates a response with JSON. Default status 200. */
export function jsonAnswer(body: unknown, options: AnswerOptions = {}): Answer {
  const { status = 200, headers = [], pretty = false } = options;
  return {
    status,
    headers: withJsonHeaders(status, headers),
    ...encodeBody(toJson(body, pretty)),
  };
}

/** Creates a response without a body. */
export function emptyAnswer(status: number, headers: ServiceResponse["headers"] = []): Answer {
  return { status, headers, body: EMPTY };
}

/** Creates the response for an unexpected error, without its details. `respond` logs the error. */
export function unexpectedError(error: unknown): Answer {
  return { ...answer({ responseCode: RESPONSE_CODES.error, message: "Unexpected server error" }), error };
}
