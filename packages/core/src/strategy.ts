import type { ValueReference } from "./reference.ts";
import type { Secret } from "./secret.ts";

/** A request as it is sent: plain data, which can always be sent again. */
export interface WireRequest {
  /** Such as `PUT`. */
  readonly method: string;
  /** Absolute. A strategy changes neither the method nor the URL. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** A response as it was received. */
export interface WireResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Names in lower case. Repeated headers are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** A logger; any with these four methods can be used. It is never passed a secret. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The surroundings of one request, as a strategy gets them. */
export interface AuthContext {
  /** Sends one request on a connection of this strategy, without adding credentials. */
  send(request: WireRequest): Promise<WireResponse>;
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined;
  /** The strategy's log. */
  readonly log?: Logger | undefined;
}

/**
 * Adds an identity to requests. {@link exchange} uses it, in any HTTP client. A strategy never opens a socket, never
 * retries and never modifies its arguments.
 */
export interface AuthStrategy {
  /** `basic`, `client-certificate`, `session`, `ardc` or a name of your own. */
  readonly scheme: string;
  /** The https origins that it is for, such as `https://handle.example.org:8000`; requests to others are refused. */
  readonly origins: readonly string[];
  /** The identity that it adds. */
  readonly identity?: ValueReference | undefined;
  /** PEM of the client certificate; "external" if the caller's transport has it, such as a key in hardware. */
  readonly tls?: { readonly certificate: string; readonly key: Secret } | "external" | undefined;
  /** Returns the request with credentials added. */
  authenticate(request: WireRequest, context: AuthContext): WireRequest | Promise<WireRequest>;
  /**
   * Called with every response, successful ones too. "resend" sends the request again, at most once.
   *
   * @param sent the request that `authenticate` returned
   */
  readonly settle?:
    | ((
        response: WireResponse,
        sent: WireRequest,
        context: AuthContext,
      ) => "accept" | "resend" | Promise<"accept" | "resend">)
    | undefined;
  /** Releases what the strategy holds, such as a session on the server. */
  readonly close?: (() => Promise<void>) | undefined;
}
