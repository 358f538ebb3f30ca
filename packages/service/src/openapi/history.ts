import { errors, WITH_LOGIN } from "./errors.ts";
import { jsonp, LOGIN, type Paths, parameters, query, ref } from "./parts.ts";

/** /hdl-server/history. */
export const HISTORY: Paths = {
  "/hdl-server/history/{handle}": {
    get: {
      operationId: "getHistory",
      tags: ["history"],
      summary: "Lists the changes of a handle, also of one that was removed",
      description:
        "Needs the permission to read values. A removed handle is judged by its last state. Changes of a time in which the user could not have read the record are left out. `hdl history` shows it, and brings earlier states back.",
      parameters: [
        ref("parameters/handle"),
        query("limit", { type: "integer", minimum: 1, default: 100 }, "How many, at most 1,000."),
        query("before", { type: "integer", minimum: 1 }, "Only entries with a smaller number."),
        ...parameters("callback"),
      ],
      responses: {
        200: { description: "The changes.", content: jsonp("History") },
        ...errors(...WITH_LOGIN, 400, 403, 404, 501),
      },
      security: LOGIN,
    },
  },
};
