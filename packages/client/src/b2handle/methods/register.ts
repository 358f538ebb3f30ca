import { checkArgument, hasType, normalizeHandle } from "@handlekit/core";
import { checkItems, FLAG, LIST, type OptionRules, TEXT } from "../../check-call.ts";
import type { NewValue } from "../../writing/allocate-indexes.ts";
import { ownerOf } from "../../writing/create-record.ts";
import { checkPairs, isObject, readOptions, refuseMore } from "../arguments.ts";
import {
  type KeyValuePairs,
  listNewRecord,
  listPairs,
  type RegisterOptions,
  refuseAdmin,
} from "../key-value-pairs.ts";
import { runMethod, type Session } from "./session.ts";

const REGISTER = ["checksum", "additionalURLs", "overwrite", "extratypes"] as const;
const REGISTER_RULES: OptionRules = {
  checksum: TEXT,
  additionalURLs: LIST,
  overwrite: FLAG,
  extratypes: ["array", "object", "undefined"],
};
const TYPES_APART =
  "Values of other types belong into the option extratypes: { extratypes: { TYPE: data } }.";

/**
 * Reads the arguments of `registerHandle` after the location: options, or Python's positional arguments.
 *
 * @param names the arguments in Python's order
 * @throws HandleError `invalid_options`
 */
function readRegister(
  caller: string,
  location: unknown,
  rest: readonly unknown[],
  names: readonly string[] = REGISTER,
): RegisterOptions {
  if (location !== null) checkArgument(caller, "location", location, ["string"]);
  const [first, ...others] = rest;
  const named = isObject(first);
  refuseMore(caller, named ? others : rest.slice(names.length), "Options come last.");
  const options = named ? first : Object.fromEntries(names.map((name, i) => [name, rest[i]]));
  const rules = Object.fromEntries(Object.entries(REGISTER_RULES).filter(([name]) => names.includes(name)));
  const read: RegisterOptions = readOptions(caller, options, rules, TYPES_APART);
  checkItems(caller, "additionalURLs", read.additionalURLs ?? [], ["string"]);
  return read;
}

/** Reads the option `overwrite`, which may be the third argument itself. @throws HandleError `invalid_options` */
function readOverwrite(caller: string, given: unknown): boolean | undefined {
  if (typeof given === "boolean") return given;
  const options = readOptions(caller, (given ?? {}) as object, { overwrite: FLAG });
  return options.overwrite as boolean | undefined;
}

const ADMIN_IS_ADDED = "One is added; handleowner and hsAdminPermissions determine its data.";

interface NewRecord {
  readonly values: readonly NewValue[];
  readonly overwrite: boolean | undefined;
}

function register(
  session: Session,
  operation: string,
  handle: string,
  read: () => NewRecord,
): Promise<string> {
  const create = async () => {
    const { values, overwrite } = read();
    return (await session.client.create(handle, values, { overwrite })).handle;
  };
  return runMethod(session, operation, handle, create, { creates: true });
}

/** Creates a handle with B2HANDLE's record; see `registerHandle`. */
export function registerRecord(
  session: Session,
  operation: string,
  handle: string,
  location: string | null,
  rest: readonly unknown[],
  names?: readonly string[],
): Promise<string> {
  return register(session, operation, handle, () => {
    const options = readRegister(operation, location, rest, names);
    const values = listNewRecord(location, options, session.context.settings, operation);
    refuseAdmin(values, operation, handle, ADMIN_IS_ADDED);
    return { values, overwrite: options.overwrite };
  });
}

/** Creates a handle with key-value pairs; see `registerHandleKv`. */
export function registerPairs(
  session: Session,
  operation: string,
  handle: string,
  pairs: KeyValuePairs,
  options: unknown,
): Promise<string> {
  return register(session, operation, handle, () => {
    checkPairs(operation, pairs, "overwrite");
    const overwrite = readOverwrite(operation, options);
    const values = listPairs(pairs, session.context.settings.permissions, operation);
    refuseAdmin(values, operation, handle, ADMIN_IS_ADDED);
    return { values, overwrite };
  });
}

/** Creates a handle with a list of values; see `registerHandleJson`. */
export function registerList(
  session: Session,
  operation: string,
  handle: string,
  listOfEntries: readonly NewValue[],
  options: unknown,
): Promise<string> {
  return register(session, operation, handle, () => {
    checkArgument(operation, "listOfEntries", listOfEntries, ["array"]);
    checkItems(operation, "listOfEntries", listOfEntries, ["object"]);
    const overwrite = readOverwrite(operation, options);
    if (listOfEntries.some(({ type }) => hasType(type, "HS_ADMIN")))
      return { values: listOfEntries, overwrite };
    const { settings } = session.context;
    const HS_ADMIN = ownerOf(normalizeHandle(handle), settings);
    const admin = listPairs({ HS_ADMIN }, settings.permissions, operation);
    return { values: [...listOfEntries, ...admin], overwrite };
  });
}
