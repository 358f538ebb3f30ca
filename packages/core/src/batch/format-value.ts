import { decodeUtf8 } from "../bytes.ts";
import { isHandleError } from "../error.ts";
import { MAX_INDEX, type ValueReference } from "../reference.ts";
import { decodeAdmin } from "../value/admin.ts";
import { encodeValue } from "../value/json.ts";
import type { AdminRecord, StoredValue } from "../value/value.ts";
import type { BatchValueInput } from "./command.ts";
import { numberField, type Refuse, textField } from "./fields.ts";

const USE_A_FILE = "Write the data to a file, and use { file: path } as data.";

/** Checks the fields of a value and adds the defaults. The data are empty if they are in a file. */
function check(value: BatchValueInput, isFile: boolean, refuse: Refuse): StoredValue {
  try {
    return encodeValue(isFile ? { ...value, data: "" } : value);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw refuse(error.message.replace(/\.$/, ""), error.hint);
  }
}

function formatText(text: string, refuse: Refuse): string {
  const refuseText: Refuse = (what) => refuse(what, USE_A_FILE);
  return `UTF8 ${text === "" ? "" : textField(text, "its text", refuseText)}`;
}

/** A batch has the permissions in reverse order: add handle first. */
function formatAdmin(given: AdminRecord, bytes: Uint8Array, refuse: Refuse): string {
  const { index, permissions, legacyByteLength } = decodeAdmin(bytes);
  if (legacyByteLength) {
    throw refuse(
      "its HS_ADMIN data have the length of old servers",
      "Leave out legacyByteLength; servers read both lengths.",
    );
  }
  const handle = textField(given.handle, "the handle in its HS_ADMIN", refuse);
  const digits = [...permissions].reverse().join("");
  return `ADMIN ${numberField(index, "the index in its HS_ADMIN", refuse)}:${digits}:${handle}`;
}

function formatList(references: readonly ValueReference[], refuse: Refuse): string {
  if (references.length === 0) throw refuse("its list of references is empty", USE_A_FILE);
  const entries = references.map(({ index, handle }) => {
    const number = numberField(Number(index), "an index in its list", refuse);
    return `${number}:${textField(handle, "a handle in its list", refuse, ";")};`;
  });
  return `LIST ${entries.join("")}`;
}

function formatData({ data }: BatchValueInput, bytes: Uint8Array, refuse: Refuse): string {
  if (typeof data === "string") return formatText(data, refuse);
  if ("file" in data) return `FILE ${textField(data.file, "the path of its file", refuse)}`;
  switch (data.format) {
    case "string":
      return formatText(data.value, refuse);
    case "admin":
      return formatAdmin(data.value, bytes, refuse);
    case "vlist":
      return formatList(data.value, refuse);
    case "base64":
    case "hex": {
      const text = decodeUtf8(bytes);
      if (text !== undefined) return formatText(text, refuse);
    }
  }
  throw refuse("its data are binary", USE_A_FILE);
}

/**
 * Returns the line of a value.
 *
 * @throws HandleError created by `refuse` if the format cannot represent it
 */
export function formatValue(value: BatchValueInput, refuse: Refuse): string {
  const data: unknown = value?.data;
  const isFile = typeof data === "object" && data !== null && "file" in data;
  const stored = check(value, isFile, refuse);
  const index = numberField(stored.index, "its index", refuse, 1, MAX_INDEX);
  if (stored.ttlType === "absolute") {
    throw refuse("its ttl is a time, and a batch has only seconds", "Give the ttl in seconds.");
  }
  if (stored.references.length > 0) throw refuse("it has references", "Create it over the REST API instead.");
  const type = textField(stored.type, "its type", refuse, " ");
  const permissions = stored.permissions.toString(2).padStart(4, "0");
  return `${index} ${type} ${stored.ttl} ${permissions} ${formatData(value, stored.data, refuse)}`;
}
