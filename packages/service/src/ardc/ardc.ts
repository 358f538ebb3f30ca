import { HandleError, isHandleError } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import type { Answer } from "../http/message.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import type { ReadContext } from "../operations/context.ts";
import { parseRange } from "./access/addresses.ts";
import { authenticate } from "./access/authenticate.ts";
import { createArdcClients } from "./access/clients.ts";
import { createIdentities } from "./access/identities.ts";
import { type ArdcAnswer, fail, fault, isFailure, writeAnswer } from "./answer.ts";
import type { ArdcContext, OwnerCall } from "./context.ts";
import { createHandleNumbers } from "./records/handle-numbers.ts";
import { createSearch } from "./records/search.ts";
import { createIndexedStore, indexExisting } from "./records/value-index.ts";
import { addClient, listClients } from "./services/admin.ts";
import { mint } from "./services/mint.ts";
import { getHandle, getOwnerHandle, listHandles } from "./services/read-handles.ts";
import {
  addValue,
  addValueByIndex,
  deleteValueByIndex,
  modifyValueByIndex,
} from "./services/write-values.ts";

/** Options of the ARDC Handle M2M service. */
export interface ArdcOptions {
  /** Where clients, owners, the index and the sequence of suffixes are kept; processes that serve together share it. */
  readonly state: StateStore;
  /** Of the handles it mints, such as `10378.1`. It must be homed, and `0.NA/10378.1` should list its administrators at 200. */
  readonly prefix: string;
  /** Keys the marks of the clients' secrets: 32 random bytes or more, kept outside of the state. */
  readonly secretKey: Uint8Array;
  /** Addresses and ranges of proxies, whose X-Forwarded-For counts. Default none. */
  readonly proxies?: readonly string[] | undefined;
  /** Addresses and ranges from where addClient and listClients may be called. Default none. */
  readonly adminAddresses?: readonly string[] | undefined;
  /** Lets every registered client act as every identity, as the original does. Default false. */
  readonly compatible?: boolean | undefined;
  /** Answers failures with status 400, 401, 403, 404 or 500. Default false: always 200, as the original does. */
  readonly honestStatus?: boolean | undefined;
  /** Serves plain HTTP too, where secrets can be read on the way. Default false. */
  readonly allowHttp?: boolean | undefined;
}

/** The ARDC Handle M2M service, as one row of the route table. */
export interface Ardc {
  /** The store it was given, with its index kept: everything else that changes records does so through this one. */
  readonly store: HandleStore;
  /** The name of the service in a path below /pids; undefined for another path. */
  match(path: string): string | undefined;
  /** Answers any method, since a refusal is XML with status 200 here, too. */
  endpoint(call: { readonly request: ParsedRequest; readonly rest: string }): Promise<Answer>;
}

const OPEN: Readonly<Record<string, (context: ArdcContext, request: ParsedRequest) => Promise<ArdcAnswer>>> =
  {
    getHandle,
    addClient,
    listClients,
  };

const OWNERS: Readonly<Record<string, (context: ArdcContext, call: OwnerCall) => Promise<ArdcAnswer>>> = {
  mint,
  addValue,
  addValueByIndex,
  modifyValueByIndex,
  deleteValueByIndex,
  listHandles,
  getOwnerHandle,
};

const METHODS = new Set(["GET", "HEAD", "POST"]);

async function serve(context: ArdcContext, name: string, request: ParsedRequest): Promise<ArdcAnswer> {
  const open = Object.hasOwn(OPEN, name) ? OPEN[name] : undefined;
  if (open) return open(context, request);
  const service = Object.hasOwn(OWNERS, name) ? OWNERS[name] : undefined;
  if (!service) return fail("There is no service of this name", 404);
  const owner = await authenticate(context, request);
  return isFailure(owner) ? owner : service(context, { request, owner });
}

function assertConsistent({ prefix, compatible, honestStatus }: ArdcOptions): void {
  if (!/^[^/:\s]+$/.test(prefix)) {
    throw new HandleError("invalid_options", { message: "The prefix of the ARDC service is no prefix." });
  }
  if (compatible && honestStatus) {
    throw new HandleError("invalid_options", {
      message:
        "The ARDC service cannot be compatible and have honest statuses: the original always answers 200.",
    });
  }
}

/**
 * The ARDC Handle M2M service ("PIDS") under /pids, on the records of a store: mint, addValue, addValueByIndex,
 * modifyValueByIndex, deleteValueByIndex, getHandle, listHandles, getOwnerHandle, addClient, listClients.
 *
 * @param surroundings the store with the prefixes homed there, a clock and a log
 * @throws HandleError `invalid_options` for a prefix, an address or a key that cannot be one, and for `compatible`
 *   together with `honestStatus`
 * @see https://documentation.ardc.edu.au/handle
 */
export function createArdc({ store, homed, now, log }: ReadContext, options: ArdcOptions): Ardc {
  assertConsistent(options);
  const { state, prefix, compatible = false, honestStatus = false, allowHttp = false } = options;
  const indexed = createIndexedStore(store, { state, prefix, log });
  const numbers = createHandleNumbers(indexed, state, prefix);
  const context: ArdcContext = {
    store: indexed,
    homed,
    now,
    log,
    prefix,
    numbers,
    search: createSearch(store, state, prefix),
    clients: createArdcClients(state, options.secretKey, now),
    identities: createIdentities({ state, store: indexed, prefix, open: compatible, numbers, now, log }),
    proxies: (options.proxies ?? []).map(parseRange),
    adminAddresses: (options.adminAddresses ?? []).map(parseRange),
  };
  if (compatible)
    log?.warn("ARDC: compatible mode, any registered client may act as any identity", { prefix });
  let ready: Promise<void> | undefined;

  const answer = async (request: ParsedRequest, name: string): Promise<ArdcAnswer> => {
    if (!allowHttp && !request.connection.secure) return fail("This service is there over HTTPS only", 403);
    if (!METHODS.has(request.method)) return fail("This service takes POST and GET only", 405);
    try {
      await homed.assert(prefix);
      ready ??= indexExisting({ store, state, prefix, log });
      await ready.catch((error: unknown) => {
        ready = undefined;
        throw error;
      });
      return await serve(context, name, request);
    } catch (error) {
      log?.error("ARDC: unexpected error", { service: name, error });
      const known = isHandleError(error, "prefix_not_served");
      return fault(known ? error.message : "Unexpected server error", 500);
    }
  };

  return {
    store: indexed,
    match: (path) =>
      /^\/+pids(?:\/+(.*))?$/
        .exec(path)
        ?.slice(1)
        .map((name = "") => name.replace(/\/{2,}/g, "/"))[0],
    endpoint: async ({ request, rest }) => writeAnswer(await answer(request, rest), now(), honestStatus),
  };
}
