import { randomBytes } from "node:crypto";
import {
  type AuthorisationRules,
  type Logger,
  RESPONSE_CODES,
  type Secret,
  type Site,
} from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { answer } from "./answer.ts";
import { type ArdcOptions, createArdcService } from "./ardc/create-ardc-service.ts";
import { createHomedPrefixes, type ServiceContext } from "./context.ts";
import { handlesEndpoint } from "./endpoints/handles.ts";
import { prefixesEndpoint } from "./endpoints/prefixes.ts";
import { authenticationNeeded } from "./endpoints/refusal.ts";
import { sessionsEndpoint } from "./endpoints/sessions.ts";
import { siteEndpoint } from "./endpoints/site.ts";
import { verificationsEndpoint } from "./endpoints/verifications.ts";
import type { ServiceRequest, ServiceResponse } from "./exchange-types.ts";
import { preflight, withCors } from "./http/cors.ts";
import { withGzip } from "./http/gzip.ts";
import { asJsonp } from "./http/jsonp.ts";
import { trace } from "./http/trace.ts";
import { handleChallenge } from "./identify/challenge.ts";
import { createIdentify, type Identification } from "./identify/identify.ts";
import { readServerKey, type ServerKey } from "./identify/server-proof.ts";
import { createMemoryState } from "./memory-state.ts";
import { readParameters } from "./parameters.ts";
import { createResolver } from "./resolver/create-resolver.ts";
import { createSessions } from "./sessions/sessions.ts";
import { parseTarget } from "./target.ts";

/** What {@link createHandleService} is made from. */
export interface HandleServiceOptions extends AuthorisationRules {
  /** Where the records are. The service does not close it. */
  readonly store: HandleStore;
  /** Where sessions are. Default in memory, for one process. */
  readonly state?: StateStore;
  /** 32 bytes that seal session ids; processes that serve together share them. Default random. */
  readonly sessionKey?: Uint8Array;
  /** The server's PEM private key (RSA): it proves the server to clients that ask. Default none: no proof. */
  readonly serverKey?: Secret;
  /** What HS_SITE would say of this server, for /api/site; the public key is filled in. Default a site without servers. */
  readonly site?: () => Site;
  /** Serves ARDC's Handle service under /pids. Default not. */
  readonly ardc?: ArdcOptions;
  readonly log?: Logger;
  /** Milliseconds since 1970. Default the system clock. */
  readonly now?: () => number;
}

/** An embeddable handle server. */
export interface HandleService {
  /** Answers one request; never throws. */
  respond(request: ServiceRequest): Promise<ServiceResponse>;
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"]);

const NO_SITE: Site = {
  version: 1,
  protocolVersion: "2.11",
  serialNumber: 1,
  primarySite: true,
  multiPrimary: false,
  attributes: [],
  servers: [],
};

function withPublicKey(site: Site, key: ServerKey | undefined): Site {
  if (key === undefined) return site;
  const publicKey = { format: "key" as const, value: key.publicKey };
  const servers = site.servers.map(({ serverId, address, interfaces }) => ({
    serverId,
    address,
    publicKey,
    interfaces,
  }));
  return { ...site, servers };
}

function unknownEndpoint(request: ServiceRequest, path: string, status: number): ServiceResponse {
  const message = `Unknown HTTP API endpoint ${request.method} ${path}`;
  return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status });
}

function unknownMethod({ method }: ServiceRequest): ServiceResponse {
  const body = { responseCode: RESPONSE_CODES.protocolError, message: `Unknown method ${method}` };
  return answer(body, { status: 501 });
}

/** The server's proof goes with every answer to a request that asked for it. */
async function withProof(
  context: ServiceContext,
  who: Identification,
  response: ServiceResponse,
): Promise<ServiceResponse> {
  const answered = response.headers.some(([name]) => name === "WWW-Authenticate");
  if (who.cnonce === undefined || answered) return response;
  return { ...response, headers: [await handleChallenge(context, who), ...response.headers] };
}

