import { concatBytes, HandleError, type WireRequest, type WireResponse } from "@handlekit/core";
import { readWebHeaders } from "@handlekit/core/web-request";
import { type Deadline, race, toSignal } from "../deadline.ts";

/** The second argument with which a {@link FetchLike} is called. */
export interface FetchLikeInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
  readonly redirect: "manual";
  readonly credentials: "omit";
}

/** The members of a `Response` that are read. */
export interface FetchLikeResponse {
  readonly status: number;
  readonly type?: string | undefined;
  readonly headers: { forEach(callback: (value: string, name: string) => void): void };
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

/** A function like `fetch`: the platform's, undici's or your own. */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<FetchLikeResponse>;

/** Further members of the second argument of fetch, such as the TLS settings of Bun. */
export type FetchExtras = Readonly<Record<string, unknown>>;

async function readBody(
  response: FetchLikeResponse,
  origin: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next?.value && !next.done; next = await reader?.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      throw new HandleError("too_large", {
        message: `The response of ${origin} is longer than ${maxBytes} bytes.`,
        hint: "Ask for less at a time, or raise maxResponseBytes.",
      });
    }
    chunks.push(next.value);
  }
  return length > 0 ? concatBytes(...chunks) : undefined;
}

/**
 * Sends one request through a function that works as fetch does, whether or not that obeys its signal.
 *
 * @param maxBytes the longest body that is read
 * @throws HandleError `too_large`, `redirected`, the deadline's reason; and what the function throws
 */
export function sendByFetch(
  fetch: FetchLike,
  request: WireRequest,
  deadline: Deadline,
  maxBytes: number,
  extras: FetchExtras = {},
): Promise<WireResponse> {
  return race(deadline, fetchAndRead(fetch, request, deadline, maxBytes, extras));
}

async function fetchAndRead(
  fetch: FetchLike,
  request: WireRequest,
  deadline: Deadline,
  maxBytes: number,
  extras: FetchExtras,
): Promise<WireResponse> {
  const { method, url, headers, body } = request;
  const { origin } = new URL(url);
  const response = await fetch(url, {
    method,
    headers,
    body: body && body.length > 0 ? body.slice() : null,
    signal: toSignal(deadline),
    redirect: "manual",
    credentials: "omit",
    ...extras,
  });
  if (response.type === "opaqueredirect") {
    throw new HandleError("redirected", {
      message: `${origin} has moved; redirects are not followed.`,
      hint: "The browser does not tell the new address: open the old one in it.",
    });
  }
  const bytes = await readBody(response, origin, maxBytes);
  return { status: response.status, headers: readWebHeaders(response.headers), body: bytes };
}
