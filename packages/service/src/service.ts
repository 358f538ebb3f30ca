import { randomBytes } from "node:crypto";
import {
  type AuthorisationRules,
  HandleError,
  type Logger,
  RESPONSE_CODES,
  type Secret,
  type Site,
} from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { type ArdcOptions, createArdc } from "./ardc/ardc.ts";
import type { ApiContext, Endpoint } from "./endpoints/context.ts";
import { handlesEndpoint } from "./endpoints/handles.ts";
import { prefixesEndpoint } from "./endpoints/prefixes.ts";
import { sessionsEndpoint } from "./endpoints/sessions.ts";
import { NO_SITE, siteEndpoint, withPublicKey } from "./endpoints/site.ts";
import { verificationsEndpoint } from "./endpoints/verifications.ts";
import { answer, emptyAnswer } from "./http/answer.ts";
import type { Answer, ServiceEvent } from "./http/message.ts";
import { type MountOptions, readMount } from "./http/mount.ts";
import type { ParsedRequest } from "./http/parsed-request.ts";
import { createIdentify } from "./identify/identify.ts";
import { readServerKey } from "./identify/keys.ts";
import { createSessions } from "./identify/sessions.ts";
import { openMemory } from "./memory.ts";
import { createHomedPrefixes } from "./operations/prefixes.ts";
import {
  createResolver,
  RESOLVER_METHODS,
  type ResolverContext,
  resolverMethodNotAllowed,
} from "./resolver/resolver.ts";
import { below, createResponder, exactly, type HandleService, type Route } from "./routes.ts";

/** Options that a service and a resolver share. */
interface CommonOptions extends MountOptions {
  /** Where the records are. The service does not close it. */
  readonly store: HandleStore;
  /** Told of refusals and of unexpected errors. */
  readonly log?: Logger | undefined;
  /** Called with each request that was answered, for access logs and metrics. Nobody waits for it. */
  readonly observe?: ((event: ServiceEvent) => void) | undefined;
  /** Milliseconds since 1970. Default the system clock. */
  readonly now?: (() => number) | undefined;
  /** A number from 0 to below 1, for locations chosen by weight. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Options of {@link createHandleService}. */
export interface HandleServiceOptions extends CommonOptions, AuthorisationRules {
  /** Where sessions are kept. Default in memory, for one process. */
  readonly state?: StateStore | undefined;
  /** 32 bytes that seal session ids; processes that serve together share them. Default random. */
  readonly sessionKey?: Uint8Array | undefined;
  /** The server's PEM private key (RSA): it proves the server to clients that ask. Default none: no proof. */
  readonly serverKey?: Secret | undefined;
  /** The HS_SITE of this server for /api/site; the public key is filled in. Default a site without servers. */
  readonly site?: (() => Site) | undefined;
  /** Serves ARDC's Handle service under /pids. Default not. */
  readonly ardc?: ArdcOptions | undefined;
}

/** Options of {@link createHandleResolver}. */
export interface HandleResolverOptions extends CommonOptions {}

const READ = ["GET", "HEAD"];

function unknownEndpoint(status: number): (request: ParsedRequest) => Answer {
  return ({ method, path }) => {
    const message = `Unknown HTTP API endpoint ${method} ${path}`;
    return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status });
  };
}

/** The rows of the REST API of Handle.Net. */
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
  // Sessions identify by themselves: a login may stand in the body.
  const session: Partial<Route> = {
    api: undefined,
    refuse: ({ connection }) => (connection.secure ? undefined : emptyAnswer(403)),
  };
  const otherMethod = unknownEndpoint(405);
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
    // Last, since it matches every path of the API.
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

function assertStore(store: unknown): void {
  if (typeof store === "object" && store !== null && "read" in store && "commit" in store) return;
  throw new HandleError("invalid_options", {
    message: "The option store is not a handle store.",
    hint: "Give the store of openMemory(), of openSqlite() or one of your own.",
  });
}

/**
 * A handle server as one function from a plain request to a plain response; mount it with an adapter
 * (`@handlekit/service/node`, `@handlekit/service/fetch`).
 *
 * @throws HandleError `invalid_key` when the server's key cannot be read; `invalid_options` for a store that is none,
 *   for `basePath` or `publicUrl`, and for the options of `ardc`
 * @example
 * ```ts
 * const service = createHandleService({ store });
 * createServer(tls, createNodeListener(service)).listen(8000);
 * ```
 */
export function createHandleService(options: HandleServiceOptions): HandleService {
  assertStore(options.store);
  const { log, observe, now = Date.now, random = Math.random, state = openMemory().state } = options;
  const mount = readMount(options);
  const serverKey = options.serverKey && readServerKey(options.serverKey);
  const homed = createHomedPrefixes(options.store, now);
  const ardc = options.ardc && createArdc({ store: options.store, homed, now, log }, options.ardc);
  // The ARDC service keeps its index in step with every change, also of the REST API.
  const store = ardc?.store ?? options.store;
  const statistics = { requests: 0, since: now() };
  const operations = { store, rules: options, homed, now, log, statistics };
  const sessions = createSessions(state, options.sessionKey ?? randomBytes(32), now);
  const api: ApiContext = {
    ...operations,
    sessions,
    identify: createIdentify({ store, sessions, now }),
    serverKey,
    site: () => withPublicKey(options.site?.() ?? NO_SITE, serverKey),
    linkBase: mount.linkBase,
  };
  const routes: Route[] = [
    ...apiRoutes(api),
    ...(ardc ? [{ name: "/pids/{service}", match: ardc.match, endpoint: ardc.endpoint }] : []),
    resolverRoute({ ...operations, ...mount, random, api: true }),
  ];
  const { respond } = createResponder(routes, { basePath: mount.basePath, log, observe });
  return {
    respond(request) {
      statistics.requests++;
      return respond(request);
    },
  };
}

/**
 * Resolution alone: `/{handle}` redirects to where a handle leads, or shows its record. Nothing can be written, and
 * only public values are shown. It mounts where a handle service does.
 *
 * @throws HandleError `invalid_options` for a store that is none, for `basePath` or `publicUrl`
 * @example
 * ```ts
 * const resolver = createHandleResolver({ store });
 * createServer(createNodeListener(resolver)).listen(8080);
 * ```
 */
export function createHandleResolver(options: HandleResolverOptions): HandleService {
  assertStore(options.store);
  const { store, log, observe, now = Date.now, random = Math.random } = options;
  const mount = readMount(options);
  const homed = createHomedPrefixes(store, now);
  const route = resolverRoute({ store, homed, now, log, ...mount, random, api: false });
  return createResponder([route], { basePath: mount.basePath, log, observe });
}
