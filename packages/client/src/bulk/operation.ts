import { encodeUtf8, HandleError, invalidOptions, quoteForMessage } from "@handlekit/core";
import { canonicalJson } from "../canonical-json.ts";
import type { ClientContext } from "../context.ts";
import type { NewValues } from "../writing/allocate-indexes.ts";
import type { Change } from "../writing/change.ts";
import { createRecord } from "../writing/create-record.ts";
import { deleteRecord, deleteValues } from "../writing/delete-record.ts";
import { modifyRecord } from "../writing/modify-record.ts";

/** One write of a bulk run. */
export type BulkOperation =
  | {
      readonly kind: "create";
      readonly handle: string;
      readonly values: NewValues;
      readonly overwrite?: boolean | undefined;
      readonly allowUnusual?: boolean | undefined;
    }
  | {
      readonly kind: "modify";
      readonly handle: string;
      readonly values: NewValues;
      readonly ttl?: number | undefined;
      readonly add?: boolean | undefined;
    }
  | { readonly kind: "deleteValues"; readonly handle: string; readonly which: readonly (string | number)[] }
  | { readonly kind: "delete"; readonly handle: string };

/** Options of one operation. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** True if an earlier run may have carried it out: if the record is as the operation would leave it, it is done. */
  readonly maybeDone: boolean;
  readonly onBusy: (limited: boolean) => void;
}

/** The error for an invalid operation, from plain JavaScript or a file. */
function unknownOperation(operation: unknown): HandleError {
  const { kind, handle } = (operation ?? {}) as { readonly kind?: unknown; readonly handle?: unknown };
  const what = typeof kind === "string" ? `has the unknown kind ${quoteForMessage(kind)}` : "has no kind";
  return new HandleError("invalid_options", {
    message: `bulk: an item of operations ${what}; nothing was done.`,
    hint: 'The kind of an operation is "create", "modify", "deleteValues" or "delete".',
    handle: typeof handle === "string" ? handle : undefined,
  });
}

/** Carries out one operation. */
export async function runOperation(
  context: ClientContext,
  operation: BulkOperation,
  how: RunOptions,
): Promise<Change> {
  switch (operation?.kind) {
    case "create":
      return createRecord(context, operation.handle, operation.values, {
        ...how,
        overwrite: operation.overwrite,
        allowUnusual: operation.allowUnusual,
      });
    case "modify": {
      const { ttl, add } = operation;
      return modifyRecord(context, operation.handle, operation.values, { ...how, ttl, add });
    }
    case "deleteValues":
      return deleteValues(context, operation.handle, operation.which, {
        ...how,
        ignoreMissing: how.maybeDone,
      });
    case "delete":
      return deleteRecord(context, operation.handle, how);
    default:
      throw unknownOperation(operation);
  }
}

function textOf(operation: BulkOperation): string {
  try {
    return canonicalJson(operation);
  } catch {
    throw invalidOptions("bulk: an item of operations holds what JSON cannot, such as a BigInt or a circle.");
  }
}

/**
 * Resolves to the digest by which a journal knows an operation: the first 64 bits of the SHA-256 of its canonical JSON,
 * as 16 hexadecimal digits.
 *
 * @throws HandleError `invalid_options` if it is not JSON
 */
export async function operationDigest(operation: BulkOperation): Promise<string> {
  const bytes = encodeUtf8(textOf(operation));
  const hash = new DataView(await crypto.subtle.digest("SHA-256", bytes));
  return hash.getBigUint64(0).toString(16).padStart(16, "0");
}