function callbackOf(request: ServiceRequest): string | null {
  try {
    return readParameters(request).get("callback");
  } catch {
    return null;
  }
}

/** Compressed if the client likes; a HEAD is answered as Handle.Net does, which compresses nothing there. */
async function finished(request: ServiceRequest, response: ServiceResponse): Promise<ServiceResponse> {
  if (request.method !== "HEAD") return withGzip(request, response);
  return { ...response, headers: response.headers.filter(([name]) => name !== "Vary") };
}

/** The rest of a path below an endpoint; undefined when the path is another. */
function below(path: string, endpoint: string): string | undefined {
  if (path === endpoint) return "";
  return path.startsWith(`${endpoint}/`) ? path.slice(endpoint.length) : undefined;
}

/**
 * A handle server as one function from a plain request to a plain response; mount it with an adapter
 * (`@handlekit/service/node`).
 *
 * @throws HandleError `invalid_key` when the server's key cannot be read; `invalid_options` as `createArdcService` does
 * @example
 * ```ts
 * const service = createHandleService({ store });
 * createServer(tls, createNodeListener(service)).listen(8000);
 * ```
 */
export function createHandleService(options: HandleServiceOptions): HandleService {
  const now = options.now ?? Date.now;
  const serverKey = options.serverKey && readServerKey(options.serverKey);
  const { log } = options;
  const homed = createHomedPrefixes(options.store, now);
  const ardc = options.ardc && createArdcService({ store: options.store, homed, now, log }, options.ardc);
  const context: ServiceContext = {
    store: ardc?.store ?? options.store,
    rules: options,
    sessions: createSessions(
      options.state ?? createMemoryState(),
      options.sessionKey ?? randomBytes(32),
      now,
    ),
    serverKey,
    site: () => withPublicKey(options.site?.() ?? NO_SITE, serverKey),
    now,
    log,
    homed,
    statistics: { requests: 0, since: now() },
  };
  const identify = createIdentify(context);
  const resolver = createResolver(context);

  /** The endpoints that a wrong login keeps everybody from, public ones too. */
  const answerApi = async (
    request: ServiceRequest,
    path: string,
    who: Identification,
  ): Promise<ServiceResponse> => {
    if (!METHODS.has(request.method)) return unknownMethod(request);
    if (request.method === "TRACE") return trace(request);
    const handles = below(path, "/api/handles");
    if (handles !== undefined) return handlesEndpoint(context, who, request, handles);
    const prefixes = below(path, "/api/prefixes");
    if (prefixes !== undefined) return prefixesEndpoint(context, who, request, prefixes);
    const verifications = below(path, "/api/verifications");
    const isSite = path === "/api/site" || path === "/api/site/";
    const found = isSite
      ? siteEndpoint(context, request)
      : verifications === undefined
        ? undefined
        : await verificationsEndpoint(context, request, verifications);
    return found ?? unknownEndpoint(request, path, isSite || verifications !== undefined ? 405 : 404);
  };

  const route = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const { path } = parseTarget(request.target);
    const sessions = below(path, "/api/sessions");
    if (below(path, "/api") !== undefined && sessions === undefined) {
      const who = await identify(request);
      if (who.failed === "credentials" || who.failed === "session")
        return authenticationNeeded(context, request, who);
      const response = asJsonp(await answerApi(request, path, who), callbackOf(request));
      return withProof(context, who, response);
    }
    if (!METHODS.has(request.method)) return unknownMethod(request);
    if (request.method === "TRACE") return trace(request);
    if (sessions !== undefined) return sessionsEndpoint(context, identify, request, sessions);
    return (await ardc?.respond(request)) ?? resolver(request);
  };

  return {
    async respond(request) {
      context.statistics.requests++;
      try {
        const asked = preflight(request);
        if (asked !== undefined) return asked;
        return withCors(request, await finished(request, await route(request)));
      } catch (error) {
        log?.error("unexpected error", { error });
        return answer({ responseCode: RESPONSE_CODES.error, message: "Unexpected server error" });
      }
    },
  };
}
