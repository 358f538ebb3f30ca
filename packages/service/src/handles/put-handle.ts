import { randomUUID } from "node:crypto";
import { RESPONSE_CODES } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import { askWhether, assertAllowed, assertIdentified, type IdentifiedCall } from "./authorised.ts";
import { changeRecord } from "./change-record.ts";
import type { HandleCall } from "./handle-call.ts";
import { readIndexes } from "./indexes.ts";
import { assertIndexes, readPutBody } from "./put-body.ts";
import { refuse } from "./refuse.ts";

function done(call: HandleCall, created: boolean): ServiceResponse {
  return answer({ responseCode: RESPONSE_CODES.success, handle: call.echo }, { status: created ? 201 : 200 });
}

const isTrue = (text: string | null) => text?.toLowerCase() === "true";

/** Replacing needs the permission for each difference, or else those to delete the handle and to create it. */
async function assertMayReplace(
  context: ServiceContext,
  call: IdentifiedCall,
  before: RecordValues,
  after: RecordValues,
): Promise<void> {
  const change = await askWhether(context, call, { name: "change", before, after });
  if (change.allowed) return;
  await assertAllowed(context, call, { name: "delete" });
  await assertAllowed(context, call, { name: "create" });
}

async function putRecord(
  context: ServiceContext,
  call: HandleCall,
  values: readonly StoredValue[],
  overwrite: boolean,
): Promise<ServiceResponse> {
  await context.homed.assert(call.handle, call.echo);
  assertIndexes(values, call.echo);
  const before = await changeRecord(context, call, async (existing) => {
    if (existing !== undefined && !overwrite) throw refuse(RESPONSE_CODES.handleAlreadyExists, "", call.echo);
    assertIdentified(call);
    if (existing === undefined) await assertAllowed(context, call, { name: "create" });
    else await assertMayReplace(context, call, existing, values);
    return values;
  });
  return done(call, before === undefined);
}

async function putValues(
  context: ServiceContext,
  call: HandleCall,
  values: readonly StoredValue[],
  overwrite: boolean,
): Promise<ServiceResponse> {
  await context.homed.assert(call.handle, call.echo);
  if (values.length === 0) throw refuse(RESPONSE_CODES.invalidValue, "Value list was empty", call.echo);
  assertIndexes(values, call.echo);
  const written = new Set(values.map((value) => value.index));
  const before = await changeRecord(context, call, async (existing) => {
    assertIdentified(call);
    if (existing === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", call.echo);
    const conflict = existing.find((value) => written.has(value.index));
    if (conflict !== undefined && !overwrite) {
      throw refuse(RESPONSE_CODES.valueAlreadyExists, `Index conflict for ${conflict.index}`, call.echo);
    }
    const after = [...existing.filter((value) => !written.has(value.index)), ...values];
    await assertAllowed(context, call, { name: "change", before: existing, after });
    return after.sort((a, b) => a.index - b.index);
  });
  return done(call, !before?.some((value) => written.has(value.index)));
}

/**
 * PUT /api/handles/{handle}: without `index` creates or replaces the record, with it (numbers, or `various`) adds or
 * replaces those values and touches no other. `overwrite=false` only adds; `mintNewSuffix=true` takes the path as the
 * beginning of a new handle.
 *
 * @throws HandleError with a response code: 4, 301, 202, 201, 101, 402, 100, 400
 */
export async function putHandle(context: ServiceContext, call: HandleCall): Promise<ServiceResponse> {
  const { parameters } = call;
  const values = readPutBody(call.request, call.echo);
  const overwrite = isTrue(parameters.get("overwrite") ?? "true");
  if (isTrue(parameters.get("mintNewSuffix"))) {
    const minted = `${call.echo}${randomUUID()}`;
    return putRecord(context, { ...call, handle: minted, echo: minted }, values, false);
  }
  if (!parameters.has("index")) return putRecord(context, call, values, overwrite);
  if (!parameters.getAll("index").includes("various")) {
    const named = new Set(readIndexes(parameters));
    const given = new Set(values.map((value) => value.index));
    if (named.size !== given.size || [...named].some((index) => !given.has(index))) {
      throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Mismatched indexes in PUT request");
    }
  }
  return putValues(context, call, values, overwrite);
}
