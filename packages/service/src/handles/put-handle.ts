import { RESPONSE_CODES, type ValueReference } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { askWhether, assertAllowed, assertIdentified } from "./authorised.ts";
import { changeRecord } from "./change-record.ts";
import { readIndexes } from "./indexes.ts";
import { assertIndexes, readPutBody } from "./put-body.ts";
import { refuse } from "./refuse.ts";

function done(handle: string, created: boolean): ServiceResponse {
  return answer({ responseCode: RESPONSE_CODES.success, handle }, { status: created ? 201 : 200 });
}

/** Replacing needs the permission for each difference, or else those to delete the handle and to create it. */
async function assertMayReplace(
  context: ServiceContext,
  identity: ValueReference,
  handle: string,
  before: RecordValues,
  after: RecordValues,
): Promise<void> {
  const change = await askWhether(context, identity, { name: "change", before, after }, handle);
  if (change.allowed) return;
  await assertAllowed(context, identity, { name: "delete" }, handle);
  await assertAllowed(context, identity, { name: "create" }, handle);
}

async function putRecord(
  context: ServiceContext,
  handle: string,
  values: readonly StoredValue[],
  overwrite: boolean,
  identity: ValueReference | undefined,
): Promise<ServiceResponse> {
  await context.assertHomed(handle);
  assertIndexes(values, handle);
  const before = await changeRecord(context, handle, async (existing) => {
    if (existing !== undefined && !overwrite) throw refuse(RESPONSE_CODES.handleAlreadyExists, "", handle);
    assertIdentified(identity, handle);
    if (existing === undefined) await assertAllowed(context, identity, { name: "create" }, handle);
    else await assertMayReplace(context, identity, handle, existing, values);
    return values;
  });
  return done(handle, before === undefined);
}

async function putValues(
  context: ServiceContext,
  handle: string,
  values: readonly StoredValue[],
  overwrite: boolean,
  identity: ValueReference | undefined,
): Promise<ServiceResponse> {
  await context.assertHomed(handle);
  if (values.length === 0) throw refuse(RESPONSE_CODES.invalidValue, "Value list was empty", handle);
  assertIndexes(values, handle);
  assertIdentified(identity, handle);
  const written = new Set(values.map((value) => value.index));
  const before = await changeRecord(context, handle, async (existing) => {
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", handle);
    const conflict = existing.find((value) => written.has(value.index));
    if (conflict !== undefined && !overwrite) {
      throw refuse(RESPONSE_CODES.valueAlreadyExists, `Index conflict for ${conflict.index}`, handle);
    }
    const after = [...existing.filter((value) => !written.has(value.index)), ...values];
    await assertAllowed(context, identity, { name: "change", before: existing, after }, handle);
    return after.sort((a, b) => a.index - b.index);
  });
  return done(handle, !before?.some((value) => written.has(value.index)));
}

/**
 * PUT /api/handles/{handle}: without `index` creates or replaces the record, with it (numbers, or `various`) adds or
 * replaces those values and touches no other. `overwrite=false` only adds.
 *
 * @throws HandleError with a response code: 4, 301, 202, 201, 101, 402, 100, 400
 */
export async function putHandle(
  context: ServiceContext,
  handle: string,
  query: URLSearchParams,
  request: ServiceRequest,
  identity: ValueReference | undefined,
): Promise<ServiceResponse> {
  const values = readPutBody(request, handle);
  const overwrite = (query.get("overwrite") ?? "true").toLowerCase() === "true";
  if (!query.has("index")) return putRecord(context, handle, values, overwrite, identity);
  if (!query.getAll("index").includes("various")) {
    const named = new Set(readIndexes(query));
    const given = new Set(values.map((value) => value.index));
    if (named.size !== given.size || [...named].some((index) => !given.has(index))) {
      throw refuse(RESPONSE_CODES.protocolError, "Mismatched indexes in PUT request");
    }
  }
  return putValues(context, handle, values, overwrite, identity);
}
