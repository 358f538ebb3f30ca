import { ARDC } from "./ardc.ts";
import { ERROR_RESPONSES, errors, HEADERS } from "./errors.ts";
import { HANDLES, PARAMETERS } from "./handles.ts";
import { HISTORY } from "./history.ts";
import { type JsonObject, type Paths, ref } from "./parts.ts";
import { RESOLVER, RESOLVER_FORM, RESOLVER_PARAMETERS } from "./resolver.ts";
import { SCHEMAS } from "./schemas.ts";
import { SEARCH } from "./search.ts";
import { SERVER } from "./server.ts";
import { SESSIONS } from "./sessions.ts";

const DESCRIPTION = `The HTTP API of \`hdl-server\` and of the package \`@handlekit/service\`: the REST API of Handle.Net, and
beside it a resolver, the history of handles, the reverse look-up that B2HANDLE and PYHANDLE ask, and the ARDC Handle service.

- Logins count only over TLS. Over plain HTTP they are ignored, and what needs one is a 403.
- A login that fails is a 401 without a body, whatever the request asks for.
- HEAD is answered as GET, without the body. OPTIONS returns the methods of a path, or answers a CORS preflight: pages of
  every origin may read responses. TRACE returns the request without its secrets.
- Another method is a 405 with \`Allow\`, another path under \`/api\` a 404, an unknown method a 501.
- Before an operation is reached, a request can be refused with 400, 408, 413, 414, 431 or 505.
- Bodies from 1 KiB are compressed with gzip for clients that accept it.`;

const TAGS: readonly JsonObject[] = [
  { name: "handles", description: "Records: read, created, changed, removed, listed." },
  { name: "sessions", description: "Logins for several requests." },
  { name: "server", description: "Prefixes, the site, verifications, this document." },
  { name: "history", description: "Who changed a handle." },
  { name: "search", description: "Handles by their values." },
  { name: "resolver", description: "From a handle to its URL, for browsers." },
  { name: "ardc", description: "The ARDC Handle service, only if the server is set up for it." },
];

const SECURITY_SCHEMES: JsonObject = {
  basic: {
    type: "http",
    scheme: "basic",
    description:
      "The user is the percent-encoded reference, `300%3A20.500.12345/USER1`; the password is the text of that HS_SECKEY value.",
  },
  handle: {
    type: "http",
    scheme: "Handle",
    description:
      'A session, `Authorization: Handle sessionId="…"`, or an answer to the challenge of a 401, with the fields of the schema Login.',
  },
  certificate: {
    type: "mutualTLS",
    description:
      'A client certificate whose key is an HS_PUBKEY value of the handle that its subject names. It counts from the first request of the connection with `Authorization: Handle clientCert="true"`.',
  },
};

/** OPTIONS and TRACE, which every path of the API answers. Their logins are looked at, too. */
const EVERYWHERE: Readonly<Record<string, JsonObject>> = {
  options: {
    summary: "Returns the methods of the path",
    responses: { 200: ref("responses/Allow"), ...errors(401, 429) },
    security: [],
  },
  trace: {
    summary: "Returns the request, without its secrets",
    responses: { 200: ref("responses/Trace"), ...errors(401, 429) },
    security: [],
  },
};

const ALLOW: JsonObject = {
  description: "The methods, or the headers that answer a CORS preflight.",
  headers: { Allow: { schema: { type: "string" } } },
};
const TRACE: JsonObject = {
  description: "The request.",
  content: { "message/http": { schema: { type: "string" } } },
};

/** Adds HEAD to paths with GET. */
function withHead(paths: Paths, more: Readonly<Record<string, JsonObject>> = {}): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, { get, ...others }]) => {
      if (get === undefined) return [path, { ...others, ...more }];
      const { summary, parameters = [], responses = {}, security = [] } = get;
      const head = { summary: `${summary}: only the headers`, parameters, responses, security };
      return [path, { get, head, ...others, ...more }];
    }),
  );
}

/**
 * Describes the HTTP API as OpenAPI 3.1.
 *
 * @param server the URL of the server; `/`, or the path under which it is mounted, for the one that the document is from
 */
export function describeApi(server: string): JsonObject {
  return {
    openapi: "3.1.0",
    info: {
      title: "hdl-server",
      summary: "A handle server",
      description: DESCRIPTION,
      version: "1",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: server }],
    tags: TAGS,
    paths: {
      ...withHead({ ...HANDLES, ...SESSIONS, ...SERVER, ...HISTORY, ...SEARCH }, EVERYWHERE),
      ...withHead({ ...RESOLVER, ...ARDC }),
    },
    components: {
      schemas: { ...SCHEMAS, ResolverForm: RESOLVER_FORM },
      parameters: { ...PARAMETERS, ...RESOLVER_PARAMETERS },
      responses: { ...ERROR_RESPONSES, Allow: ALLOW, Trace: TRACE },
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}
