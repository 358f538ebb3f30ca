import { RESPONSE_CODES } from "@handlekit/core";
import type { ApiContext, Endpoint } from "./endpoints/context.ts";
import { handlesEndpoint } from "./endpoints/handles.ts";
import { historyEndpoint } from "./endpoints/history.ts";
import { createOpenApiEndpoint } from "./endpoints/openapi.ts";
import { prefixesEndpoint } from "./endpoints/prefixes.ts";
import { pingEndpoint, searchEndpoint } from "./endpoints/search.ts";
import { sessionsEndpoint } from "./endpoints/sessions.ts";
import { siteEndpoint } from "./endpoints/site.ts";
import { verificationsEndpoint } from "./endpoints/verifications.ts";
import { answer, emptyAnswer } from "./http/answer.ts";
import type { Answer } from "./http/message.ts";
import type { ParsedRequest } from "./http/parsed-request.ts";
import { below, exactly, type Route } from "./routes.ts";

const READ = ["GET", "HEAD"];

function unknownEndpoint(status: number): (request: ParsedRequest) => Answer {
  return ({ method, path }) => {
    const message = `Unknown HTTP API endpoint ${method} ${path}`;
    return answer({ responseCode: RESPONSE_CODES.protocolError, message }, { status });
  };
}

/**
 * The rows of the REST API of Handle.Net, and of the reverse look-up servlet beside it. `openapi/` describes each: a test
 * compares paths and methods.
 */
export function apiRoutes(api: ApiContext): readonly Route[] {
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
    row("/api/openapi.json", exactly("/api/openapi.json"), READ, createOpenApiEndpoint(api.linkBase)),
    row("/hdl-server/history/{handle}", below("/hdl-server/history"), READ, historyEndpoint),
    row("/hrls/handles/{prefix}", below("/hrls/handles"), READ, searchEndpoint, search),
    row("/hrls/ping", exactly("/hrls/ping"), READ, pingEndpoint, search),
    // Last, because it matches every path of the API.
    row("/api", below("/api"), [], async (_, { request }) => unknownEndpoint(404)(request), {
      methods: undefined,
    }),
  ];
}
