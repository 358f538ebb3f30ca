import { checkArgument, type HandleValue, isHandleError, type ValueData } from "@handlekit/core";
import type { Locations } from "@handlekit/loc";
import { isLoc, locationsIn } from "../../writing/location-values.ts";
import { checkRecord, refuseMore } from "../arguments.ts";
import { flattenRecord, type HandleRecordJson, isSameType, valuesOf } from "../handle-record.ts";
import { runMethod, type Session } from "./session.ts";

/** A record that was read before, and is used instead of asking the server if it is that of the handle. */
export type KnownRecord = HandleRecordJson | null | undefined;

async function readValues(
  { client }: Session,
  operation: string,
  handle: string,
  known: KnownRecord,
): Promise<readonly HandleValue[]> {
  checkRecord(operation, known);
  return valuesOf(known, handle) ?? (await client.read(handle)).values;
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isHandleError(error, "handle_not_found")) return null;
    throw error;
  }
}

/** Reads a record as JSON; see `retrieveHandleRecordJson`. */
export function readJsonRecord(
  session: Session,
  operation: string,
  handle: string,
  others: readonly unknown[],
): Promise<HandleRecordJson | null> {
  return runMethod(session, operation, handle, () => {
    refuseMore(operation, others, "It takes a handle alone; read of createClient has options.");
    return orNull(async () => {
      const record = await session.client.read(handle);
      return { responseCode: record.values.length === 0 ? 200 : 1, ...record };
    });
  });
}

/** Reads a record as an object; see `retrieveHandleRecord`. */
export function readFlatRecord(
  session: Session,
  operation: string,
  handle: string,
  known: KnownRecord,
): Promise<Record<string, string> | null> {
  return runMethod(session, operation, handle, () =>
    orNull(async () => flattenRecord(await readValues(session, operation, handle, known))),
  );
}

/** Reads the data of a value; see `getValueFromHandle`. */
export function readData(
  session: Session,
  operation: string,
  handle: string,
  key: string,
  known: KnownRecord,
): Promise<ValueData["value"] | null> {
  return runMethod(session, operation, handle, async () => {
    checkArgument(operation, "key", key, ["string"]);
    const values = await readValues(session, operation, handle, known);
    return values.find(({ type }) => isSameType(type, key))?.data.value ?? null;
  });
}

/** Reads all `10320/loc` values of a record. */
export function readLocations(
  session: Session,
  operation: string,
  handle: string,
  known: KnownRecord,
): Promise<readonly Locations[]> {
  const read = async () => {
    const values = await readValues(session, operation, handle, known);
    return values.filter(({ type }) => isLoc(type)).map((value) => locationsIn(handle, value));
  };
  return runMethod(session, operation, handle, read, { readsValue: true });
}
