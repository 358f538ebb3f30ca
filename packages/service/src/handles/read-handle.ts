import { decodeValue, foldCase, handleKey, RESPONSE_CODES, VALUE_PERMISSIONS } from "@handlekit/core";
import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import { flag } from "../target.ts";
import { assertAllowed, assertIdentified } from "./authorised.ts";
import { entityTag } from "./entity-tag.ts";
import type { HandleCall } from "./handle-call.ts";
import { readIndexes } from "./indexes.ts";
import { refuse } from "./refuse.ts";
import { isStatusHandle, statusValues } from "./status-handle.ts";
import { isPublic, withSafePermissions } from "./visible.ts";

/** `T` selects the type T, `T.` the type T and all its subtypes, in any case. */
function typeFilter(types: readonly string[]): (value: StoredValue) => boolean {
  const wanted = types.map(foldCase);
  return ({ type }) => {
    const folded = foldCase(type);
    return wanted.some(
      (w) => folded === w || (w.endsWith(".") && (`${folded}.` === w || folded.startsWith(w))),
    );
  };
}

/** The values that `index` and `type` parameters select: those that fit either; all when there are none. */
export function selectValues(values: RecordValues, parameters: URLSearchParams): RecordValues {
  const indexes = readIndexes(parameters);
  const types = parameters.getAll("type");
  if (indexes.length === 0 && types.length === 0) return values;
  const ofType = typeFilter(types);
  return values.filter((value) => indexes.includes(value.index) || ofType(value));
}

/** Reads what a caller may see of a selection. */
async function visibleValues(
  context: ServiceContext,
  call: HandleCall,
  selected: RecordValues,
): Promise<RecordValues> {
  const hidden = selected.filter((value) => !isPublic(value));
  const publicOnly = flag(call.parameters, "publicOnly") ?? call.identity === undefined;
  if (publicOnly) return selected.filter(isPublic);
  if (hidden.length === 0) return selected;
  assertIdentified(call);
  if (hidden.some((value) => (value.permissions & VALUE_PERMISSIONS.adminRead) === 0)) {
    throw refuse(RESPONSE_CODES.insufficientPermissions, "", call.echo);
  }
  await assertAllowed(context, call, { name: "read" });
  return selected;
}

/**
 * GET /api/handles/{handle}: the values selected by `index` and `type` (either fits), the public ones or,
 * for who may read them, all.
 *
 * @throws HandleError with a response code: 4, 102, 301, 100, 402, 400, 401
 */
export async function readHandle(context: ServiceContext, call: HandleCall): Promise<ServiceResponse> {
  const { echo, parameters } = call;
  readIndexes(parameters);
  if (echo === "") throw refuse(RESPONSE_CODES.invalidHandle, "Empty handle invalid");
  const pretty = flag(parameters, "pretty") ?? false;
  if (isStatusHandle(call.handle)) {
    const shown = statusValues(context, call);
    const selected = selectValues(flag(parameters, "publicOnly") ? [] : shown, parameters);
    return recordAnswer(echo, selected, { pretty });
  }
  await context.homed.assert(call.handle, echo);
  const record = await context.store.read(handleKey(call.handle));
  if (record === undefined) throw refuse(RESPONSE_CODES.handleNotFound, "", echo);

  const visible = await visibleValues(context, call, selectValues(record.values, parameters));
  const headers = [["ETag", entityTag(record.revision)] as const];
  return recordAnswer(echo, visible.map(withSafePermissions), { pretty, headers });
}

function recordAnswer(
  echo: string,
  shown: RecordValues,
  how: NonNullable<Parameters<typeof answer>[1]>,
): ServiceResponse {
  const values = shown.map(decodeValue);
  return values.length === 0
    ? answer({ responseCode: RESPONSE_CODES.valuesNotFound, values, handle: echo }, { ...how, status: 200 })
    : answer({ responseCode: RESPONSE_CODES.success, handle: echo, values }, how);
}
