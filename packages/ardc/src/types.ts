import type { AuthCredentials } from "@handlekit/auth";
import type { AuthStrategy } from "@handlekit/core";
import type { Journal } from "@handlekit/core/journal";
import type { Transport } from "@handlekit/transport";
import type { ArdcIdentifier } from "@handlekit/xml";

export type { ArdcIdentifier, ArdcProperty } from "@handlekit/xml";

/** The types that the service knows: an address to redirect to, and a description. */
export type ArdcType = "URL" | "DESC";

/** What {@link createArdcClient} can be told. */
export interface ArdcClientOptions {
  /** Where the services are, such as `https://demo.identifiers.ardc.edu.au/pids`. */
  readonly url: string;
  /** Who to be; the shared secret goes into a header. Reading a handle needs neither this nor a strategy. */
  readonly credentials?: AuthCredentials["ardc"];
  /** A strategy of your own instead, such as `createArdcAuth` gives with the secret in the body. */
  readonly strategy?: AuthStrategy | undefined;
  /** What sends; `close` leaves it open. Default: one that waits 30 s for an answer. */
  readonly transport?: Transport | undefined;
  /** The time in milliseconds since 1970; default the platform's clock. Only `mintOnce` asks for it. */
  readonly now?: (() => number) | undefined;
  /** Waits so many milliseconds, or rejects when the signal aborts; default the platform's timer. */
  readonly wait?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** What every call can be told. */
export interface CallOptions {
  /** Ends the call when it aborts. A write may have been carried out all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** What to mint: a handle with these values, or an empty one. */
export interface MintOptions extends CallOptions {
  /** With a scheme that the service knows: http, https, ftp, file, jar, mailto. */
  readonly url?: string | undefined;
  /** Public text. */
  readonly desc?: string | undefined;
  /** Where the first of the two goes; default 1. Not 100 to 199, 200 or 300. */
  readonly index?: number | undefined;
}

/** What to mint once: with at least one value, by which it is found again. */
export interface MintOnceOptions extends MintOptions {
  /** Names this mint among all of the journal, such as the number of your record. */
  readonly key: string;
  /** Where is written what is about to be done. Used by one process at a time. */
  readonly journal: Journal;
  /** Milliseconds until a mint without an answer counts as done or failed. Default 30000. */
  readonly settleMs?: number | undefined;
}

/** What became of a `mintOnce`. */
export interface MintOnceResult {
  readonly handle: string;
  /** `minted` now; `adopted`: minted by a request that got no answer; `recorded`: the journal knew it. */
  readonly outcome: "minted" | "adopted" | "recorded";
}

/** How to list. */
export interface ListOptions extends CallOptions {
  /** Only handles with a suffix above that of this one. */
  readonly after?: string | undefined;
}

/**
 * A client of the ARDC Handle service. Handles are `prefix/suffix`, also with `hdl:`. Whatever a handle holds after a
 * change is in the result, its values by ascending index.
 */
export interface ArdcClient {
  /** Where the services are, without a slash at its end. */
  readonly url: string;
  /**
   * Mints a handle. Never repeat it after `outcome_unknown`: that could make a second handle. With both values it is
   * two requests; when the second fails, the error's `handle` is the one that was minted.
   */
  mint(values?: MintOptions): Promise<ArdcIdentifier>;
  /**
   * Mints a handle for a key, at most one: what a request without an answer has made is found by its value and adopted.
   * Go on after a crash or an error with the same key, values and journal.
   * @throws HandleError `invalid_options` without a value, and for a key that was used with other values;
   *   `outcome_unknown` when several handles may be the one, and when a second try got no answer either
   */
  mintOnce(values: MintOnceOptions): Promise<MintOnceResult>;
  /**
   * Mints an empty handle and then gives it a URL that contains the handle. When the second request fails, the error's
   * `handle` is the one that was minted.
   * @param template the URL with `{handle}` where the handle goes
   */
  mintSelfDescribing(template: string, options?: CallOptions): Promise<ArdcIdentifier>;
  /** Adds a value at the lowest free index. Adding twice makes two values. */
  addValue(handle: string, type: ArdcType, value: string, options?: CallOptions): Promise<ArdcIdentifier>;
  /** Adds a value at an index. @throws HandleError `value_exists` when the index is in use or reserved */
  addValueByIndex(
    handle: string,
    index: number,
    type: ArdcType,
    value: string,
    options?: CallOptions,
  ): Promise<ArdcIdentifier>;
  /** Replaces the value at an index; its type stays. @throws HandleError `values_not_found` when there is none */
  modifyValueByIndex(
    handle: string,
    index: number,
    value: string,
    options?: CallOptions,
  ): Promise<ArdcIdentifier>;
  /** Deletes the value at an index; also the last one. @throws HandleError `values_not_found` when there is none */
  deleteValueByIndex(handle: string, index: number, options?: CallOptions): Promise<ArdcIdentifier>;
  /** Reads a handle, anonymously. @throws HandleError `handle_not_found` */
  getHandle(handle: string, options?: CallOptions): Promise<ArdcIdentifier>;
  /** The handles of any owner that have exactly this value, anonymously; none when there is none. */
  getHandlesByValue(value: string, options?: CallOptions): Promise<readonly string[]>;
  /**
   * This owner's handles, the owner handle too, as the service gives them, none twice. It reads page by page and always
   * ends.
   * @throws HandleError `protocol_error` when the service goes on giving pages after 10,000
   */
  listHandles(options?: ListOptions): AsyncIterableIterator<string>;
  /** The handle that stands for this owner; the service makes it when there is none. */
  getOwnerHandle(options?: CallOptions): Promise<string>;
  /** Ends what the client opened. */
  close(): Promise<void>;
}
