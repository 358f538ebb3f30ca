import type { RecordValues, StoredValue } from "@handlekit/core/store";
import { type ArdcAnswer, type ArdcFailure, fail, isFailure, notANumber } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readIndex, readParameters, typeNotSupported } from "../parameters.ts";
import { isUrl } from "../records/is-url.ts";
import { isReserved, isShown, isWritable, textValue, withText } from "../records/values.ts";
import { changeOwned } from "./change-owned.ts";

const NOT_ADDED = "Failed to add value. Ensure URL values are valid.";

interface Addition {
  readonly handle: string;
  readonly type: string;
  readonly value: string;
  /** Returns the index of the new value, or a failure. */
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

/** addValue: adds a value at the lowest free index. */
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

/** addValueByIndex: adds a value at an index, which must be free. */
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

const NOT_MODIFIED = "Failed to modify value. Ensure URL values are valid.";
const NOT_MODIFIABLE =
  "Either this type of value is not allowed to be modified, a value does not exist at the provided index, or the value is not valid for the type";
const NOT_DELETABLE =
  "Either this type of value is not allowed to be deleted, or a value does not exist at the provided index";
const NO_INDEX = fail("Invalid value provided for index");

const at = (index: number) => (value: StoredValue) => value.index === index && isShown(value);

/** modifyValueByIndex: replaces the text of a URL or DESC value. */
export async function modifyValueByIndex(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["handle", "index", "value"]);
  if (isFailure(parameters)) return parameters;
  const { handle, index: text, value } = parameters;
  if (handle === undefined || text === undefined || value === undefined) {
    return fail("Handle, index and value must be specified");
  }
  if ([handle, text, value].some(isBlank)) return fail("All parameters must have values");
  const index = readIndex(text);
  if (index === undefined) return NO_INDEX;
  return changeOwned(context, call.owner, {
    handle,
    decide(values) {
      const old = values.find(at(index));
      if (old === undefined) return fail(NOT_MODIFIABLE);
      if (old.type === "URL" && !isUrl(value)) return fail(NOT_MODIFIED);
      const timestamp = Math.floor(context.now() / 1000);
      return values.map((each) => (each === old ? withText(old, value, timestamp) : each));
    },
    done: "Successfully modified handle value",
    broken: NOT_MODIFIED,
  });
}

/** deleteValueByIndex: removes a URL or DESC value. The handle is kept, even without values. */
export async function deleteValueByIndex(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["handle", "index"]);
  if (isFailure(parameters)) return parameters;
  const { handle, index: text } = parameters;
  if (handle === undefined || text === undefined) return fail("Handle and index must be specified");
  if ([handle, text].some(isBlank)) return fail("All parameters must have values");
  const index = readIndex(text);
  if (index === undefined) return NO_INDEX;
  return changeOwned(context, call.owner, {
    handle,
    decide(values) {
      const old = values.find(at(index));
      return old === undefined ? fail(NOT_DELETABLE) : values.filter((each) => each !== old);
    },
    done: "Successfully deleted handle value",
    broken: `Handle: ${handle}. Failed to delete value due to system error`,
  });
}
