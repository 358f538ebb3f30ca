import {
  type AuthorisationRules,
  type HandleError,
  isHandleError,
  type Logger,
  RESPONSE_CODES,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { answer, emptyAnswer } from "./answer.ts";
import { createHomedPrefixes, type ServiceContext } from "./context.ts";
import type { ServiceRequest, ServiceResponse } from "./exchange-types.ts";
import { deleteHandle } from "./handles/delete-handle.ts";
import { putHandle } from "./handles/put-handle.ts";
import { readHandle } from "./handles/read-handle.ts";
import { challenge } from "./identify/challenge.ts";
import { createIdentify, type Identification } from "./identify/identify.ts";
import { decodePath, parseTarget } from "./target.ts";

/** What {@link createHandleService} is made from. */
export interface HandleServiceOptions extends AuthorisationRules {
  /** Where the records are. The service does not close it. */
  readonly store: HandleStore;
  readonly log?: Logger;
  /** Milliseconds since 1970. Default the system clock. */
  readonly now?: () => number;
}

/** An embeddable handle server. */
export interface HandleService {
  /** Answers one request; never throws. */
  respond(request: ServiceRequest): Promise<ServiceResponse>;
}

const HANDLES = "/api/handles";
const METHODS = "GET, HEAD, POST, PUT, DELETE, TRACE, OPTIONS";

function unknownEndpoint(request: ServiceRequest, path: string, status: number): ServiceResponse {
  const message = `Unknown HTTP API endpoint ${request.method} ${path}`;
  return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status });
}

/** A refusal as the API writes it; over plain HTTP "authentication needed" is 403, for nobody can authenticate there. */
function refusal(request: ServiceRequest, error: HandleError, errors: readonly string[]): ServiceResponse {
  const responseCode = error.responseCode ?? RESPONSE_CODES.error;
  const body = {
    responseCode,
    ...(error.message === "" ? {} : { message: error.message }),
    ...(error.handle === undefined ? {} : { handle: error.handle }),
  };
  if (responseCode !== RESPONSE_CODES.authenticationNeeded) return answer(body);
  if (!request.connection.secure) return answer(body, { status: 403 });
  return answer(body, { headers: challenge(request, errors) });
}

/**
 * A handle server as one function from a plain request to a plain response; mount it with an adapter
 * (`@handlekit/service/node`).
 *
 * @example
 * ```ts
 * const service = createHandleService({ store });
 * createServer(tls, createNodeListener(service)).listen(8000);
 * ```
 */
export function createHandleService(options: HandleServiceOptions): HandleService {
  const now = options.now ?? Date.now;
  const context: ServiceContext = {
    store: options.store,
    rules: options,
    now,
    log: options.log,
    assertHomed: createHomedPrefixes(options.store, now),
  };
  const identify = createIdentify(context);

  const handles = async (request: ServiceRequest, who: Identification): Promise<ServiceResponse> => {
    const { path, query } = parseTarget(request.target);
    const handle = decodePath(path.slice(HANDLES.length).replace(/^\//, ""));
    const identity = who.outcome === "identified" ? who.identity : undefined;
    switch (request.method) {
      case "GET":
      case "HEAD":
        return readHandle(context, handle, query, identity);
      case "PUT":
        return putHandle(context, handle, query, request, identity);
      case "DELETE":
        return deleteHandle(context, handle, query, identity);
      case "OPTIONS":
        return emptyAnswer(200, [["Allow", METHODS]]);
      default:
        return unknownEndpoint(request, path, 405);
    }
  };

  const route = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const { path } = parseTarget(request.target);
    if (path !== HANDLES && !path.startsWith(`${HANDLES}/`)) return unknownEndpoint(request, path, 404);
    const who = await identify(request);
    if (who.outcome === "failed") return emptyAnswer(401, challenge(request, who.errors));
    return handles(request, who);
  };

  return {
    async respond(request) {
      try {
        return await route(request);
      } catch (error) {
        if (isHandleError(error) && error.responseCode !== undefined) return refusal(request, error, []);
        options.log?.error("unexpected error", { error });
        return answer({ responseCode: RESPONSE_CODES.error, message: "Unexpected server error" });
      }
    },
  };
}
