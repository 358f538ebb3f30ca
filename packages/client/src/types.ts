import type { AuthStrategy, HandleValue, HandleValueInput, ValueReference } from "@handlekit/core";
import type { Credentials } from "@handlekit/credentials";
import type { Transport } from "@handlekit/transport";
import type { NewValues } from "./allocate-indexes.ts";

/** Who and where: what `loadCredentials` gives, or any part of it. */
export type ClientCredentials = Partial<
  Pick<Credentials, "server" | "login" | "httpsVerify" | "handleOwner">
>;

/** What {@link createClient} can be told beside the credentials. */
export interface ClientOptions {
  /** Instead of the login of the credentials: a strategy of `@handlekit/auth`, or your own. */
  readonly strategy?: AuthStrategy;
  /** Instead of one made from the credentials; the client does not close it. */
  readonly transport?: Transport;
  /** Whom the HS_ADMIN of a new handle names. Default the credentials' `handleowner`, else `200:0.NA/<prefix>`. */
  readonly owner?: string | ValueReference;
  /** What the owner may do, list handles first. Default "011111110011". */
  readonly permissions?: string;
}

/** Common to all calls. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** How to read. */
export interface ReadOptions extends CallOptions {
  /** Only these indexes; together with `types`, what fits either. */
  readonly indexes?: readonly number[];
  /** Only these types, in any case; `T.` stands for T and its subtypes. */
  readonly types?: readonly string[];
  /** Ask the primary server, past any cache. Default false. */
  readonly authoritative?: boolean;
  /** Log in, to see values that are not public. Default false: reading needs no rights, and no secret is sent. */
  readonly authenticated?: boolean;
}

/** A record as it was read. */
export interface HandleRecord {
  readonly handle: string;
  /** By ascending index. */
  readonly values: readonly HandleValue[];
}

/** How to create. */
export interface CreateOptions extends CallOptions {
  /** Replace the whole record when there is one. Default false: an existing handle is an error. */
  readonly overwrite?: boolean;
}

/** How to modify. */
export interface ModifyOptions extends CallOptions {
  /** Seconds, for all values written; default: that of the present value, for new ones the server's. */
  readonly ttl?: number;
  /** Add types the record does not have. Default true; otherwise they are an error. */
  readonly add?: boolean;
}

/** What was written. */
export interface WriteResult {
  readonly handle: string;
  readonly responseCode: number;
  /** True when the server made something that was not there. */
  readonly created: boolean;
  /** The values as they were sent; for a deletion empty. */
  readonly values: readonly HandleValueInput[];
}

/** A client of one handle server. */
export interface HandleClient {
  /** The address of the server. */
  readonly server: string;
  /** Reads a record. @throws HandleError `handle_not_found` and those of every call */
  read(handle: string, options?: ReadOptions): Promise<HandleRecord>;
  /** Reads the first value of a type, or the one at an index; undefined when the record has none. */
  readValue(handle: string, which: string | number, options?: ReadOptions): Promise<HandleValue | undefined>;
  /**
   * Creates a handle. An HS_ADMIN value is added at 100 unless the values hold one.
   * @throws HandleError `handle_exists` unless `overwrite`
   */
  create(handle: string, values: NewValues, options?: CreateOptions): Promise<WriteResult>;
  /**
   * Changes values and touches no other. A value with an index is written there; one without replaces the
   * value of its type, or is added.
   * @throws HandleError `invalid_value` when the record has several values of that type; `values_not_found` when it
   *   has none and `add` is false
   */
  modify(handle: string, values: NewValues, options?: ModifyOptions): Promise<WriteResult>;
  /**
   * Deletes the values at these indexes and of these types.
   * @throws HandleError `values_not_found` when one is not there; nothing is deleted then
   */
  deleteValues(
    handle: string,
    which: readonly (string | number)[],
    options?: CallOptions,
  ): Promise<WriteResult>;
  /** Deletes a handle with its whole record. */
  delete(handle: string, options?: CallOptions): Promise<WriteResult>;
  /** Ends the connections the client opened. */
  close(): Promise<void>;
}
