import { RESPONSE_CODES, type ValueReference } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import { assertAllowed, assertIdentified } from "./authorised.ts";
import { changeRecord } from "./change-record.ts";
import { readIndexes } from "./indexes.ts";
import { refuse } from "./refuse.ts";

function without(existing: RecordValues, indexes: readonly number[], handle: string): RecordValues {
  const missing = indexes.find((index) => !existing.some((value) => value.index === index));
  if (missing !== undefined) {
    throw refuse(RESPONSE_CODES.valuesNotFound, `There is no value at index ${missing}`, handle);
  }
  return existing.filter((value) => !indexes.includes(value.index));
}

/**
 * DELETE /api/handles/{handle}: without `index` removes the record, with it those values; if any is absent, none.
 *
 * @throws HandleError with a response code: 4, 301, 402, 100, 200, 400
 */
export async function deleteHandle(
  context: ServiceContext,
  handle: string,
  query: URLSearchParams,
  identity: ValueReference | undefined,
): Promise<ServiceResponse> {
  const indexes = readIndexes(query);
  const whole = !query.has("index");
  if (!whole) await context.assertHomed(handle);
  assertIdentified(identity, handle);
  await changeRecord(context, handle, async (existing) => {
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", handle);
    if (whole) {
      await assertAllowed(context, identity, { name: "delete" }, handle);
      return null;
    }
    const after = without(existing, indexes, handle);
    await assertAllowed(context, identity, { name: "change", before: existing, after }, handle);
    return after;
  });
  return answer({ responseCode: RESPONSE_CODES.success, handle });
}
