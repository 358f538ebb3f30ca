import { randomBytes } from "node:crypto";
import { encodeUtf8, type Logger, RESPONSE_CODES } from "@handlekit/core";
import type { ApiCall, ApiContext, HeaderLine } from "./endpoints/context.ts";
import { authenticationNeeded, refusal, tooManyFailures, withProof } from "./endpoints/refusal.ts";
import { answer, emptyAnswer, NO_STORE, unexpectedError } from "./http/answer.ts";
import { asJsonp, preflight, trace, withCors, withGzip } from "./http/filters.ts";
import type {
  Answer,
  RequestProblem,
  ServiceEvent,
  ServiceRequest,
  ServiceResponse,
} from "./http/message.ts";
import type { Mount } from "./http/mount.ts";
import { type ParsedRequest, parseRequest } from "./http/parsed-request.ts";
import { ANONYMOUS, type Identification } from "./identify/identify.ts";

/** One row of the route table. The first row that matches a path handles the request. */
export interface Route {
  /** The name of the route in the events of `observe`. */
  readonly name: string;
  /** Returns the rest of a path that belongs to the route, or undefined for other paths. */
  readonly match: (path: string) => string | undefined;
  /**
   * The methods in the order of the `Allow` header; others are 405. OPTIONS is handled for every route that lists it,
   * and TRACE for every route. Absent if the endpoint handles all methods itself.
   */
  readonly methods?: readonly string[] | undefined;
  /** Responds to other methods. Default an empty 405 with `Allow`. */
  readonly otherMethod?: ((request: ParsedRequest) => Answer) | undefined;
  /** Returns a refusal, or undefined to go on. Not called for OPTIONS and TRACE. */
  readonly refuse?: ((request: ParsedRequest) => Answer | undefined) | undefined;
  /**
   * Present if requests are authenticated. A wrong password, signature or session is then a 401, whatever else the
   * request contains; a client certificate that failed is left to the endpoint (`who.failed`).
   */
  readonly api?: ApiContext | undefined;
  readonly endpoint: (call: ApiCall) => Promise<Answer>;
}

/** A handle server or resolver as a function. Mount it with an adapter. */
export interface HandleService {
  /** Handles one request. Never rejects. */
  respond(request: ServiceRequest): Promise<ServiceResponse>;
}

/** Matches a path and everything below it. */
export function below(base: string): Route["match"] {
  const parent = `${base}/`;
  return (path) => {
    if (path.startsWith(parent)) return path.slice(base.length);
    return path === base ? "" : undefined;
  };
}

/** Matches one path, with or without a trailing slash. */
export function exactly(path: string): Route["match"] {
  return (asked) => (asked === path || asked === `${path}/` ? "" : undefined);
}

/** The methods that are implemented; all others are 501. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"]);

/** The maximum length of a request line, in bytes: method, target and version. */
const MAX_REQUEST_LINE = 8192;
const CLOSE: HeaderLine = ["Connection", "close"];
const NO_SNIFF: HeaderLine = ["X-Content-Type-Options", "nosniff"];

/** The response to a request that an adapter could not read completely. */
function answerProblem({ status, message, cause }: RequestProblem): Answer {
  const responseCode = status === 500 ? RESPONSE_CODES.error : RESPONSE_CODES.protocolError;
  const error = status === 500 ? (cause ?? message) : undefined;
  return { ...answer({ responseCode, message }, { status, headers: [CLOSE] }), reason: message, error };
}

function uriTooLong(): Answer {
  return {
    status: 414,
    headers: [["Content-Type", "text/html;charset=utf-8"], CLOSE],
    body: encodeUtf8("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"),
  };
}

function allowOf({ methods = [] }: Route): HeaderLine {
  return ["Allow", methods.join(", ")];
}

function answerMethod(route: Route, call: ApiCall): Answer | Promise<Answer> {
  const { request } = call;
  const { method } = request;
  if (!METHODS.has(method)) {
    const message = `Unknown method ${method}`;
    return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status: 501 });
  }
  if (method === "TRACE") return trace(request);
  const { methods } = route;
  const isListed = methods === undefined || methods.includes(method);
  if (method === "OPTIONS" && methods !== undefined && isListed) return emptyAnswer(200, [allowOf(route)]);
  const refused = route.refuse?.(request);
  if (refused !== undefined) return refused;
  if (isListed) return route.endpoint(call);
  return route.otherMethod?.(request) ?? emptyAnswer(405, [allowOf(route)]);
}

function callbackOf(request: ParsedRequest): string | null {
  try {
    const { parameters } = request;
    return parameters.size === 0 ? null : parameters.get("callback");
  } catch {
    return null;
  }
}

