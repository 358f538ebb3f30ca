import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import {
  type AuthorisationRules,
  checkArgument,
  checkOptions,
  invalidOptions,
  type Logger,
  type OptionKind,
  RESPONSE_CODES,
  type Secret,
  type Site,
} from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { type ArdcOptions, createArdc } from "./ardc/ardc.ts";
import type { ApiContext, Endpoint } from "./endpoints/context.ts";
import { handlesEndpoint } from "./endpoints/handles.ts";
import { historyEndpoint } from "./endpoints/history.ts";
import { prefixesEndpoint } from "./endpoints/prefixes.ts";
import { pingEndpoint, searchEndpoint } from "./endpoints/search.ts";
import { sessionsEndpoint } from "./endpoints/sessions.ts";
import { NO_SITE, siteEndpoint, withPublicKey } from "./endpoints/site.ts";
import { verificationsEndpoint } from "./endpoints/verifications.ts";
import { answer, emptyAnswer } from "./http/answer.ts";
import type { Answer, ServiceEvent } from "./http/message.ts";
import { type MountOptions, readMount } from "./http/mount.ts";
import type { ParsedRequest } from "./http/parsed-request.ts";
import { createRecordAnswers } from "./http/record-answer.ts";
import { createAttempts, type FailedLoginLimits } from "./identify/attempts.ts";
import { createIdentify } from "./identify/identify.ts";
import { createKeyMark } from "./identify/key-mark.ts";
import { readServerKey } from "./identify/keys.ts";
import { createLimit, createRateLimit } from "./identify/limits.ts";
import { checkSearchOptions, createSearchLogin, type SearchOptions } from "./identify/search-login.ts";
import { createSessions, SESSION_KEY_BYTES } from "./identify/sessions.ts";
import { MAX_SESSION_SECONDS } from "./identify/stored-session.ts";
import { openMemory } from "./memory.ts";
import { createHomedPrefixes } from "./operations/prefixes.ts";
import { createPublicValues } from "./operations/read-record.ts";
import {
  createResolver,
  RESOLVER_METHODS,
  type ResolverContext,
  resolverMethodNotAllowed,
} from "./resolver/resolver.ts";
import { below, createResponder, exactly, type HandleService, type Route } from "./routes.ts";

/** Options of both a service and a resolver. */
interface CommonOptions extends MountOptions {
  /** The store of the records. The service does not close it. */
  readonly store: HandleStore;
  /** Logs unexpected errors, with the id of the request. */
  readonly log?: Logger | undefined;
  /** Called after each request, for access logs and metrics. It is not waited for. */
  readonly observe?: ((event: ServiceEvent) => void) | undefined;
  /**
   * The `max-age` of the header Strict-Transport-Security in responses over TLS, in seconds. Browsers then use https for
   * the whole host. Default none: the header is not sent.
   */
  readonly hstsMaxAge?: number | undefined;
  /** Returns milliseconds since 1970. Default the system clock. */
  readonly now?: (() => number) | undefined;
  /** Returns a number from 0 to below 1, to choose locations by weight. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Options of {@link createHandleService}. */
export interface HandleServiceOptions extends CommonOptions, AuthorisationRules {
  /** The store of sessions. Default in memory, for one process. */
  readonly state?: StateStore | undefined;
  /** The key that encrypts session ids, 32 bytes. The processes of one server share it. Default random. */
  readonly sessionKey?: Uint8Array | undefined;
  /** The time after which a login by session ends, however often it is used, in seconds. Default 43,200 (12 hours). */
  readonly maxSessionSeconds?: number | undefined;
  /**
   * Whether browsers (requests with `Sec-Fetch-Mode`) are asked for Basic. They keep the password and send it with each
   * later request, also those of pages of other origins. Default false.
   */
  readonly basicInBrowsers?: boolean | undefined;
  /** The server's private key (RSA, PEM), with which it proves itself to clients that ask. Default none. */
  readonly serverKey?: Secret | undefined;
  /** The numbers of failed logins that are allowed, and whether several processes count them together. */
  readonly failedLogins?: FailedLoginLimits | undefined;
  /** Returns the HS_SITE of this server for /api/site; the public key is added. Default a site without servers. */
  readonly site?: (() => Site) | undefined;
  /**
   * How many verifications of secret keys (/api/verifications) an address may ask for in a minute; beyond that they are
   * 429. 0 for any number. Default 600.
   */
  readonly verificationsPerMinute?: number | undefined;
  /** Options of searching, which /hrls serves if the store has `find`. */
  readonly search?: SearchOptions | undefined;
  /** Options of ARDC's Handle service under /pids. Default none: it is not served. */
  readonly ardc?: ArdcOptions | undefined;
}

/** Options of {@link createHandleResolver}. */
export interface HandleResolverOptions extends CommonOptions {}

const READ = ["GET", "HEAD"];

/** The keys that are derived at the same time for logins, and as many for verifications: one processor stays free. */
const DERIVING = Math.max(1, Math.min(2, availableParallelism() - 1));
const LOGINS_WAITING = 4;

function unknownEndpoint(status: number): (request: ParsedRequest) => Answer {
  return ({ method, path }) => {
    const message = `Unknown HTTP API endpoint ${method} ${path}`;
    return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status });
  };
}

