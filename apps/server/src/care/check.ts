import { access } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "@handlekit/core";
import type { PostgresCheck } from "@handlekit/store-postgres";
import type { SqliteCheck } from "@handlekit/store-sqlite";
import { formatHead } from "../audit/format-head.ts";

/** The entries of the state that are JSON objects. */
const OBJECTS = /^(?:session|ardc\/client|ardc\/identity)\//;

/** Returns the reason why an entry of the state is damaged; undefined if it is not. */
export function reasonAgainstState(key: string, value: string): string | undefined {
  if (!OBJECTS.test(key)) return undefined;
  try {
    const json: unknown = JSON.parse(value);
    if (typeof json === "object" && json !== null) return undefined;
  } catch {
    // The error of JSON.parse may quote the entry.
  }
  return "it is not JSON";
}

/** The result of the check of a store in a database. */
export interface DatabaseCheck
  extends PostgresCheck,
    Pick<SqliteCheck, "state" | "audit" | "found" | "problems"> {}

function showRecords(result: SqliteCheck | DatabaseCheck): string {
  if ("indexed" in result) {
    const { records, indexed, waiting } = result;
    return `records  ${records}; ${indexed} are in the search index, ${waiting} are not yet`;
  }
  const { records, values, searchIndex } = result;
  return `records  ${records} with ${values} values; ${searchIndex ? "searches have their index" : "there is no index for searches"}`;
}

/** Formats the result of a check as lines for people. */
export function showCheck(result: SqliteCheck | DatabaseCheck): string[] {
  const { state, audit, notHomed, found, problems } = result;
  const lines = [
    showRecords(result),
    audit === undefined
      ? "audit    could not be read to its end"
      : `audit    ${audit.entries} entries${audit.first === undefined ? "" : ` from ${audit.first}`}; head ${formatHead(audit.head)}`,
    `state    ${state} entries`,
  ];
  for (const { prefix, records: count } of notHomed) {
    lines.push(`note: ${count} records have the prefix ${printable(prefix)}, which is not homed`);
  }
  for (const { where, reason } of problems) lines.push(printable(`problem: ${where}: ${reason}`));
  if (found > problems.length) lines.push(`problem: ${found - problems.length} more`);
  return [...lines, found === 0 ? "no problems" : `${found} problems`];
}

/** Resolves to true if an import of a data directory has not ended. */
export function hasImport(directory: string): Promise<boolean> {
  return access(join(directory, "import.journal")).then(
    () => true,
    () => false,
  );
}