async function answerRoute(route: Route, request: ParsedRequest, rest: string): Promise<Answer> {
  const { api } = route;
  if (api === undefined) return answerMethod(route, { request, rest, who: ANONYMOUS });
  // Any page can run the response to a GET with `callback` as a script, and read it that way.
  const callback = callbackOf(request);
  let who: Identification;
  try {
    who = callback ? ANONYMOUS : await api.identify(request);
  } catch (error) {
    return refusal(api, { request, rest, who: ANONYMOUS }, error);
  }
  const call = { request, rest, who };
  const { identity, scheme, failed, failedLogin, retryAfter } = who;
  if (retryAfter !== undefined) return { ...tooManyFailures(retryAfter), failedLogin };
  if (failed === "credentials" || failed === "session") {
    return { ...(await authenticationNeeded(api, call)), failedLogin };
  }
  const answered = asJsonp(await answerMethod(route, call), callback);
  // Nothing of an anonymous request has to be added.
  if (who === ANONYMOUS) return answered;
  return withProof(api, who, { failedLogin, ...answered, identity, scheme });
}

/**
 * Adds the headers that restrict what browsers and caches do with a response.
 *
 * @param isPrivate whether the request had a login
 */
function withPolicies(
  headers: ServiceResponse["headers"],
  isPrivate: boolean,
  hstsMaxAge: number | undefined,
): ServiceResponse["headers"] {
  const added = [...headers, NO_SNIFF];
  if (isPrivate && !headers.some(([name]) => name === NO_STORE[0])) added.push(NO_STORE);
  if (hstsMaxAge !== undefined) added.push(["Strict-Transport-Security", `max-age=${hstsMaxAge}`]);
  return added;
}

/** Options of {@link createResponder}. */
export interface ResponderOptions extends Pick<Mount, "basePath" | "origin"> {
  /** The `max-age` of Strict-Transport-Security, in seconds. */
  readonly hstsMaxAge?: number | undefined;
  readonly log: Logger | undefined;
  /** Called after each request. It is not waited for, and its errors are logged. */
  readonly observe: ((event: ServiceEvent) => void) | undefined;
}

/** Creates a function that returns ids of requests: a random beginning for each process, and a number. */
function createRequestIds(): () => string {
  const beginning = randomBytes(4).toString("hex");
  let count = 0;
  return () => `${beginning}-${++count}`;
}

/** The parts of an event of `observe` that are not in the answer. */
interface Seen {
  route: string | undefined;
}

/**
 * Creates a service from a route table: the first route that matches the path handles the request. Everything that holds
 * for all routes is here: problems of adapters, CORS, compression, and `observe`.
 */
export function createResponder(
  routes: readonly Route[],
  { basePath, origin, hstsMaxAge, log, observe }: ResponderOptions,
): HandleService {
  /** Returns the response to a request that no route has to see. */
  const answerUnrouted = (request: ServiceRequest): Answer | undefined => {
    if (request.method.length + request.target.length + " HTTP/1.1".length + 1 > MAX_REQUEST_LINE) {
      return uriTooLong();
    }
    const { problem } = request;
    if (problem === undefined) return preflight(request);
    return answerProblem(problem);
  };

  const answerUnknown = (parsed: ParsedRequest | undefined): Answer => {
    const message =
      parsed === undefined
        ? `This service is mounted under ${basePath}, and the path of the request does not begin with it`
        : `There is nothing at ${parsed.path}`;
    return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status: 404 });
  };

  const mount = { basePath, origin };
  const route = async (request: ServiceRequest, seen: Seen): Promise<Answer> => {
    const unrouted = answerUnrouted(request);
    if (unrouted !== undefined) return unrouted;
    const parsed = parseRequest(request, mount);
    if (parsed === undefined) return answerUnknown(parsed);
    for (const each of routes) {
      const rest = each.match(parsed.path);
      if (rest === undefined) continue;
      const answered = await withGzip(request, await answerRoute(each, parsed, rest));
      seen.route = each.name;
      return withCors(request, answered);
    }
    return answerUnknown(parsed);
  };

  const notify = (event: ServiceEvent): void => {
    const failed = (error: unknown) => log?.error("observe failed", { error });
    try {
      // An async function is assignable to the type of observe, and may reject.
      const observed: unknown = observe?.(event);
      if (observed !== undefined) Promise.resolve(observed).catch(failed);
    } catch (error) {
      failed(error);
    }
  };

  const nextId = createRequestIds();
  return {
    async respond(request) {
      const begun = observe === undefined ? 0 : performance.now();
      const seen: Seen = { route: undefined };
      let answered: Answer;
      try {
        answered = await route(request, seen);
      } catch (error) {
        answered = unexpectedError(error);
      }
      const { status, headers, body, text, identity, error } = answered;
      const id = nextId();
      if (error !== undefined) log?.error("unexpected error", { id, error });
      const { method, target, connection } = request;
      if (observe !== undefined) {
        const query = target.indexOf("?");
        const { scheme, account, failedLogin, handle, responseCode, reason } = answered;
        notify({
          id,
          route: seen.route,
          method,
          path: query < 0 ? target : target.slice(0, query),
          remoteAddress: connection.remoteAddress,
          identity,
          scheme,
          account,
          failedLogin,
          handle,
          status,
          responseCode,
          reason,
          milliseconds: performance.now() - begun,
          bytes: body.length,
        });
      }
      const isPrivate = identity !== undefined || request.headers.authorization !== undefined;
      return {
        status,
        headers: withPolicies(
          error === undefined ? headers : [...headers, ["X-Request-Id", id]],
          isPrivate,
          connection.secure ? hstsMaxAge : undefined,
        ),
        body,
        text,
      };
    },
  };
}
