import type { ValueReference } from "@handlekit/core";

/** The connection of a request. An adapter passes the same object with every request of one connection. */
export interface Connection {
  /** Whether it is TLS. Requests on other connections are never authenticated. */
  readonly secure: boolean;
  /** The IP address of the peer. */
  readonly remoteAddress?: string | undefined;
  /** The client certificate (DER) of the TLS handshake, in which the peer proved that it has the key. */
  readonly clientCertificate?: Uint8Array | undefined;
}

/** A request as plain data. */
export interface ServiceRequest {
  readonly method: string;
  /** The request target as in the request line: path and query, percent-encoded. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; empty if there is none. The adapter limits its size. */
  readonly body: Uint8Array;
  readonly connection: Connection;
  /** The version of HTTP, such as `1.1`; undefined when the adapter does not know it. */
  readonly httpVersion?: string | undefined;
  /** Set if the adapter could not read the request completely; the service only responds with it. */
  readonly problem?: RequestProblem | undefined;
}

/** The reason why an adapter could not read a request completely. */
export interface RequestProblem {
  /** The HTTP status, such as 413. */
  readonly status: number;
  /** The message for the client. */
  readonly message: string;
  /** The error for the log. */
  readonly cause?: unknown;
}

/** A response as plain data, which nobody modifies: the next one may have the same body. Headers may be repeated. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** The body as text, if it is known and all ASCII: an adapter may send it instead, which `node:http` does faster. */
  readonly text?: string | undefined;
}

/** A login that failed, or was refused because too many had failed before. It contains no secret. */
export interface FailedLogin {
  /** `basic`, `session`, `client-certificate`, `verification` or `ardc`; undefined for an unknown scheme. */
  readonly scheme: string | undefined;
  /** The identity (`index:prefix/suffix`) or App Id that was tried: printable, at most 200 characters. */
  readonly identity: string | undefined;
  readonly reason: string;
  /** True if the credentials were not checked, because too many had failed before. */
  readonly throttled?: true | undefined;
}

/** A response within the service, with members for `observe`. */
export interface Answer extends ServiceResponse {
  readonly responseCode?: number | undefined;
  readonly handle?: string | undefined;
  readonly identity?: ValueReference | undefined;
  /** The login, if it succeeded. */
  readonly scheme?: string | undefined;
  /** The account of a login that is no handle. */
  readonly account?: string | undefined;
  readonly failedLogin?: FailedLogin | undefined;
  /** The reason of a refusal, in words for the log: it quotes nothing but the handle. */
  readonly reason?: string | undefined;
  /** The unexpected error behind the answer, which is logged with the id of the request. */
  readonly error?: unknown;
}

/** A request that was handled. It contains no headers, query or body. */
export interface ServiceEvent {
  /** The id of the request: unique among those of all processes, and a header of the response to an unexpected error. */
  readonly id: string;
  /** The route that handled the request, such as `/api/handles/{handle}`; undefined if no route matched. */
  readonly route: string | undefined;
  readonly method: string;
  /** The path of the request, percent-encoded, without the query. */
  readonly path: string;
  readonly remoteAddress: string | undefined;
  /** The authenticated identity. */
  readonly identity: ValueReference | undefined;
  /** `basic`, `session`, `client-certificate` or `ardc`; undefined for a request without a login, or with one that failed. */
  readonly scheme: string | undefined;
  /** The account of a login that is no handle: the name of a search account, or App Id (its beginning) and identity. */
  readonly account: string | undefined;
  /** The login of the request, if it failed. */
  readonly failedLogin: FailedLogin | undefined;
  /** The handle that the request was about, as the client wrote it. */
  readonly handle: string | undefined;
  /** The HTTP status. */
  readonly status: number;
  /** The response code of the Handle protocol, if the response has one. */
  readonly responseCode: number | undefined;
  /** The reason why the request was refused, in words, if there is one: printable, at most 200 characters. */
  readonly reason: string | undefined;
  /** The time that the service took, in milliseconds. */
  readonly milliseconds: number;
  /** The length of the response body. */
  readonly bytes: number;
}
