import { HandleError, handleKey } from "@handlekit/core";
import { type ArdcAnswer, fail, isFailure, notANumber } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../ardc-context.ts";
import { isBlank, readParameters } from "../parameters.ts";
import { isUrl } from "../records/is-url.ts";
import { isReserved, isWritable, mintedRecord, shownProperties, textValue } from "../records/values.ts";
import { readIndex, typeNotSupported } from "./index-text.ts";

const MAX_ROUNDS = 1000;

/** Gives the record the next number that is free. */
async function create(context: ArdcContext, record: ReturnType<typeof mintedRecord>): Promise<string> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const handle = `${context.prefix}/${await context.nextSuffix()}`;
    if ((await context.store.commit(handleKey(handle), "absent", record)) === "done") return handle;
  }
  throw new HandleError("server_error", {
    message: `${MAX_ROUNDS} free numbers in a row were taken by others.`,
  });
}

/** mint: a new handle of the caller's, with a value at 1 or at `index`, or with none. */
export async function mint(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.query, ["type", "value", "index"]);
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
  const handle = await create(context, record);
  return {
    text: "Successfully authenticated and created handle",
    content: { identifier: { handle, properties: shownProperties(record) } },
  };
}
