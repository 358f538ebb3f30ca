import { invalidValue, parseJson } from "@handlekit/core";
import { type ChainedEntry, formatAuditEntry, parseAuditEntry } from "@handlekit/core/store";

/** Entries, records, values, references: nothing nests deeper. */
const MAX_DEPTH = 8;

/** Formats an entry of the audit as a line of an export, without a line end. */
export function formatEntryLine({ number, previous, digest, entry }: ChainedEntry): string {
  const chain = JSON.stringify({ number, previous, digest });
  return `${chain.slice(0, -1)},"entry":${formatAuditEntry(entry)}}`;
}

/**
 * Parses a line that {@link formatEntryLine} formatted.
 *
 * @throws HandleError `invalid_value` for any other text, also if it only differs in what JSON ignores
 */
export function parseEntryLine(text: string): ChainedEntry {
  const json = parseJson(text, MAX_DEPTH);
  const { number, previous, digest, entry } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof number !== "number" || typeof entry !== "object") {
    throw invalidValue("It is not an entry of the audit.");
  }
  const chained = {
    number,
    previous: String(previous),
    digest: String(digest),
    entry: parseAuditEntry(JSON.stringify(entry)),
  };
  if (formatEntryLine(chained) !== text) throw invalidValue("It is not as it was exported.");
  return chained;
}
