import { errors, WITH_LOGIN } from "./errors.ts";
import {
  ANYBODY,
  formOrJson,
  inPath,
  type JsonObject,
  json,
  jsonp,
  LOGIN,
  type Paths,
  parameters,
  query,
} from "./parts.ts";

const PREFIX_IN_PATH = inPath("prefix", "The prefix, or its prefix handle.", "20.500.12345");
const PREFIX_IN_QUERY = query("prefix", { type: "string" }, "The prefix, or its prefix handle.");
const ONLY_ADMINISTRATORS = "For server administrators.";

const home = (operationId: string, more: JsonObject): JsonObject => ({
  operationId,
  tags: ["server"],
  summary: "Homes a prefix: the server is then responsible for its handles",
  description: `${ONLY_ADMINISTRATORS} It makes no prefix handle.`,
  ...more,
  responses: {
    200: { description: "It is homed.", content: json("Done") },
    ...errors(...WITH_LOGIN, 400, 403, 413),
  },
  security: LOGIN,
});

const unhome = (operationId: string, parameter: JsonObject): JsonObject => ({
  operationId,
  tags: ["server"],
  summary: "Unhomes a prefix: its handles stay in the store, and are not served",
  description: ONLY_ADMINISTRATORS,
  parameters: [parameter],
  responses: {
    200: { description: "It is not homed.", content: json("Done") },
    ...errors(...WITH_LOGIN, 400, 403),
  },
  security: LOGIN,
});

const base64 = (name: string, description: string): JsonObject =>
  query(name, { type: "string", contentEncoding: "base64" }, description, { required: true });

/** The paths about the server itself: prefixes, its site, verifications, and this document. */
export const SERVER: Paths = {
  "/api/prefixes": {
    get: {
      operationId: "listPrefixes",
      tags: ["server"],
      summary: "Lists the homed prefixes",
      description: ONLY_ADMINISTRATORS,
      parameters: parameters("page", "pageSize", "callback"),
      responses: {
        200: { description: "Their prefix handles.", content: jsonp("PrefixList") },
        ...errors(...WITH_LOGIN, 400, 403),
      },
      security: LOGIN,
    },
    post: home("homePrefix", {
      parameters: [PREFIX_IN_QUERY],
      requestBody: { content: formOrJson("PrefixQuery") },
    }),
    delete: unhome("unhomePrefix", PREFIX_IN_QUERY),
  },
  "/api/prefixes/{prefix}": {
    post: home("homePrefixInPath", { parameters: [PREFIX_IN_PATH] }),
    delete: unhome("unhomePrefixInPath", PREFIX_IN_PATH),
  },
  "/api/site": {
    get: {
      operationId: "getSite",
      tags: ["server"],
      summary: "Shows the HS_SITE data of the server, with its public key",
      parameters: parameters("callback"),
      responses: {
        200: { description: "The site.", content: jsonp("SiteAnswer") },
        ...errors(...WITH_LOGIN),
      },
      security: ANYBODY,
    },
  },
  "/api/verifications/{handle}": {
    get: {
      operationId: "verify",
      tags: ["server"],
      summary: "Checks whether a MAC was made with the HS_SECKEY value of an identity",
      description:
        "For other servers, which authenticate somebody whose key is here. An address may ask 600 times a minute unless the server is set up otherwise.",
      parameters: [
        inPath("handle", "The identity, or its handle with `index`.", "300:20.500.12345/USER1"),
        query("index", { type: "integer" }, "The index of the key, if the path has none."),
        base64("nonce", "The server's nonce."),
        base64("cnonce", "The client's nonce."),
        base64("signature", "The MAC over both."),
        query("alg", { type: "string" }, "The algorithm, as in a login.", { required: true }),
        query("salt", { type: "string", contentEncoding: "base64" }, "Of PBKDF2."),
        query("iterations", { type: "integer" }, "Of PBKDF2, at most 100,000."),
        query("length", { type: "integer" }, "Of the key of PBKDF2, in bits."),
        ...parameters("callback"),
      ],
      responses: {
        200: { description: "Whether it was.", content: jsonp("Verification") },
        ...errors(...WITH_LOGIN, 400, 404),
      },
      security: ANYBODY,
    },
  },
  "/api/openapi.json": {
    get: {
      operationId: "getOpenApi",
      tags: ["server"],
      summary: "Returns this document",
      parameters: parameters("callback"),
      responses: {
        200: { description: "OpenAPI 3.1.", content: jsonp("OpenApi") },
        ...errors(...WITH_LOGIN),
      },
      security: ANYBODY,
    },
  },
};
