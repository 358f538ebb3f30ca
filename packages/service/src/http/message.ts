import type { ValueReference } from "@handlekit/core";

/** The connection a request came on. An adapter gives the same object for every request of one connection. */
export interface Connection {
  /** True when it is TLS. Without, nobody is authenticated. */
  readonly secure: boolean;
  /** The address of the peer. */
  readonly remoteAddress?: string | undefined;
  /** The certificate (DER) whose key the peer proved to hold in the handshake; undefined when it showed none. */
  readonly clientCertificate?: Uint8Array | undefined;
}

/** A request as plain data. */
export interface ServiceRequest {
  readonly method: string;
  /** The request target as it stood in the request line: path and query, still percent-encoded. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; empty when there is none. The adapter bounds its size. */
  readonly body: Uint8Array;
  readonly connection: Connection;
  /** Set by an adapter that could not take the request whole; the service answers with it and does nothing else. */
  readonly problem?: RequestProblem | undefined;
}

/** Why an adapter could not take a request whole. */
export interface RequestProblem {
  /** The HTTP status, such as 413. */
  readonly status: number;
  /** For the client. */
  readonly message: string;
  /** For the log. */
  readonly cause?: unknown;
}

/** A response as plain data. A name may stand more than once among the headers. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** A response inside of the service, with what `observe` is told of it. */
export interface Answer extends ServiceResponse {
  readonly responseCode?: number | undefined;
  readonly handle?: string | undefined;
  readonly identity?: ValueReference | undefined;
}

/** A request that was answered. It holds no header, no query and no body. */
export interface ServiceEvent {
  /** The route that answered, such as `/api/handles/{handle}`; undefined when none did. */
  readonly route: string | undefined;
  readonly method: string;
  /** The path as it was requested, still percent-encoded, without its query. */
  readonly path: string;
  readonly remoteAddress: string | undefined;
  /** Who was authenticated. */
  readonly identity: ValueReference | undefined;
  /** The handle it was about, as the client wrote it. */
  readonly handle: string | undefined;
  /** The HTTP status. */
  readonly status: number;
  /** The response code of the Handle protocol, when the answer has one. */
  readonly responseCode: number | undefined;
  /** How long the service took, in milliseconds. */
  readonly milliseconds: number;
  /** The length of the response's body. */
  readonly bytes: number;
}
