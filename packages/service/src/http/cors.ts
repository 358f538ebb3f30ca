import { emptyAnswer } from "../answer.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";

const METHODS = "GET,POST,HEAD,PUT,DELETE";
/** What scripts may read anyway, and what is about the exchange itself. */
const NOT_EXPOSED = new Set(["content-type", "vary", "expires", "cache-control", "last-modified"]);

/** The answer to a preflight; undefined when the request is none. */
export function preflight(request: ServiceRequest): ServiceResponse | undefined {
  const { origin, "access-control-request-method": method } = request.headers;
  if (request.method !== "OPTIONS" || origin === undefined || method === undefined) return undefined;
  if (!METHODS.split(",").includes(method)) return emptyAnswer(200);
  return emptyAnswer(200, [
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Max-Age", "86400"],
    ["Access-Control-Allow-Methods", METHODS],
    ["Access-Control-Allow-Headers", "X-Requested-With,Authorization,Origin,Accept,Content-Type,If-Match"],
  ]);
}

/** Lets scripts of any origin read an answer. No cookie is ever looked at, so that this gives nothing away. */
export function withCors(request: ServiceRequest, response: ServiceResponse): ServiceResponse {
  const { origin } = request.headers;
  if (origin === undefined) return response;
  const exposed = new Set(
    response.headers.map(([name]) => name).filter((name) => !NOT_EXPOSED.has(name.toLowerCase())),
  );
  return {
    ...response,
    headers: [
      ["Access-Control-Allow-Origin", origin],
      ["Vary", "Origin"],
      ["Access-Control-Expose-Headers", [...exposed, "Content-Length"].join(",")],
      ...response.headers,
    ],
  };
}
