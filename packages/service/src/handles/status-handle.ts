import { encodeValue, foldCase, RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { isServerAdmin, type ServiceContext } from "../context.ts";
import type { HandleCall } from "./handle-call.ts";
import { refuse } from "./refuse.ts";

/** The virtual handle that tells server administrators how the server is. */
export function isStatusHandle(handle: string): boolean {
  return foldCase(handle) === "0.SITE/STATUS";
}

/** The values of the status handle: none for the public, a refusal for users, two for server administrators. */
export function statusValues(context: ServiceContext, call: HandleCall): RecordValues {
  if (call.identity === undefined) return [];
  if (!isServerAdmin(context, call.identity)) throw refuse(RESPONSE_CODES.invalidAdmin, "", call.echo);
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
