import { errors, WITH_LOGIN } from "./errors.ts";
import {
  ANYBODY,
  flag,
  formOrJson,
  inPath,
  type JsonObject,
  json,
  jsonp,
  LOGIN,
  type Paths,
  parameters,
  query,
  ref,
} from "./parts.ts";

const HANDLE = ref("parameters/handle");
const INDEXES: JsonObject = { type: "array", items: { type: "integer" } };

/** The parameters that several operations have. */
export const PARAMETERS: JsonObject = {
  handle: inPath(
    "handle",
    "The handle, percent-encoded. Its slashes may be written as they are: everything after the slash before it is the handle. A prefix alone stands for its prefix handle.",
    "20.500.12345/abc",
  ),
  index: query("index", INDEXES, "Selects the values at these indexes."),
  type: query(
    "type",
    { type: "array", items: { type: "string" } },
    "Selects the values of these types, in any case; `T.` also the subtypes of T. With `index` it selects more.",
  ),
  publicOnly: flag(
    "publicOnly",
    "Whether to leave hidden values out. Default true without a login, false with one.",
  ),
  pretty: flag("pretty", "Whether to indent the JSON."),
  auth: flag("auth", "No effect: this server is authoritative."),
  cert: flag("cert", "No effect."),
  callback: query(
    "callback",
    { type: "string" },
    "The name of a function that the response calls with its JSON (JSONP). The request then has no login.",
  ),
  page: query("page", { type: "integer" }, "The page, from 0. Without `pageSize` everything is returned."),
  pageSize: query("pageSize", { type: "integer" }, "How many are on a page. 0 returns only their number."),
  "If-Match": {
    name: "If-Match",
    in: "header",
    description: "ETags. The record is only changed if it is in one of these revisions.",
    schema: { type: "string" },
  },
};

const READ = parameters("index", "type", "publicOnly", "pretty", "auth", "cert", "callback");
const LIST = [
  query("prefix", { type: "string" }, "The prefix, or its prefix handle.", { required: true }),
  ...parameters("page", "pageSize", "callback"),
];

const RECORD: JsonObject = {
  responseCode: 1,
  handle: "20.500.12345/abc",
  values: [
    {
      index: 1,
      type: "URL",
      data: { format: "string", value: "https://example.org/" },
      ttl: 86_400,
      timestamp: "2026-01-02T03:04:05Z",
    },
  ],
};

const READ_RESPONSES: JsonObject = {
  200: {
    description: "The values, or that there are none.",
    headers: { ETag: ref("headers/ETag") },
    content: jsonp("RecordAnswer", { example: RECORD }),
  },
  ...errors(...WITH_LOGIN, 400, 403, 404),
};

const LIST_RESPONSES: JsonObject = {
  200: { description: "The handles.", content: jsonp("HandleList") },
  ...errors(...WITH_LOGIN, 400, 403),
};

const done = (description: string): JsonObject => ({ description, content: json("Done") });

/** /api/handles. */
export const HANDLES: Paths = {
  "/api/handles": {
    get: {
      operationId: "listHandles",
      tags: ["handles"],
      summary: "Lists the handles of a prefix",
      description: "Needs the permission to list handles in an HS_ADMIN value of the prefix handle.",
      parameters: LIST,
      responses: LIST_RESPONSES,
      security: LOGIN,
    },
    post: {
      operationId: "listHandlesByPost",
      tags: ["handles"],
      summary: "Lists the handles of a prefix, with parameters in the body",
      parameters: LIST.map((each) => ("required" in each ? { ...each, required: false } : each)),
      requestBody: { content: formOrJson("ListQuery") },
      responses: { ...LIST_RESPONSES, ...errors(413) },
      security: LOGIN,
    },
  },
  "/api/handles/{handle}": {
    get: {
      operationId: "getRecord",
      tags: ["handles"],
      summary: "Reads a record",
      description:
        "Everybody reads public values. Hidden ones are left out without a login, and with one they need the permission to read values. `0.SITE/STATUS` is the status of the server, for server administrators.",
      parameters: [HANDLE, ...READ],
      responses: READ_RESPONSES,
      security: ANYBODY,
    },
    post: {
      operationId: "getRecordByPost",
      tags: ["handles"],
      summary: "Reads a record, with parameters in the body",
      description: "It never changes anything.",
      parameters: [HANDLE, ...READ],
      requestBody: { content: formOrJson("RecordQuery") },
      responses: { ...READ_RESPONSES, ...errors(413) },
      security: ANYBODY,
    },
    put: {
      operationId: "putRecord",
      tags: ["handles"],
      summary: "Creates or replaces a record, or adds or replaces values",
      description:
        "Without `index` the record becomes what the body says. With it only the values at these indexes are added or replaced; the others stay. To create needs the permission to add handles in an HS_ADMIN value of the prefix handle; to change, the permission for each difference in one of the record, or to delete the handle and to add it again. At most 10,000 values, and 4 MiB of data.",
      parameters: [
        HANDLE,
        query(
          "index",
          { type: "array", items: { anyOf: [{ type: "integer" }, { const: "various" }] } },
          "The indexes of the values in the body, exactly these; or `various`, for those that it has.",
        ),
        query(
          "overwrite",
          { type: "boolean", default: true },
          "`false` only creates the record, or with `index` only adds values.",
        ),
        query(
          "mintNewSuffix",
          { type: "boolean", default: false },
          "`true` creates a new handle, which begins with that of the path and ends with a UUID.",
        ),
        ...parameters("If-Match"),
      ],
      requestBody: {
        required: true,
        content: json("RecordInput", {
          example: [{ index: 1, type: "URL", data: "https://example.org/" }],
        }),
      },
      responses: {
        200: done("The record existed, or with `index` one of the values."),
        201: done("The record is new, or with `index` all of the values."),
        ...errors(...WITH_LOGIN, 400, 403, 404, 409, 412, 413),
      },
      security: LOGIN,
    },
    delete: {
      operationId: "deleteRecord",
      tags: ["handles"],
      summary: "Removes a record, or values of it",
      description:
        "With `index` these values are removed, or none if one of them is absent (400 with response code 200). Needs the permission to delete the handle, or to remove the values.",
      parameters: [
        HANDLE,
        query("index", INDEXES, "Removes only the values at these indexes."),
        ...parameters("If-Match"),
      ],
      responses: { 200: done("It is removed."), ...errors(...WITH_LOGIN, 400, 403, 404, 412) },
      security: LOGIN,
    },
  },
};
