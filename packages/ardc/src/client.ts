import { createAuth } from "@handlekit/auth";
import { type AuthStrategy, checkArgument, checkOptions } from "@handlekit/core";
import { createTransport, type Transport, type TransportOptions } from "@handlekit/transport";
import type { ArdcIdentifier } from "@handlekit/xml";
import { type CallOptions, createCaller } from "./call.ts";
import { checkUrl } from "./checks.ts";
import { type ArdcClientCredentials, checkCredentials, secretText } from "./credentials.ts";
import { getHandle, getHandlesByValue, getOwnerHandle } from "./get-handle.ts";
import { type ListOptions, listHandles } from "./list-handles.ts";
import { type MintOptions, mint, mintSelfDescribing } from "./mint.ts";
import { createMintOnce, type MintOnceOptions, type MintOnceResult } from "./mint-once.ts";
import {
  type ArdcType,
  addValue,
  addValueByIndex,
  deleteValueByIndex,
  modifyValueByIndex,
} from "./values.ts";
import { wait } from "./wait.ts";

/** Options of {@link createArdcClient}. */
export interface ArdcClientOptions {
  /** The address of the services, such as `https://demo.identifiers.ardc.edu.au/pids`. */
  readonly url: string;
  /** A strategy of your own, such as `createArdcAuth` with the secret in the body; takes precedence over `ardc`. */
  readonly strategy?: AuthStrategy | undefined;
  /** A transport, which `close` leaves open, or the options of the client's own. Its time-outs are 30 s and 60 s. */
  readonly transport?: Transport | TransportOptions | undefined;
  /** Returns milliseconds since 1970, for `mintOnce`. Default the platform's clock. */
  readonly now?: (() => number) | undefined;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. Default the platform's timer. */
  readonly wait?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

/**
 * A client of the ARDC Handle service. Handles are `prefix/suffix`, with or without `hdl:`. Changes resolve to the
 * handle with its values after the change, by ascending index.
 */
export interface ArdcClient {
  /** The address of the services, without a trailing slash. */
  readonly url: string;
  /**
   * Mints a handle. Never repeat it after `outcome_unknown`: that could mint a second handle. With both values it is
   * two requests; when the second fails, the error's `handle` is the one that was minted.
   */
  mint(values?: MintOptions): Promise<ArdcIdentifier>;
  /**
   * Mints at most one handle for a key: a handle minted by a request without an answer is found by its value and
   * adopted. After a crash or an error, call it again with the same key, values and journal.
   * @throws HandleError `invalid_options` without a value, and for a key that was used with other values;
   *   `outcome_unknown` when several handles may be the one, and when a second try got no answer either
   */
  mintOnce(values: MintOnceOptions): Promise<MintOnceResult>;
  /**
   * Mints an empty handle and then adds a URL that contains the handle. When the second request fails, the error's
   * `handle` is the one that was minted.
   * @param template the URL, with `{handle}` in the place of the handle
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
  /** Deletes the value at an index, even the last one. @throws HandleError `values_not_found` when there is none */
  deleteValueByIndex(handle: string, index: number, options?: CallOptions): Promise<ArdcIdentifier>;
  /** Reads a handle, anonymously. @throws HandleError `handle_not_found` */
  getHandle(handle: string, options?: CallOptions): Promise<ArdcIdentifier>;
  /** Resolves to the handles of any owner that have exactly this value, anonymously. */
  getHandlesByValue(value: string, options?: CallOptions): Promise<readonly string[]>;
  /**
   * Lists this owner's handles, the owner handle among them, as the service gives them and none twice. Pages are read as
   * they are needed.
   * @throws HandleError `protocol_error` when there are more than 10,000 pages
   */
  listHandles(options?: ListOptions): AsyncIterableIterator<string>;
  /** Resolves to the owner handle, which represents identifier and authDomain; the service creates it when missing. */
  getOwnerHandle(options?: CallOptions): Promise<string>;
  /** Closes the client's own connections. */
  close(): Promise<void>;
}

/** The service answers within 2 s, rarely later. */
const ATTEMPT_MS = 30_000;
/** The time of an attempt and of the wait for a free connection. */
const TOTAL_MS = 60_000;

/** Creates the client's own transport. A `ca`, `trust`, `verify` or `fetch` among the options takes precedence. */
function openTransport(
  { httpsVerify = true, trust }: ArdcClientCredentials,
  options: TransportOptions = {},
): Transport {
  const { ca, trust: trusted, verify, fetch, timeouts } = options;
  checkArgument("createArdcClient", "timeouts of the option transport", timeouts, ["object", "undefined"]);
  const { attempt = ATTEMPT_MS, total = TOTAL_MS } = timeouts ?? {};
  const trusts = [ca, trusted, verify, fetch].some((option) => option !== undefined);
  const verification = typeof httpsVerify === "boolean" ? { verify: httpsVerify } : { ca: httpsVerify.ca };
  return createTransport({
    ...options,
    ...(trusts ? {} : { ...verification, trust }),
    timeouts: { ...timeouts, attempt, total },
  });
}

/**
 * Creates a client for the ARDC (formerly ANDS) Handle service.
 *
 * @param credentials as `loadCredentials` returns them; `{}` for reading alone
 * @param options the address of the services, and more
 * @throws HandleError `invalid_options` for an unusable address or option; `invalid_credentials` for an account that
 *   lacks something; `insecure_connection` for an account over plain http; and what `createArdcAuth` throws
 * @example
 * ```ts
 * const client = createArdcClient(credentials, { url: "https://demo.identifiers.ardc.edu.au/pids" });
 * const { handle } = await client.mint({ url: "https://example.org/data/1" });
 * await client.close();
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function createArdcClient(credentials: ArdcClientCredentials, options: ArdcClientOptions): ArdcClient {
  checkCredentials(credentials);
  checkOptions("createArdcClient", options, {
    url: ["string"],
    strategy: ["object", "undefined"],
    transport: ["object", "undefined"],
    now: ["function", "undefined"],
    wait: ["function", "undefined"],
  });
  const url = checkUrl(options.url);
  if (options.strategy !== undefined) {
    const { authenticate } = options.strategy;
    checkArgument("createArdcClient", "the method authenticate of the option strategy", authenticate, [
      "function",
    ]);
  }
  const { transport: given } = options;
  const strategy = options.strategy ?? createAuth(credentials, { for: "ardc", origins: [url] });
  const transport = given && "send" in given ? given : openTransport(credentials, given);
  const caller = createCaller({ url, strategy, transport, secret: secretText(credentials) });
  return {
    url,
    mint: (values) => mint(caller, values),
    mintOnce: createMintOnce(caller, options.now ?? Date.now, options.wait ?? wait),
    mintSelfDescribing: (template, how) => mintSelfDescribing(caller, template, how),
    addValue: (handle, type, value, how) => addValue(caller, handle, type, value, how),
    addValueByIndex: (handle, index, type, value, how) =>
      addValueByIndex(caller, handle, index, type, value, how),
    modifyValueByIndex: (handle, index, value, how) => modifyValueByIndex(caller, handle, index, value, how),
    deleteValueByIndex: (handle, index, how) => deleteValueByIndex(caller, handle, index, how),
    getHandle: (handle, how) => getHandle(caller, handle, how),
    getHandlesByValue: (value, how) => getHandlesByValue(caller, value, how),
    listHandles: (how) => listHandles(caller, how),
    getOwnerHandle: (how) => getOwnerHandle(caller, how),
    async close() {
      try {
        if (options.strategy === undefined) await strategy?.close?.();
      } finally {
        if (transport !== given) await transport.close();
      }
    },
  };
}
