import { flag, inPath, type JsonObject, type Paths, parameters, query, ref } from "./parts.ts";

const TEXT: JsonObject = { schema: { type: "string" } };
const PAGE: JsonObject = { "text/html": TEXT };
const LOCATION: JsonObject = { Location: ref("headers/Location") };

const RESOLVED: JsonObject = {
  200: {
    description:
      "The record as a page, if it has no URL or was asked for; the URLs with `action=showurls`; JSON with `action=api`.",
    content: { ...PAGE, "text/xml": TEXT, "application/json": { schema: ref("schemas/RecordAnswer") } },
  },
  301: { description: "The handle is an alias: the address of the other one.", headers: LOCATION },
  302: { description: "The URL of the handle.", headers: LOCATION, content: PAGE },
  400: {
    description: "The prefix does not live here, or `urlappend` would lead to another server.",
    content: PAGE,
  },
  404: { description: "There is no such handle, or a chain of aliases does not end.", content: PAGE },
  500: { description: "The server failed.", content: PAGE },
  503: { description: "The server is too busy.", content: PAGE },
};

const strings: JsonObject = { type: "array", items: { type: "string" } };

/** The parameters of the resolver that the REST API does not have. */
export const RESOLVER_PARAMETERS: JsonObject = {
  noredirect: flag("noredirect", "Shows the record as a page. It counts with any value, also `false`."),
  action: query(
    "action",
    { enum: ["redirect", "showvalues", "showurls", "metadata", "api"] },
    "What to return. Default `redirect`; `showvalues` is `noredirect`; `metadata` redirects to the location with that role.",
  ),
  ignore_aliases: flag(
    "ignore_aliases",
    "Resolves the handle itself, not the one that its HS_ALIAS names. It counts with any value.",
  ),
  locatt: query(
    "locatt",
    strings,
    "`attribute:value`: chooses the location of `10320/loc` with this attribute.",
  ),
  country: query(
    "country",
    { type: "string" },
    "The country code of the client, for locations of a country.",
  ),
  urlappend: query("urlappend", { type: "string" }, "A text to append to the URL."),
  nocert: flag("nocert", "No effect."),
};

const QUESTION = parameters("index", "type", ...Object.keys(RESOLVER_PARAMETERS), "auth", "cert");
const HDL = query("hdl", { type: "string" }, "The handle, if the path has none.");
const HANDLE = inPath(
  "handle",
  "The handle, percent-encoded, also with `hdl:`, `doi:` or the address of a resolver before it. Its slashes may be written as they are.",
  "20.500.12345/abc",
);

const resolve = (operationId: string, summary: string, first: JsonObject): JsonObject => ({
  operationId,
  tags: ["resolver"],
  summary,
  parameters: [first, ...QUESTION],
  responses: RESOLVED,
  security: [],
});

const byForm = (operationId: string, first: JsonObject): JsonObject => ({
  ...resolve(operationId, "Resolves the handle of a form", first),
  requestBody: { content: { "application/x-www-form-urlencoded": { schema: ref("schemas/ResolverForm") } } },
});

/** The schema of the resolver's form. */
export const RESOLVER_FORM: JsonObject = {
  type: "object",
  description: "The parameters of the query may be in the form, too.",
  properties: { hdl: { type: "string", description: "The handle." } },
  additionalProperties: { type: "string" },
};

/** The resolver. */
export const RESOLVER: Paths = {
  "/": {
    get: resolve("getForm", "Shows a form, or resolves the handle of `hdl`", HDL),
    post: byForm("resolveForm", HDL),
  },
  "/{handle}": {
    get: resolve("resolve", "Redirects to the URL of a handle", HANDLE),
    post: byForm("resolveByPost", HANDLE),
  },
};
