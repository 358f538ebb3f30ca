import { encodeUtf8, HandleError, quoteForMessage } from "@handlekit/core";
import type { NewValues } from "../allocate-indexes.ts";
import type { Change } from "../change.ts";
import type { Writer } from "../write-record.ts";

/** One write of many. */
export type BulkOperation =
  | {
      readonly kind: "create";
      readonly handle: string;
      readonly values: NewValues;
      readonly overwrite?: boolean;
    }
  | {
      readonly kind: "modify";
      readonly handle: string;
      readonly values: NewValues;
      readonly ttl?: number;
      readonly add?: boolean;
    }
  | { readonly kind: "deleteValues"; readonly handle: string; readonly which: readonly (string | number)[] }
  | { readonly kind: "delete"; readonly handle: string };

/** How one operation is run. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** It may have been carried out in an earlier run: what is as it would leave it counts as done. */
  readonly maybeDone: boolean;
  readonly onBusy: () => void;
}

/** From a file, an operation may be anything. */
function unknownKind({ kind, handle }: { readonly kind?: unknown; readonly handle?: unknown }): HandleError {
  return new HandleError("invalid_options", {
    message: `An operation is of kind ${quoteForMessage(String(kind))}; nothing was done.`,
    hint: 'It is "create", "modify", "deleteValues" or "delete".',
    ...(typeof handle === "string" ? { handle } : {}),
  });
}

/** Carries an operation out. */
export function runOperation(writer: Writer, operation: BulkOperation, how: RunOptions): Promise<Change> {
  switch (operation.kind) {
    case "create":
      return writer.create(operation.handle, operation.values, { ...how, overwrite: operation.overwrite });
    case "modify": {
      const { ttl, add } = operation;
      const options = {
        ...how,
        ...(ttl === undefined ? {} : { ttl }),
        ...(add === undefined ? {} : { add }),
      };
      return writer.modify(operation.handle, operation.values, options);
    }
    case "deleteValues":
      return writer.deleteValues(operation.handle, operation.which, { ...how, ignoreMissing: how.maybeDone });
    case "delete":
      return writer.delete(operation.handle, how);
    default:
      throw unknownKind(operation);
  }
}

/** JSON with the members of objects in one order, so that equal operations have equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}

/** What an operation is known by in a journal: the first 64 bits of the SHA-256 of its canonical JSON, as 16 digits. */
export async function operationDigest(operation: BulkOperation): Promise<string> {
  const bytes = encodeUtf8(JSON.stringify(canonical(operation)));
  const hash = new DataView(await crypto.subtle.digest("SHA-256", bytes));
  return hash.getBigUint64(0).toString(16).padStart(16, "0");
}
