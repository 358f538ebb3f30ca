import { encodeHex, encodeUtf8 } from "../bytes.ts";
import { checkArgument, checkIterable, checkOptions } from "../check.ts";
import { type Sha256, webSha256 } from "../export/digest.ts";
import { formatAuditEntry } from "./audit-entry.ts";
import type { AuditEntry, AuditHead, ChainedEntry } from "./handle-store.ts";

/**
 * Returns the bytes whose SHA-256 is the digest of an audit entry: its number, the digest of the entry before, and the
 * text of `formatAuditEntry`, a line each.
 *
 * @param previous the digest of the entry before, in hex; empty for the first entry
 * @throws HandleError `invalid_options` if `text` is not a string
 * @example
 * ```ts
 * createHash("sha256").update(auditDigestInput(1, "", formatAuditEntry(entry))).digest("hex");
 * ```
 */
export function auditDigestInput(number: number, previous: string, text: string): Uint8Array<ArrayBuffer> {
  checkArgument("auditDigestInput", "text", text, ["string"]);
  return encodeUtf8(`${number}\n${previous}\n${text}`);
}

const RETENTION = "retention";

/**
 * Returns the entry that a store writes when it removes the oldest entries of its audit.
 *
 * @param last the last entry that is removed
 * @throws HandleError `invalid_options` if `last` is not an object
 * @example
 * ```ts
 * append(retentionEntry(new Date(), { count: 17, digest })); // and remove the entries up to 17
 * ```
 */
export function retentionEntry(time: Date, last: AuditHead): AuditEntry {
  checkArgument("retentionEntry", "last", last, ["object"]);
  return {
    time,
    identity: undefined,
    scheme: "command",
    address: undefined,
    operation: RETENTION,
    handle: "",
    before: undefined,
    after: undefined,
    note: `removed up to ${last.count}:${last.digest}`,
  };
}

function removedBy({ operation, note }: AuditEntry): string | undefined {
  return operation === RETENTION ? /^removed up to (\d+:[0-9a-f]{64})$/.exec(note ?? "")?.[1] : undefined;
}

/** A place at which an audit chain is not what was written. */
export interface AuditProblem {
  /** The number of the entry. */
  readonly number: number;
  readonly reason: string;
}

/** The result of {@link verifyAudit}. */
export interface AuditVerification {
  /** How many entries were read. */
  readonly entries: number;
  /** The number of the first entry that is kept; undefined if there is none. */
  readonly first: number | undefined;
  readonly head: AuditHead;
  /** At most the first 100. Empty if the chain is whole. */
  readonly problems: readonly AuditProblem[];
}

const MAX_PROBLEMS = 100;

/** Entries that are missing, and what a later entry says if they were removed because they were old. */
interface Gap extends AuditProblem {
  readonly removed: string;
}

/**
 * Reads a whole audit and checks its chain: an entry that was changed, removed, added or moved is a problem. An end that was
 * cut off is only found with a head from another place, such as the log. Old entries that are removed meanwhile are no
 * problem.
 *
 * @param entries in ascending order of their numbers
 * @param options.head an earlier or the present head of the same chain
 * @param options.sha256 default WebCrypto. A synchronous function is faster
 * @throws HandleError `invalid_options` for an argument of the wrong type; whatever `entries` throws
 * @example
 * ```ts
 * const { problems } = await verifyAudit(entries, { head: { count: 17, digest } });
 * ```
 */
export async function verifyAudit(
  entries: AsyncIterable<ChainedEntry> | Iterable<ChainedEntry>,
  options: { readonly head?: AuditHead | undefined; readonly sha256?: Sha256 | undefined } = {},
): Promise<AuditVerification> {
  checkIterable("verifyAudit", "entries", entries);
  checkOptions("verifyAudit", options, { head: ["object", "undefined"], sha256: ["function", "undefined"] });
  const { head: known, sha256 = webSha256 } = options;
  const problems: AuditProblem[] = [];
  const found = (number: number, reason: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ number, reason });
  };
  const removed = new Set<string>();
  const gaps: Gap[] = [];
  const missing = ({ number, previous }: ChainedEntry, reason: string) => {
    if (gaps.length < MAX_PROBLEMS) gaps.push({ number, reason, removed: `${number - 1}:${previous}` });
  };
  let first: ChainedEntry | undefined;
  let head: AuditHead = { count: 0, digest: "" };
  let count = 0;
  for await (const chained of entries) {
    const { number, digest, previous, entry } = chained;
    count++;
    if (first === undefined) {
      first = chained;
      if (number !== 1 || previous !== "") {
        missing(chained, "the entries before it are missing, and no later entry says that they were removed");
      }
    } else if (number <= head.count) found(number, `it follows entry ${head.count}: the order was changed`);
    else if (number !== head.count + 1) {
      missing(chained, `entries ${head.count + 1} to ${number - 1} are missing`);
    } else if (previous !== head.digest) {
      found(number, `it was not written after entry ${head.count} as that is now`);
    }
    const own = await sha256(auditDigestInput(number, previous, formatAuditEntry(entry)));
    if (encodeHex(own) !== digest) found(number, "it was changed: its digest is that of other content");
    const gone = removedBy(entry);
    if (gone !== undefined) removed.add(gone);
    if (known?.count === number && known.digest !== digest) {
      found(number, "its digest is not the one of the given head: it, or an entry before it, was changed");
    }
    head = { count: number, digest };
  }
  for (const { number, reason, removed: by } of gaps) if (!removed.has(by)) found(number, reason);
  problems.sort((a, b) => a.number - b.number);
  if (known !== undefined && known.count > head.count) {
    found(known.count, `the entries from ${head.count + 1} to at least this one were cut off`);
  }
  return { entries: count, first: first?.number, head, problems };
}
