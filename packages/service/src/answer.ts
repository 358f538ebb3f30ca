import { encodeUtf8, statusOf } from "@handlekit/core";
import type { ServiceResponse } from "./exchange-types.ts";

const JSON_TYPE: readonly [string, string] = ["Content-Type", "application/json;charset=utf-8"];
const VARY: readonly [string, string] = ["Vary", "Accept-Encoding, User-Agent"];

/** JSON text as the Handle.Net API writes it: compact or indented, U+2028 and U+2029 escaped. */
function toJson(body: unknown, pretty: boolean): string {
  return JSON.stringify(body, null, pretty ? 2 : undefined).replace(/[\u2028\u2029]/g, (c) =>
    c === "\u2028" ? "\\u2028" : "\\u2029",
  );
}

/** What to put into an answer beside its body. */
export interface AnswerOptions {
  /** Default: the status of the body's response code. */
  readonly status?: number;
  readonly pretty?: boolean;
  readonly headers?: ServiceResponse["headers"];
}

/** An answer with a response code, members of the body in the order given. */
export function answer(
  body: { readonly responseCode: number; readonly [member: string]: unknown },
  options: AnswerOptions = {},
): ServiceResponse {
  return jsonAnswer(body, { status: statusOf(body.responseCode), ...options });
}

/** An answer with any JSON object, status 200 by default. */
export function jsonAnswer(body: Readonly<Record<string, unknown>>, options: AnswerOptions): ServiceResponse {
  const status = options.status ?? 200;
  return {
    status,
    headers: [...(options.headers ?? []), JSON_TYPE, ...(status === 200 || status === 201 ? [VARY] : [])],
    body: encodeUtf8(toJson(body, options.pretty ?? false)),
  };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: ServiceResponse["headers"] = []): ServiceResponse {
  return { status, headers, body: new Uint8Array() };
}
