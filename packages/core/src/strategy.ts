import type { ValueReference } from "./reference.ts";
import type { Secret } from "./secret.ts";

/** A request as it goes on the wire: plain data, always resendable. */
export interface WireRequest {
  /** Such as `PUT`. */
  readonly method: string;
  /** Absolute. A strategy changes neither the method nor the URL. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A response as it came off the wire. */
export interface WireResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Names in lower case; repeated lines joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Where a package tells what it does; any logger with these four methods fits. Never given a secret. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What a strategy is given with each request. */
export interface AuthContext {
  /** Sends one request on the connection of this strategy, unauthenticated by itself. */
  send(request: WireRequest): Promise<WireResponse>;
  /** Ends the request when it aborts. */
  readonly signal?: AbortSignal;
  /** Where the strategy may tell what it does. */
  readonly log?: Logger;
}

/**
 * How a request is made to carry an identity. Embeds in any HTTP client through {@link exchange}.
 * A strategy opens no socket of its own, never retries and never changes what it is given.
 */
export interface AuthStrategy {
  /** `basic`, `client-certificate`, `session`, `ardc` or your own word. */
  readonly scheme: string;
  /** The https origins it speaks to, such as `https://handle.example.org:8000`; any other is refused. */
  readonly origins: readonly string[];
  /** Who it speaks for. */
  readonly identity?: ValueReference;
  /** PEM material for the TLS handshake; "external" when the caller's transport brings it (a key in hardware). */
  readonly tls?: { readonly certificate: string; readonly key: Secret } | "external";
  /** Gives the request with its credentials added. */
  authenticate(request: WireRequest, context: AuthContext): WireRequest | Promise<WireRequest>;
  /** Sees every response, success too. "resend" is obeyed once a request. `sent` is what `authenticate` gave. */
  settle?(
    response: WireResponse,
    sent: WireRequest,
    context: AuthContext,
  ): "accept" | "resend" | Promise<"accept" | "resend">;
  /** Ends what it holds (a session on the server). */
  close?(): Promise<void>;
}
