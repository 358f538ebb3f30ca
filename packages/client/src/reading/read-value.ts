import { checkArgument, HandleError, type HandleValue, printable } from "@handlekit/core";
import type { Connection } from "../connection/connection.ts";
import { type ReadValueOptions, readRecord } from "./read-record.ts";

const MAX_SHOWN = 80;

/** Reads one value; see `HandleClient.readValue`. */
export async function readValue(
  connection: Connection,
  handle: string,
  which: string | number,
  options: ReadValueOptions = {},
  caller = "readValue",
): Promise<HandleValue | undefined> {
  checkArgument(caller, "handle", handle, ["string"]);
  checkArgument(caller, "which", which, ["string", "number"]);
  checkArgument(caller, "its options argument", options, ["object"]);
  const filter =
    typeof which === "number"
      ? { indexes: [which], types: undefined }
      : { indexes: undefined, types: [which] };
  return (await readRecord(connection, handle, { ...options, ...filter }, caller)).values[0];
}

/** Reads the text of one value; see `HandleClient.readText`. */
export async function readText(
  connection: Connection,
  handle: string,
  which: string | number,
  options?: ReadValueOptions,
): Promise<string | undefined> {
  const value = await readValue(connection, handle, which, options, "readText");
  if (value === undefined) return undefined;
  const { index, type, data } = value;
  if (data?.format === "string" && typeof data.value === "string") return data.value;
  // Both come from the server, at any length.
  const [ofType, itsFormat] = [type, String(data?.format)].map((text) => text.slice(0, MAX_SHOWN));
  throw new HandleError("invalid_value", {
    message: printable(
      `The value of ${handle} at index ${index}, of type ${ofType}, is not text: its format is ${itsFormat}.`,
    ),
    hint: "readValue returns the value with its data.",
    handle,
  });
}
