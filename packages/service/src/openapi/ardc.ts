import { type JsonObject, type Paths, query } from "./parts.ts";

const XML: JsonObject = { "application/xml": { schema: { type: "string" } } };
const TEXT: JsonObject = { type: "string" };

const call = (operationId: string, more: JsonObject): JsonObject => ({
  operationId,
  tags: ["ardc"],
  summary: "Calls a service of the ARDC Handle service",
  description:
    "Only if the server is set up for it; otherwise such a path is a handle. Identifier, authDomain and App Id are in the XML of the body, or App Id and secret in Basic. A failure is XML too, with status 200 unless the server is set up otherwise.",
  parameters: [
    {
      name: "service",
      in: "path",
      required: true,
      description: "The service.",
      schema: {
        enum: [
          "mint",
          "addValue",
          "addValueByIndex",
          "modifyValueByIndex",
          "deleteValueByIndex",
          "getHandle",
          "listHandles",
          "getOwnerHandle",
          "addClient",
          "listClients",
        ],
      },
    },
    query("type", { enum: ["URL", "DESC"] }, "Of mint, addValue and addValueByIndex."),
    query("value", TEXT, "Of all that write a value; getHandle finds handles by it."),
    query("index", { type: "integer" }, "Of mint and the services that end with ByIndex."),
    query("handle", TEXT, "Of all about one handle."),
    query("startHandle", TEXT, "Of listHandles: the handle after which the page begins."),
    query("ip", TEXT, "Of addClient."),
    query("sharedSecret", TEXT, "Of addClient."),
    query("desc", TEXT, "Of addClient."),
    query("appId", TEXT, "Of addClient."),
  ],
  responses: {
    200: { description: "Success or failure, as XML.", content: XML },
    ...Object.fromEntries(
      [400, 401, 403, 404, 405, 429, 500].map((status) => [
        status,
        { description: "A failure, if the server is set up for such statuses.", content: XML },
      ]),
    ),
  },
  security: [{}, { basic: [] }],
  ...more,
});

/** /pids, the ARDC Handle service. */
export const ARDC: Paths = {
  "/pids/{service}": {
    get: call("callArdc", {}),
    post: call("callArdcByPost", { requestBody: { content: XML } }),
  },
};
