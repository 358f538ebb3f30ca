import { encodeValue, foldCase, RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import type { OnHandle, OperationContext } from "./context.ts";
import { isServerAdmin } from "./prefixes.ts";

/** Returns true for the virtual handle that shows the status of the server to server administrators. */
export function isStatusHandle(handle: string): boolean {
  return foldCase(handle) === "0.SITE/STATUS";
}

/**
 * Returns the values of the status handle: none for anonymous requests, two for server administrators.
 *
 * @throws HandleError response code 400 for other users
 */
export function statusValues(context: OperationContext, { identity, handle }: OnHandle): RecordValues {
  if (identity === undefined) return [];
  if (!isServerAdmin(context, identity)) {
    throw refuse(RESPONSE_CODES.invalidAdmin, "", handle, "The identity is not a server administrator");
  }
  const { heapTotal, heapUsed, rss } = process.memoryUsage();
  const { requests, since } = context.statistics;
  const text = [
    `freemem=${heapTotal - heapUsed}`,
    `totalmem=${heapTotal}`,
    `maxmem=${rss}`,
    `runtime=${context.now() - since}`,
    `numreqs=${requests}`,
  ].join("; ");
  return [
    encodeValue({ index: 1, type: "CNRI.SERVER_STATUS", data: text, permissions: "1100" }),
    encodeValue({
      index: 3,
      type: "CNRI.REPLICATION_STATUS",
      data: '{"latestTxnId":0}',
      permissions: "1100",
    }),
  ];
}
