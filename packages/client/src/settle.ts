import {
  type HandleValue,
  type HandleValueInput,
  isHandleError,
  RESPONSE_CODES,
  sameBytes,
} from "@handlekit/core";
import type { CallHints, ServerConnection, Settlement } from "./connection.ts";
import { valueBytes } from "./digest.ts";
import { isPublic, readForChange } from "./read-record.ts";
import type { SuccessAnswer } from "./response.ts";

function success(handle: string, status: number): SuccessAnswer {
  return { status, responseCode: RESPONSE_CODES.success, handle, values: [] };
}

/** The values of a record, read back with the login. */
async function readBack(
  connection: ServerConnection,
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
  const isSecret = sent.type.toUpperCase() === "HS_SECKEY";
  const expected = isSecret ? { ...sent, permissions: found.permissions ?? "1110" } : sent;
  return sameBytes(valueBytes(found), valueBytes(expected));
}

/**
 * For writes whose values can be recognised: success when the record holds just what was sent at those indexes
 * (and, for a whole record, nothing else that is visible).
 */
export function settleByValues(
  connection: ServerConnection,
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
    // What is not public may be there all the same.
    return missing.some(isPublic) ? "not done" : "unknown";
  };
}

/** For deletions: success when nothing of what was to be deleted is seen any more. */
export function settleByAbsence(
  connection: ServerConnection,
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
