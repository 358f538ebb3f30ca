import { type ArdcAnswer, fail, isFailure, notANumber } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readIndex, readParameters, typeNotSupported } from "../parameters.ts";
import { isUrl } from "../records/is-url.ts";
import { isReserved, isWritable, mintedRecord, shownProperties, textValue } from "../records/values.ts";

/** mint: creates a handle that the caller owns, with a value at index 1 or `index`, or without values. */
export async function mint(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["type", "value", "index"]);
  if (isFailure(parameters)) return parameters;
  const { type, value, index } = parameters;
  if (type === undefined || value === undefined) return fail("Type and value must be specified");

  if (index !== undefined && !isBlank(index)) {
    if (!/^\d+$/.test(index)) return fail("Index must be numeric");
    const number = readIndex(index);
    if (number === undefined) return notANumber(index);
    if (isReserved(number)) return fail("Index is reserved and cannot be used");
  }
  if ((isBlank(value) && type !== "") || (isBlank(type) && value !== "")) {
    return fail("The type and value either must both have values or must both be empty");
  }
  if (type !== "") {
    if (!isWritable(type)) return typeNotSupported(type);
    if (type === "URL" && !isUrl(value)) {
      return fail("The URL provided is invalid or not supported by this service");
    }
    if (index !== undefined && isBlank(index)) return notANumber(index);
  }

  const timestamp = Math.floor(context.now() / 1000);
  const values = type === "" ? [] : [textValue(Number(index ?? 1), type, value, timestamp)];
  const record = mintedRecord(context.prefix, call.owner.handle, values, timestamp);
  const handle = await context.numbers.create(() => record, call.owner.login);
  return {
    text: "Successfully authenticated and created handle",
    content: { identifier: { handle, properties: shownProperties(record) } },
  };
}
