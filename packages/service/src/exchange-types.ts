/** The connection a request came on. An adapter gives the same object for every request of one connection. */
export interface Connection {
  /** True when it is TLS. Without, nobody is authenticated. */
  readonly secure: boolean;
  /** The address of the peer, for logs. */
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
}

/** A response as plain data. A name may stand more than once among the headers. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}