/** The rows of the REST API of Handle.Net, and of the reverse look-up servlet beside it. */
function apiRoutes(api: ApiContext): readonly Route[] {
  const row = (
    name: string,
    match: Route["match"],
    methods: readonly string[],
    endpoint: Endpoint,
    more: Partial<Route> = {},
  ): Route => ({
    name,
    match,
    methods: [...methods, "TRACE", "OPTIONS"],
    api,
    endpoint: (call) => endpoint(api, call),
    ...more,
  });
  // The sessions endpoint authenticates by itself, because credentials may be in the body.
  const session: Partial<Route> = {
    api: undefined,
    refuse: ({ connection }) => (connection.secure ? undefined : emptyAnswer(403)),
  };
  const otherMethod = unknownEndpoint(405);
  // Searching too: it has accounts of its own, and takes no parameter but keys.
  const search: Partial<Route> = { api: undefined };
  const WRITE = ["POST", "PUT", "DELETE"];
  return [
    row("/api/handles/{handle}", below("/api/handles"), [...READ, ...WRITE], handlesEndpoint),
    row("/api/prefixes", exactly("/api/prefixes"), [...READ, "POST", "DELETE"], prefixesEndpoint),
    row("/api/prefixes/{prefix}", below("/api/prefixes"), ["POST", "DELETE"], prefixesEndpoint),
    row("/api/sessions", exactly("/api/sessions"), ["POST"], sessionsEndpoint, session),
    row("/api/sessions/this", below("/api/sessions"), [...READ, ...WRITE], sessionsEndpoint, session),
    row("/api/site", exactly("/api/site"), READ, siteEndpoint, { otherMethod }),
    row("/api/verifications/{handle}", below("/api/verifications"), READ, verificationsEndpoint, {
      otherMethod,
    }),
    row("/hdl-server/history/{handle}", below("/hdl-server/history"), READ, historyEndpoint),
    row("/hrls/handles/{prefix}", below("/hrls/handles"), READ, searchEndpoint, search),
    row("/hrls/ping", exactly("/hrls/ping"), READ, pingEndpoint, search),
    // Last, because it matches every path of the API.
    row("/api", below("/api"), [], async (_, { request }) => unknownEndpoint(404)(request), {
      methods: undefined,
    }),
  ];
}

function resolverRoute(context: ResolverContext): Route {
  const resolve = createResolver(context);
  return {
    name: "/{handle}",
    match: (path) => path,
    methods: RESOLVER_METHODS,
    otherMethod: () => resolverMethodNotAllowed(context),
    endpoint: ({ request }) => resolve(request),
  };
}

