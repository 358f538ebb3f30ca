import { checkArgument, checkOptions, invalidOptions, isHandleError } from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import type { Answer } from "../http/message.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import type { Attempts } from "../identify/attempts.ts";
import type { ReadContext } from "../operations/context.ts";
import { parseRange } from "./access/addresses.ts";
import { authenticate } from "./access/authenticate.ts";
import { createArdcClients } from "./access/clients.ts";
import { createIdentities } from "./access/identities.ts";
import { type ArdcAnswer, fail, fault, isFailure, writeAnswer } from "./answer.ts";
import type { ArdcContext, OwnerCall } from "./context.ts";
import { createHandleNumbers } from "./records/handle-numbers.ts";
import { createIndexedStore, indexExisting } from "./records/owner-index.ts";
import { createSearch } from "./records/search.ts";
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
  /** The store of clients, owners, the index and the sequence of suffixes. The processes of one server share it. */
  readonly state: StateStore;
  /**
   * The prefix of the handles that it mints, such as `10378.1`. It must be homed, and `0.NA/10378.1` should list its
   * administrators at index 200.
   */
  readonly prefix: string;
  /** The key for the marks of the clients' secrets: at least 32 random bytes, stored outside of the state. */
  readonly secretKey: Uint8Array;
  /** The addresses and ranges of proxies whose X-Forwarded-For is trusted. Default none. */
  readonly proxies?: readonly string[] | undefined;
  /** The addresses and ranges that may call addClient and listClients. Default none. */
  readonly adminAddresses?: readonly string[] | undefined;
  /** Whether every registered client may act as every identity, as in the original service. Default false. */
  readonly compatible?: boolean | undefined;
  /** Whether failures have status 400, 401, 403, 404, 405, 429 or 500. Default false: always 200, as in the original service. */
  readonly honestStatus?: boolean | undefined;
  /** Whether it is also served over plain HTTP, where secrets can be intercepted. Default false. */
  readonly allowHttp?: boolean | undefined;
}

/** The ARDC Handle M2M service, as one row of the route table. */
export interface Ardc {
  /** The store with an index that is updated with every commit. All changes of records must use this store. */
  readonly store: HandleStore;
  /** Returns the name of the service in a path below /pids, or undefined for another path. */
  match(path: string): string | undefined;
  /** Handles a request with any method: refusals are XML with status 200, too. */
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

/** The outcome of a request, and the account of its login if that succeeded. */
interface Served {
  readonly answer: ArdcAnswer;
  readonly account?: string | undefined;
}

async function serve(context: ArdcContext, name: string, request: ParsedRequest): Promise<Served> {
  const open = Object.hasOwn(OPEN, name) ? OPEN[name] : undefined;
  if (open) return { answer: await open(context, request) };
  const service = Object.hasOwn(OWNERS, name) ? OWNERS[name] : undefined;
  if (!service) return { answer: fail("There is no such service", 404) };
  const owner = await authenticate(context, request);
  if (isFailure(owner)) return { answer: owner };
  return { answer: await service(context, { request, owner }), account: owner.login.note };
}

function checkArdcOptions(options: ArdcOptions): void {
  checkOptions("createHandleService: ardc", options, {
    state: ["object"],
    prefix: ["string"],
    secretKey: ["bytes"],
    proxies: ["array", "undefined"],
    adminAddresses: ["array", "undefined"],
    compatible: ["boolean", "undefined"],
    honestStatus: ["boolean", "undefined"],
    allowHttp: ["boolean", "undefined"],
  });
  const { state, prefix, compatible, honestStatus } = options;
  for (const name of ["get", "put", "delete", "scan", "next"] as const) {
    checkArgument("createHandleService: ardc", `the option state.${name}`, state[name], ["function"]);
  }
  if (!/^[^/:\s]+$/.test(prefix)) {
    throw invalidOptions(
      "createHandleService: the option ardc.prefix is not a prefix.",
      "Write it without a slash, such as 10378.1.",
    );
  }
  if (compatible && honestStatus) {
    throw invalidOptions(
      "createHandleService: the options ardc.compatible and ardc.honestStatus cannot both be true.",
      "The original service always responds with status 200. Leave one of them out.",
    );
  }
}

/**
 * Creates the ARDC Handle M2M service ("PIDS") under /pids, on the records of a store: mint, addValue, addValueByIndex,
 * modifyValueByIndex, deleteValueByIndex, getHandle, listHandles, getOwnerHandle, addClient, listClients.
 *
 * @param surroundings the store with the prefixes homed there, a clock, a log and the counters of failed logins, and
 *   whether browsers are asked for Basic
 * @throws HandleError `invalid_options` for an option that is missing, has the wrong type or cannot be used, and for
 *   `compatible` together with `honestStatus`
 * @see https://documentation.ardc.edu.au/handle
 */
export function createArdc(
  surroundings: ReadContext & { readonly attempts: Attempts; readonly basicInBrowsers: boolean },
  options: ArdcOptions,
): Ardc {
  checkArdcOptions(options);
  const { store, homed, publicValues, now, log, attempts, basicInBrowsers } = surroundings;
  const { state, prefix, compatible = false, honestStatus = false, allowHttp = false } = options;
  const indexed = createIndexedStore(store, { state, prefix, log });
  const numbers = createHandleNumbers({ store: indexed, state, prefix, now });
  const context: ArdcContext = {
    store: indexed,
    homed,
    publicValues,
    now,
    log,
    prefix,
    numbers,
    search: createSearch(store, state, prefix),
    clients: createArdcClients(state, options.secretKey, now),
    attempts,
    identities: createIdentities({ state, store: indexed, prefix, open: compatible, numbers, now, log }),
    proxies: (options.proxies ?? []).map(parseRange),
    adminAddresses: (options.adminAddresses ?? []).map(parseRange),
  };
  if (compatible)
    log?.warn("ARDC: compatible mode, any registered client may act as any identity", { prefix });
  let ready: Promise<void> | undefined;

  const answer = async (request: ParsedRequest, name: string): Promise<Served> => {
    if (!allowHttp && !request.connection.secure) {
      return { answer: fail("This service is only available over HTTPS", 403) };
    }
    if (!METHODS.has(request.method)) return { answer: fail("This service only accepts POST and GET", 405) };
    try {
      await homed.assert(prefix);
      ready ??= indexExisting({ store, state, prefix, log });
      await ready.catch((error: unknown) => {
        ready = undefined;
        throw error;
      });
      return await serve(context, name, request);
    } catch (error) {
      const known = isHandleError(error, "prefix_not_served") || isHandleError(error, "server_busy");
      return { answer: { ...fault(known ? error.message : "Unexpected server error", 500), error } };
    }
  };

  return {
    store: indexed,
    match: (path) =>
      /^\/+pids(?:\/+(.*))?$/
        .exec(path)
        ?.slice(1)
        .map((name = "") => name.replace(/\/{2,}/g, "/"))[0],
    endpoint: async ({ request, rest }) => {
      const challenge = basicInBrowsers || request.headers["sec-fetch-mode"] === undefined;
      const served = await answer(request, rest);
      return writeAnswer(served.answer, served.account, now(), { honest: honestStatus, challenge });
    },
  };
}
