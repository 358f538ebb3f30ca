import type { RecordValues } from "@handlekit/core/store";
import { type ArdcAnswer, type ArdcFailure, fail, isFailure, notANumber } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readIndex, readParameters, typeNotSupported } from "../parameters.ts";
import { isUrl } from "../records/is-url.ts";
import { isReserved, isWritable, textValue } from "../records/values.ts";
import { changeOwned } from "./change-owned.ts";

const NOT_ADDED = "Failed to add value. Ensure URL values are valid.";

interface Addition {
  readonly handle: string;
  readonly type: string;
  readonly value: string;
  /** The index, or why there is none. */
  readonly place: (values: RecordValues) => number | ArdcFailure;
}

const uses = (values: RecordValues, index: number) => values.some((value) => value.index === index);

function lowestFree(values: RecordValues): number {
  let index = 1;
  while (isReserved(index) || uses(values, index)) index++;
  return index;
}

function add(context: ArdcContext, call: OwnerCall, addition: Addition): Promise<ArdcAnswer> {
  const { handle, type, value, place } = addition;
  return changeOwned(context, call.owner, {
    handle,
    decide(values) {
      const index = place(values);
      if (isFailure(index)) return index;
      if (type === "URL" && !isUrl(value)) return fail(NOT_ADDED);
      const added = textValue(index, type, value, Math.floor(context.now() / 1000));
      return [...values, added].sort((a, b) => a.index - b.index);
    },
    done: "Successfully updated handle",
    broken: NOT_ADDED,
  });
}

/** addValue: another value, at the lowest index that is free. */
export async function addValue(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["handle", "type", "value"]);
  if (isFailure(parameters)) return parameters;
  const { handle, type, value } = parameters;
  if (handle === undefined || type === undefined || value === undefined) {
    return fail("Handle, type and value must be specified");
  }
  if ([handle, type, value].some(isBlank)) return fail("All parameters must have values");
  if (!isWritable(type)) return typeNotSupported(type);
  return add(context, call, { handle, type, value, place: lowestFree });
}

/** addValueByIndex: another value, at an index that must be free. */
export async function addValueByIndex(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["handle", "type", "value", "index"]);
  if (isFailure(parameters)) return parameters;
  const { handle, type, value, index } = parameters;
  if (handle === undefined || type === undefined || value === undefined || index === undefined) {
    return fail("Handle, type, value and index must be specified");
  }
  if ([handle, type, value, index].some(isBlank)) return fail("All parameters must have values");
  if (!/^\d+$/.test(index)) return fail("Index must be numeric");
  if (!isWritable(type)) return typeNotSupported(type);
  const place = (values: RecordValues) => {
    const number = readIndex(index);
    if (number === undefined) return notANumber(index);
    const taken = isReserved(number) || uses(values, number);
    return taken ? fail("Request Failed. Index is reserved or in use") : number;
  };
  return add(context, call, { handle, type, value, place });
}