const COMMON: Readonly<Record<string, readonly OptionKind[]>> = {
  store: ["object"],
  log: ["object", "undefined"],
  observe: ["function", "undefined"],
  hstsMaxAge: ["number", "undefined"],
  now: ["function", "undefined"],
  random: ["function", "undefined"],
};

function checkStore(caller: string, store: HandleStore): void {
  if (typeof store.read === "function" && typeof store.commit === "function") return;
  throw invalidOptions(
    `${caller}: the option store is not a handle store.`,
    "Give the store of openMemory(), of openSqlite() or one of your own.",
  );
}

function assertSeconds(caller: string, name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw invalidOptions(`${caller}: the option ${name} is not a number of seconds of at least ${min}.`);
}

function checkServiceOptions(options: HandleServiceOptions): void {
  checkOptions("createHandleService", options, {
    ...COMMON,
    state: ["object", "undefined"],
    sessionKey: ["bytes", "undefined"],
    maxSessionSeconds: ["number", "undefined"],
    basicInBrowsers: ["boolean", "undefined"],
    serverKey: ["object", "undefined"],
    site: ["function", "undefined"],
    verificationsPerMinute: ["number", "undefined"],
    search: ["object", "undefined"],
    ardc: ["object", "undefined"],
    failedLogins: ["object", "undefined"],
    serverAdmins: ["array", "undefined"],
    serverAdminFullAccess: ["boolean", "undefined"],
    allowNaAdmins: ["boolean", "undefined"],
  });
  checkStore("createHandleService", options.store);
  const { state, sessionKey, serverAdmins = [], failedLogins = {}, search = {} } = options;
  const { verificationsPerMinute = 0 } = options;
  checkSearchOptions("createHandleService", search);
  const { perIdentity = 0, perAddress = 0 } = failedLogins;
  for (const [name, limit] of [
    ["failedLogins.perIdentity", perIdentity],
    ["failedLogins.perAddress", perAddress],
    ["verificationsPerMinute", verificationsPerMinute],
  ] as const) {
    if (Number.isInteger(limit) && limit >= 0) continue;
    throw invalidOptions(
      `createHandleService: the option ${name} is not a whole number, 0 or more.`,
      "Leave it out for the default, or write 0 for no limit.",
    );
  }
  if (state !== undefined && (typeof state.get !== "function" || typeof state.put !== "function")) {
    throw invalidOptions(
      "createHandleService: the option state is not a state store.",
      "Give the state of openMemory(), of openSqlite() or one of your own.",
    );
  }
  const { hstsMaxAge = 0, maxSessionSeconds = MAX_SESSION_SECONDS } = options;
  assertSeconds("createHandleService", "hstsMaxAge", hstsMaxAge, 0);
  assertSeconds("createHandleService", "maxSessionSeconds", maxSessionSeconds, 1);
  if (sessionKey !== undefined && sessionKey.length !== SESSION_KEY_BYTES) {
    throw invalidOptions(
      `createHandleService: the option sessionKey has ${sessionKey.length} bytes; it must have ${SESSION_KEY_BYTES}.`,
      "Create it with randomBytes(32).",
    );
  }
  for (const admin of serverAdmins) {
    checkArgument("createHandleService", "an entry of the option serverAdmins", admin, ["object"]);
    const { handle, index } = admin;
    checkArgument("createHandleService", "the handle in the option serverAdmins", handle, ["string"]);
    checkArgument("createHandleService", "the index in the option serverAdmins", index, ["number"]);
  }
}

/**
 * Creates a handle server as one function from a plain request to a plain response. Mount it with an adapter
 * (`@handlekit/service/node`, `@handlekit/service/fetch`).
 *
 * @throws HandleError `invalid_key` if the server's key cannot be read; `invalid_options` for an option that is missing,
 *   has the wrong type or cannot be used
 * @example
 * ```ts
 * const service = createHandleService({ store });
 * createServer(tls, createNodeListener(service)).listen(8000);
 * ```
 */
