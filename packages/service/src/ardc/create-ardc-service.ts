import { createInTurn, foldCase, HandleError, handleKey, isHandleError } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { parseTarget } from "../target.ts";
import { authenticate } from "./access/authenticate.ts";
import { createArdcClients } from "./access/clients.ts";
import { createIdentities } from "./access/identities.ts";
import { parseRange } from "./access/ip-range.ts";
import { type ArdcAnswer, fail, fault, isFailure } from "./answer.ts";
import type { ArdcCall, ArdcContext, OwnerCall } from "./ardc-context.ts";
import { addValue, addValueByIndex } from "./operations/add-value.ts";
import { addClient, listClients } from "./operations/admin.ts";
import { deleteValueByIndex, modifyValueByIndex } from "./operations/change-value.ts";
import { getHandle, getOwnerHandle } from "./operations/get-handle.ts";
import { listHandles } from "./operations/list-handles.ts";
import { mint } from "./operations/mint.ts";
import { indexExisting } from "./records/index-existing.ts";
import { createIndexedStore } from "./records/indexed-store.ts";
import { createSearch } from "./records/search.ts";
import { writeAnswer } from "./write-answer.ts";

/** What the ARDC service is told. */
export interface ArdcOptions {
  /** Where clients, owners, the index and the sequence of suffixes are kept; processes that serve together share it. */
  readonly state: StateStore;
  /** Of the handles it mints, such as `10378.1`. It must be homed, and `0.NA/10378.1` should list its administrators at 200. */
  readonly prefix: string;
  /** Keys the marks of the clients' secrets: 32 random bytes or more, kept outside of the state. */
  readonly secretKey: Uint8Array;
  /** Addresses and ranges of proxies, whose X-Forwarded-For counts. Default none. */
  readonly proxies?: readonly string[];
  /** Addresses and ranges from where addClient and listClients may be called. Default none. */
  readonly adminAddresses?: readonly string[];
  /** Lets every registered client act as every identity, as the original does. Default false. */
  readonly compatible?: boolean;
  /** Answers failures with status 400, 401, 403, 404 or 500. Default false: always 200, as the original does. */
  readonly honestStatus?: boolean;
  /** Serves plain HTTP too, where secrets can be read on the way. Default false. */
  readonly allowHttp?: boolean;
}

/** The ARDC Handle M2M service. */
export interface ArdcService {
  /** The store it was given, with its index kept: whatever else changes records should do so through this one. */
  readonly store: HandleStore;
  /** Answers a request for /pids; undefined when the path is another. */
  respond(request: ServiceRequest): Promise<ServiceResponse | undefined>;
}

const OPEN: Readonly<Record<string, (context: ArdcContext, call: ArdcCall) => Promise<ArdcAnswer>>> = {
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

/** Numbers passed over for one new handle. */
const MOST_TAKEN = 10_000_000;
const METHODS = new Set(["GET", "HEAD", "POST"]);

async function operate(context: ArdcContext, name: string, call: ArdcCall): Promise<ArdcAnswer> {
  const open = Object.hasOwn(OPEN, name) ? OPEN[name] : undefined;
  if (open) return open(context, call);
  const operation = Object.hasOwn(OWNERS, name) ? OWNERS[name] : undefined;
  if (!operation) return fail("There is no service of this name", 404);
  const owner = await authenticate(context, call.request);
  return isFailure(owner) ? owner : operation(context, { ...call, owner });
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
 * @param context the store with the prefixes homed there, a clock and a log
 * @throws HandleError `invalid_options` for a prefix, an address or a key that cannot be one, and for `compatible`
 *   together with `honestStatus`
 * @example
 * ```ts
 * const ardc = createArdcService({ store, homed, now, log }, { state, prefix: "10378.1", secretKey });
 * const response = await ardc.respond(request);
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function createArdcService(
  { store, homed, now, log }: Pick<ServiceContext, "store" | "homed" | "now" | "log">,
  options: ArdcOptions,
): ArdcService {
  assertConsistent(options);
  const { state, prefix, compatible = false, honestStatus = false, allowHttp = false } = options;
  const indexed = createIndexedStore(store, { state, prefix, log });
  /** The next number that no handle has, whoever made it. */
  const nextSuffix = async (): Promise<number> => {
    for (let taken = 0; taken < MOST_TAKEN; taken++) {
      const suffix = await state.next(`ardc/suffix/${foldCase(prefix)}`);
      if ((await store.read(handleKey(`${prefix}/${suffix}`))) === undefined) return suffix;
    }
    throw new HandleError("server_error", {
      message: `${MOST_TAKEN} numbers in a row belong to other handles.`,
    });
  };
  let ready: Promise<void> | undefined;
  const context: ArdcContext = {
    store: indexed,
    homed,
    now,
    log,
    prefix,
    nextSuffix,
    inTurn: createInTurn(),
    search: createSearch(store, state, prefix),
    clients: createArdcClients(state, options.secretKey, now),
    identities: createIdentities({ state, store: indexed, prefix, open: compatible, nextSuffix, now, log }),
    proxies: (options.proxies ?? []).map(parseRange),
    adminAddresses: (options.adminAddresses ?? []).map(parseRange),
  };
  if (compatible)
    log?.warn("ARDC: compatible mode, any registered client may act as any identity", { prefix });

  const answer = async (request: ServiceRequest, name: string): Promise<ArdcAnswer> => {
    if (!allowHttp && !request.connection.secure) return fail("This service is there over HTTPS only", 403);
    if (!METHODS.has(request.method)) return fail("This service takes POST and GET only", 405);
    try {
      await homed.assert(prefix);
      ready ??= indexExisting({ store, state, prefix, log });
      await ready.catch((error: unknown) => {
        ready = undefined;
        throw error;
      });
      return await operate(context, name, { query: parseTarget(request.target).query, request });
    } catch (error) {
      log?.error("ARDC: unexpected error", { service: name, error });
      const known = isHandleError(error, "prefix_not_served");
      return fault(known ? error.message : "Unexpected server error", 500);
    }
  };

  return {
    store: indexed,
    async respond(request) {
      const path = parseTarget(request.target).path.replace(/\/{2,}/g, "/");
      const [, name = ""] = /^\/pids(?:\/(.*))?$/.exec(path) ?? [];
      if (!/^\/pids(\/|$)/.test(path)) return undefined;
      return writeAnswer(await answer(request, name), now(), honestStatus);
    },
  };
}
