import type { BulkOperation, Change, HandleClient } from "@handlekit/client";
import { type HandleErrorCode, isHandleError } from "@handlekit/core";

/** The changes that a bulk run would make. */
export interface DryRunReport {
  readonly total: number;
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  /** Records that are as wanted already. */
  readonly unchanged: number;
  readonly failed: number;
  /** How often each error would occur. */
  readonly errors: Readonly<Partial<Record<HandleErrorCode, number>>>;
}

/** One example of what would be done. */
export type Sample = { readonly change: Change } | { readonly handle: string; readonly error: unknown };

const CONCURRENCY = 8;
/** How many examples of each kind are kept. */
const SAMPLES = 3;

async function preview(client: HandleClient, operation: BulkOperation, signal: AbortSignal): Promise<Change> {
  const how = { signal, dryRun: true } as const;
  const { handle } = operation;
  switch (operation.kind) {
    case "create":
      return client.create(handle, operation.values, { ...how, overwrite: operation.overwrite });
    case "modify":
      return client.modify(handle, operation.values, { ...how, ttl: operation.ttl, add: operation.add });
    case "deleteValues":
      return client.deleteValues(handle, operation.which, how);
    case "delete":
      return client.delete(handle, how);
  }
}

const kindOf = (operation: BulkOperation, { created, difference }: Change) => {
  if (operation.kind === "delete") return "deleted";
  return created ? "created" : difference.length === 0 ? "unchanged" : "changed";
};

/**
 * Reads the record of each operation and says what would be done. Nothing is written. Operations are looked at on their
 * own: what an earlier one would have changed is not there.
 *
 * @param onItem called after each item with the number so far
 */
export async function dryRun(
  client: HandleClient,
  operations: AsyncGenerator<BulkOperation>,
  signal: AbortSignal,
  onItem: (ended: number) => void,
): Promise<{ readonly report: DryRunReport; readonly samples: readonly Sample[] }> {
  const counts = { total: 0, created: 0, changed: 0, deleted: 0, unchanged: 0, failed: 0 };
  const errors: Partial<Record<HandleErrorCode, number>> = {};
  const kept = new Map<string, { readonly number: number; readonly sample: Sample }[]>();
  // The first of each kind in the order of the file, whichever was read first.
  const keep = (kind: string, number: number, sample: Sample) => {
    const all = [...(kept.get(kind) ?? []), { number, sample }].sort((a, b) => a.number - b.number);
    kept.set(kind, all.slice(0, SAMPLES));
  };
  const item = async (number: number, operation: BulkOperation) => {
    try {
      const change = await preview(client, operation, signal);
      const kind = kindOf(operation, change);
      counts[kind]++;
      if (kind !== "unchanged") keep(kind, number, { change });
    } catch (error) {
      if (!isHandleError(error) || error.code === "aborted") throw error;
      errors[error.code] = (errors[error.code] ?? 0) + 1;
      counts.failed++;
      keep("failed", number, { handle: operation.handle, error });
    }
    onItem(++counts.total);
  };
  let taken = 0;
  const worker = async () => {
    for await (const operation of { [Symbol.asyncIterator]: () => shared }) await item(taken++, operation);
  };
  // Several workers take from one generator, which must not end when one of them does.
  const shared: AsyncIterator<BulkOperation> = { next: () => operations.next() };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const samples = [...kept.values()].flat().sort((a, b) => a.number - b.number);
  return { report: { ...counts, errors }, samples: samples.map(({ sample }) => sample) };
}
