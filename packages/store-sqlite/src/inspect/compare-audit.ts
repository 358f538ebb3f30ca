import { type HandleKey, handleKey, sameBytes } from "@handlekit/core";
import {
  type AuditEntry,
  auditEntry,
  encodeRecord,
  parseAuditEntry,
  type RecordValues,
} from "@handlekit/core/store";
import type { SqlDriver } from "../driver/driver.ts";

/** Compares a record, undefined if it was removed, with its last audit entry. Returns what is wrong. */
export type CompareAudit = (
  key: HandleKey,
  number: number,
  values: RecordValues | undefined,
) => string | undefined;

/** The text of no entry but that of an import contains it: in a text within JSON the quotes have backslashes. */
const IMPORT = '"operation":"import"';

/** The record as an audit entry has it: without the data of secret keys. */
function audited(entry: AuditEntry, values: RecordValues | undefined): RecordValues | undefined {
  return auditEntry({ ...entry, after: values }).after;
}

function isSame(a: RecordValues | undefined, b: RecordValues | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameBytes(encodeRecord(a), encodeRecord(b));
}

/** Prepares the statements. The records that an import writes have no entries of their own. */
export function createCompareAudit(driver: SqlDriver): CompareAudit {
  const one = driver.prepare("SELECT entry FROM audit WHERE number = ?");
  const ends = driver.prepare("SELECT min(number), max(number) FROM audit");
  const imports = driver.prepare("SELECT max(number) FROM audit WHERE number > ? AND instr(entry, ?) > 0");
  /** The last import up to an entry. */
  let known = { number: 0, upTo: 0 };

  function isImportedAfter(number: number): boolean {
    const newest = Number(ends.get([])?.[1] ?? 0);
    if (known.number <= number && known.upTo < newest) {
      known = { number: Number(imports.get([known.upTo, IMPORT])?.[0] ?? known.number), upTo: newest };
    }
    return known.number > number;
  }

  return (key, number, values) => {
    const text = one.get([number])?.[0];
    if (text === undefined) {
      const [oldest, newest] = ends.get([]) ?? [];
      // Older entries were removed, of which the chain has an entry.
      if (typeof oldest === "number" && number < oldest) return undefined;
      return `its last audit entry, ${number}, is missing; the audit ends at ${newest ?? 0}`;
    }
    let entry: AuditEntry;
    try {
      entry = parseAuditEntry(String(text));
    } catch {
      return undefined; // The check of the chain reports it.
    }
    if (handleKey(entry.handle) !== key) return `its last audit entry, ${number}, is of another handle`;
    if (isSame(entry.after, audited(entry, values)) || isImportedAfter(number)) return undefined;
    return values === undefined
      ? `it was removed, and its last audit entry, ${number}, does not say so`
      : `it is not as its last audit entry, ${number}, says, and nothing was imported since`;
  };
}
