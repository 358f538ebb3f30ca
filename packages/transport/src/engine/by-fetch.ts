import { concatBytes, HandleError, type WireRequest, type WireResponse } from "@handlekit/core";
import { race, type Scope, toSignal } from "../scope.ts";

/** What one engine adds to each fetch, such as its TLS settings. */
export type FetchExtras = Readonly<Record<string, unknown>>;

async function readBody(response: Response, origin: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    length += next.value.length;
    if (length > limit) {
      await reader?.cancel();
      throw new HandleError("too_large", {
        message: `The answer of ${origin} is longer than ${limit} bytes.`,
        hint: "Ask for less at a time, or raise maxResponseBytes.",
      });
    }
    chunks.push(next.value);
  }
  return concatBytes(...chunks);
}

/** Sends one request through a function that works as fetch does, whether or not it obeys its signal. */
export function sendByFetch(
  fetch: typeof globalThis.fetch,
  request: WireRequest,
  scope: Scope,
  limit: number,
  extras: FetchExtras = {},
): Promise<WireResponse> {
  return race(scope, fetchAndRead(fetch, request, scope, limit, extras));
}

async function fetchAndRead(
  fetch: typeof globalThis.fetch,
  request: WireRequest,
  scope: Scope,
  limit: number,
  extras: FetchExtras,
): Promise<WireResponse> {
  const { method, url, headers, body } = request;
  const { origin } = new URL(url);
  const response = await fetch(url, {
    method,
    headers,
    signal: toSignal(scope),
    redirect: "manual",
    credentials: "omit",
    ...(body && body.length > 0 ? { body: body.slice() } : {}),
    ...extras,
  });
  if (response.type === "opaqueredirect") {
    throw new HandleError("redirected", {
      message: `${origin} has moved; redirects are not followed.`,
      hint: "The browser does not tell the new address: open the old one in it.",
    });
  }
  const bytes = await readBody(response, origin, limit);
  const read: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    read[name] = name in read ? `${read[name]}, ${value}` : value;
  });
  // fetch has decoded the body already.
  if (read["content-encoding"] !== undefined) {
    delete read["content-encoding"];
    delete read["content-length"];
  }
  return { status: response.status, headers: read, ...(bytes.length > 0 ? { body: bytes } : {}) };
}
