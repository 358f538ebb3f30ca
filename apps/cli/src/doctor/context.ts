import type { HandleClient } from "@handlekit/client";
import {
  type Credentials,
  decodeUtf8,
  parseJson,
  type ValueReference,
  type WireResponse,
} from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import type { Caller } from "../command.ts";
import type { Handshake, Place } from "./probe.ts";

/** The results of steps that later steps need. */
export interface Examination {
  /** The call, with the time-out of each step. */
  readonly caller: Caller;
  readonly credentials: Credentials;
  readonly client: HandleClient;
  readonly transport: Transport;
  readonly server: string;
  readonly place: Place;
  readonly signal: AbortSignal;
  handshake?: Handshake | undefined;
  /** The answer to the first request. */
  site?: WireResponse | undefined;
  /** The user as the server knows it: with the index of its key. */
  user?: ValueReference | undefined;
}

/** Sends a request without the login. */
export function ask(
  { transport, server, signal }: Examination,
  path: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<WireResponse> {
  const request = { method, url: `${server}${path}`, headers: { accept: "application/json", ...headers } };
  return transport.send(request, { signal });
}

/** The body of a response as a JSON object; an empty object if it is not one. */
export function jsonOf({ body }: WireResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parseJson(decodeUtf8(body ?? new Uint8Array()) ?? "");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
