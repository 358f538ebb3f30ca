import {
  type HandleValue,
  type HandleValueInput,
  hasType,
  isHandleError,
  RESPONSE_CODES,
  sameBytes,
} from "@handlekit/core";
import type { CallHints, Connection, Settlement } from "../connection/connection.ts";
import type { SuccessAnswer } from "../connection/response.ts";
import { valueBytes } from "../reading/digest.ts";
import { isPublic, readForChange } from "../reading/read-record.ts";

function success(handle: string, status: number): SuccessAnswer {
  return { status, responseCode: RESPONSE_CODES.success, handle, values: [], warnings: [] };
}

/** Reads the values of a record back, with the login. */
async function readBack(
  connection: Connection,
  handle: string,
  how: CallHints,
): Promise<readonly HandleValue[] | "absent" | "unknown"> {
  try {
    return (await readForChange(connection, handle, how)).values;
  } catch (error) {
    if (!isHandleError(error) || error.code === "aborted") throw error;
    return error.code === "handle_not_found" ? "absent" : "unknown";
  }
}

function isAsSent(found: HandleValue, sent: HandleValueInput): boolean {
  // Some servers never make a secret key public, whatever was sent.
  const isSecret = hasType(sent.type, "HS_SECKEY");
  const expected = isSecret ? { ...sent, permissions: found.permissions ?? "1110" } : sent;
  return sameBytes(valueBytes(found), valueBytes(expected));
}

/**
 * Settles a write of values: it succeeded if the record has the values that were sent at their indexes.
 *
 * @param whole true if the whole record was written: then it must have no other visible value
 * @param status the HTTP status of success
 */
export function settleByValues(
  connection: Connection,
  handle: string,
  values: readonly HandleValueInput[],
  whole: boolean,
  status: number,
  how: CallHints,
): Settlement {
  return async () => {
    const seen = await readBack(connection, handle, how);
    if (seen === "unknown") return "unknown";
    if (seen === "absent") return "not done";
    const sent = new Map(values.map((value) => [value.index, value]));
    const found = seen.filter(({ index }) => sent.has(index));
    const others = found.some((value) => {
      const mine = sent.get(value.index);
      return mine !== undefined && !isAsSent(value, mine);
    });
    if (others || (whole && found.length < seen.length)) return "not done";
    const held = new Set(found.map(({ index }) => index));
    const missing = values.filter(({ index }) => !held.has(index));
    if (missing.length === 0) return success(handle, status);
    // A value that is not public may exist, although it is not visible.
    return missing.some(isPublic) ? "not done" : "unknown";
  };
}

/** Settles a deletion: it succeeded if the handle, or every value that was to be deleted, is gone. */
export function settleByAbsence(
  connection: Connection,
  handle: string,
  indexes: readonly number[] | "all",
  how: CallHints,
): Settlement {
  return async (error) => {
    if (isHandleError(error, "handle_not_found")) return success(handle, 200);
    const seen = await readBack(connection, handle, how);
    if (seen === "unknown") return "unknown";
    if (seen === "absent") return success(handle, 200);
    const gone = indexes !== "all" && !seen.some(({ index }) => indexes.includes(index));
    return gone ? success(handle, 200) : "not done";
  };
}
