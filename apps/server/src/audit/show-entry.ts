import { formatReference, printable, type StoredValue, sameValue } from "@handlekit/core";
import type { AuditEntry, ChainedEntry, RecordValues } from "@handlekit/core/store";

const MAX_NAMED = 20;

function named(verb: string, values: readonly StoredValue[]): string[] {
  if (values.length === 0) return [];
  const names = values.slice(0, MAX_NAMED).map(({ index, type }) => `${index} ${type}`);
  const more = values.length > MAX_NAMED ? ` and ${values.length - MAX_NAMED} more` : "";
  return [`${verb} ${names.join(", ")}${more}`];
}

const isSame = (a: StoredValue, b: StoredValue) => sameValue(a, b) && a.timestamp === b.timestamp;

/** Returns the indexes and types of the values that differ, in words; empty if none does. */
function differences(before: RecordValues = [], after: RecordValues = []): string {
  const old = new Map(before.map((value) => [value.index, value]));
  const now = new Set(after.map(({ index }) => index));
  const isChanged = (value: StoredValue) => {
    const was = old.get(value.index);
    return was !== undefined && !isSame(was, value);
  };
  return [
    ...named(
      "added",
      after.filter(({ index }) => !old.has(index)),
    ),
    ...named("changed", after.filter(isChanged)),
    ...named(
      "removed",
      before.filter(({ index }) => !now.has(index)),
    ),
  ].join("; ");
}

function whoOf({ identity, scheme, address }: AuditEntry): string {
  const by = identity === undefined ? scheme : `${formatReference(identity)} (${scheme})`;
  return address === undefined ? `by ${by}` : `by ${by} from ${address}`;
}

/** Formats an entry of the audit as one line for people. */
export function showEntry({ number, entry }: ChainedEntry): string {
  const { time, operation, handle, before, after, note } = entry;
  const parts = [
    String(number),
    time.toISOString(),
    operation,
    handle,
    whoOf(entry),
    differences(before, after),
    note ?? "",
  ];
  return printable(parts.filter((part) => part !== "").join("  "));
}
