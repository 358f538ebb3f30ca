// Every function that looks like fetch fits authFetch. Compiled by npm run check, never run.
import { authFetch } from "@handlekit/auth";
import type { AuthStrategy } from "@handlekit/core";
import { Agent, fetch as undiciFetch } from "undici";

export async function fits(strategy: AuthStrategy): Promise<string> {
  authFetch(strategy);
  authFetch(strategy, { fetch: undefined });
  authFetch(strategy, { fetch });
  authFetch(strategy, { fetch: globalThis.fetch });
  authFetch(strategy, { fetch: async () => new Response("") });
  authFetch(strategy, { fetch: undiciFetch });
  const dispatcher = new Agent();
  const send = authFetch(strategy, { fetch: (url, init) => undiciFetch(url, { ...init, dispatcher }) });
  const response = await send("https://h.example/api/handles/20.500.12345/abc", { method: "DELETE" });
  return await response.text();
}

export function refused(strategy: AuthStrategy): void {
  // @ts-expect-error: a function that gives no response is no fetch.
  authFetch(strategy, { fetch: async () => "" });
}
