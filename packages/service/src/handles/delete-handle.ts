import { RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import { assertAllowed, assertIdentified } from "./authorised.ts";
import { changeRecord } from "./change-record.ts";
import type { HandleCall } from "./handle-call.ts";
import { readIndexes } from "./indexes.ts";
import { refuse } from "./refuse.ts";

function without(existing: RecordValues, indexes: readonly number[], call: HandleCall): RecordValues {
  const missing = indexes.find((index) => !existing.some((value) => value.index === index));
  if (missing !== undefined) throw refuse(RESPONSE_CODES.valuesNotFound, "", call.echo);
  return existing.filter((value) => !indexes.includes(value.index));
}

/**
 * DELETE /api/handles/{handle}: without `index` removes the record, with it those values; if any is absent, none.
 *
 * @throws HandleError with a response code: 4, 301, 402, 100, 200, 400
 */
export async function deleteHandle(context: ServiceContext, call: HandleCall): Promise<ServiceResponse> {
  const indexes = readIndexes(call.parameters);
  const whole = !call.parameters.has("index");
  if (!whole) await context.homed.assert(call.handle, call.echo);
  await changeRecord(context, call, async (existing) => {
    assertIdentified(call);
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", call.echo);
    if (whole) {
      await assertAllowed(context, call, { name: "delete" });
      return null;
    }
    const after = without(existing, indexes, call);
    await assertAllowed(context, call, { name: "change", before: existing, after });
    return after;
  });
  return answer({ responseCode: RESPONSE_CODES.success, handle: call.echo });
}
