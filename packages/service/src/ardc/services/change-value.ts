import type { StoredValue } from "@handlekit/core/store";
import { type ArdcAnswer, fail, isFailure } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readIndex, readParameters } from "../parameters.ts";
import { isUrl } from "../records/is-url.ts";
import { isShown, withText } from "../records/values.ts";
import { changeOwned } from "./change-owned.ts";

const NOT_MODIFIED = "Failed to modify value. Ensure URL values are valid.";
const NOT_MODIFIABLE =
  "Either this type of value is not allowed to be modified, a value does not exist at the provided index, or the value is not valid for the type";
const NOT_DELETABLE =
  "Either this type of value is not allowed to be deleted, or a value does not exist at the provided index";
const NO_INDEX = fail("Invalid value provided for index");

const at = (index: number) => (value: StoredValue) => value.index === index && isShown(value);

/** modifyValueByIndex: another text for a URL or DESC; its type stays. */
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

/** deleteValueByIndex: without a URL or DESC; the handle stays, whatever it still has. */
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
