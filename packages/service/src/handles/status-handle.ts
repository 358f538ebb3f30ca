import { DEFAULT_TTL, foldCase, RESPONSE_CODES } from "@handlekit/core";
import { answer } from "../answer.ts";
import { isServerAdmin, type ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import type { HandleCall } from "./handle-call.ts";
import { refuse } from "./refuse.ts";

/** The virtual handle that tells server administrators how the server is. */
export function isStatusHandle(handle: string): boolean {
  return foldCase(handle) === "0.SITE/STATUS";
}

/** Answers for the status handle: nothing to the public, a refusal to users, two values to server administrators. */
export function readStatus(context: ServiceContext, call: HandleCall): ServiceResponse {
  if (call.identity === undefined) {
    return answer(
      { responseCode: RESPONSE_CODES.valuesNotFound, values: [], handle: call.echo },
      { status: 200 },
    );
  }
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
  const value = (index: number, type: string, data: string) => ({
    index,
    type,
    data: { format: "string", value: data },
    permissions: "1100",
    ttl: DEFAULT_TTL,
  });
  const values = [
    value(1, "CNRI.SERVER_STATUS", text),
    value(3, "CNRI.REPLICATION_STATUS", '{"latestTxnId":0}'),
  ];
  return answer({ responseCode: RESPONSE_CODES.success, handle: call.echo, values });
}