export function createHandleService(options: HandleServiceOptions): HandleService {
  checkServiceOptions(options);
  const { log, observe, now = Date.now, random = Math.random, state = openMemory().state } = options;
  const mount = readMount(options, "createHandleService");
  const serverKey = options.serverKey && readServerKey(options.serverKey);
  const homed = createHomedPrefixes(options.store, now);
  const { basicInBrowsers = false, maxSessionSeconds = MAX_SESSION_SECONDS, hstsMaxAge } = options;
  const attempts = createAttempts({ limits: options.failedLogins, state, now, log });
  const publicValues = createPublicValues();
  const recordAnswer = createRecordAnswers();
  const surroundings = { store: options.store, homed, publicValues, now, log, attempts, basicInBrowsers };
  const ardc = options.ardc && createArdc(surroundings, options.ardc);
  // The ARDC service updates its index with every change, also over the REST API.
  const store = ardc?.store ?? options.store;
  const statistics = { requests: 0, since: now() };
  const operations = { store, rules: options, homed, publicValues, now, log, statistics };
  const sessionKey = options.sessionKey ?? randomBytes(SESSION_KEY_BYTES);
  const sessions = createSessions({ state, key: sessionKey, maxSeconds: maxSessionSeconds, now });
  const api: ApiContext = {
    ...operations,
    sessions,
    attempts,
    searchLogin: createSearchLogin({ ...options.search, store, attempts }),
    recordAnswer,
    identify: createIdentify({
      store,
      sessions,
      attempts,
      keyMark: createKeyMark(sessionKey),
      now,
      deriving: createLimit(DERIVING, LOGINS_WAITING),
    }),
    // Apart from those of logins, because everybody may ask for verifications.
    verifications: {
      deriving: createLimit(DERIVING, 0),
      isAllowed: createRateLimit(options.verificationsPerMinute ?? 600, now),
    },
    serverKey,
    basicInBrowsers,
    site: () => withPublicKey(options.site?.() ?? NO_SITE, serverKey),
    linkBase: mount.linkBase,
  };
  const routes: Route[] = [
    ...apiRoutes(api),
    ...(ardc ? [{ name: "/pids/{service}", match: ardc.match, endpoint: ardc.endpoint }] : []),
    resolverRoute({ ...operations, ...mount, random, recordAnswer, api: true }),
  ];
  const { respond } = createResponder(routes, { ...mount, hstsMaxAge, log, observe });
  return {
    respond(request) {
      statistics.requests++;
      return respond(request);
    },
  };
}

/**
 * Creates a resolver without the REST API: `/{handle}` redirects to the URL of a handle, or shows its record. Nothing can
 * be written, and only public values are shown. Mount it as a handle service.
 *
 * @throws HandleError `invalid_options` for an option that is missing, has the wrong type or cannot be used
 * @example
 * ```ts
 * const resolver = createHandleResolver({ store });
 * createServer(createNodeListener(resolver)).listen(8080);
 * ```
 */
export function createHandleResolver(options: HandleResolverOptions): HandleService {
  checkOptions("createHandleResolver", options, COMMON);
  checkStore("createHandleResolver", options.store);
  assertSeconds("createHandleResolver", "hstsMaxAge", options.hstsMaxAge ?? 0, 0);
  const { store, log, observe, now = Date.now, random = Math.random } = options;
  const mount = readMount(options, "createHandleResolver");
  const homed = createHomedPrefixes(store, now);
  const [publicValues, recordAnswer] = [createPublicValues(), createRecordAnswers()];
  const reading = { store, homed, publicValues, now, log };
  const route = resolverRoute({ ...reading, ...mount, random, recordAnswer, api: false });
  return createResponder([route], { ...mount, hstsMaxAge: options.hstsMaxAge, log, observe });
}
