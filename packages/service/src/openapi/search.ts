import { errors } from "./errors.ts";
import { inPath, type JsonObject, json, type Paths, query, ref } from "./parts.ts";

const refused = (description: string): JsonObject => ({ description, content: json("SearchError") });

const PERMITTED: JsonObject = {
  401: {
    description: "A login is needed, or it failed. Browsers are not asked for Basic.",
    content: json("SearchError"),
  },
  403: refused("The user may search none of the prefixes, or the request is not over TLS."),
  ...errors(429),
  500: ref("responses/Failed"),
  501: refused("The store of this server cannot search."),
  503: { ...refused("The server is too busy."), headers: { "Retry-After": ref("headers/Retry-After") } },
};

const TERMS: JsonObject = {
  name: "types",
  in: "query",
  description:
    "Types with the text that a value of the type must be equal to, such as `URL=*example.org*`. Each `*` stands for any characters. A record must have a value for each type; if a type is repeated, one value must fit all of its texts. At most 100. Types that begin with `HS_` are refused.",
  style: "form",
  explode: true,
  schema: { type: "object", additionalProperties: { type: "string" } },
  example: { URL: "*example.org*" },
};

const search = (operationId: string, summary: string, first: readonly JsonObject[]): JsonObject => ({
  operationId,
  tags: ["search"],
  summary,
  description:
    "As the reverse look-up servlet (HRLS), which B2HANDLE and PYHANDLE ask. Only publicly readable values are searched and shown. Needs Basic over TLS: an identity with the permission to list the handles of the prefix, or an account of the server for searching.",
  parameters: [
    ...first,
    TERMS,
    query("limit", { type: "integer", minimum: 0, maximum: 100_000, default: 1000 }, "How many."),
    query("page", { type: "integer", minimum: 0, default: 0 }, "Leaves out `page` × `limit` handles."),
    query(
      "retrieverecords",
      { type: "boolean", default: false },
      "With one type: returns the publicly readable values, too.",
    ),
    query("enforcesql", { type: "boolean" }, "No effect."),
  ],
  responses: {
    200: { description: "What was found, prefix by prefix.", content: json("SearchAnswer") },
    400: refused("The search is malformed or too large."),
    ...PERMITTED,
    404: refused("The path goes on after the prefix."),
  },
  security: [{ basic: [] }],
});

/** /hrls, the reverse look-up. */
export const SEARCH: Paths = {
  "/hrls/handles": { get: search("searchHandles", "Searches all prefixes that the user may search", []) },
  "/hrls/handles/{prefix}": {
    get: search("searchPrefix", "Searches the handles of a prefix", [
      inPath("prefix", "The prefix, without a slash.", "20.500.12345"),
    ]),
  },
  "/hrls/ping": {
    get: {
      operationId: "pingSearch",
      tags: ["search"],
      summary: "Shows that a login may search",
      responses: {
        200: {
          description: "`OK` and a line feed.",
          content: { "text/plain": { schema: { type: "string" } } },
        },
        ...PERMITTED,
      },
      security: [{ basic: [] }],
    },
  },
};
