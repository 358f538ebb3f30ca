import { compareBodies } from "./compare-body.ts";
import type { HeaderLines, RecordedResponse } from "./recording.ts";

/** One thing in which an answer is not the recorded one. */
export interface Difference {
  /** `status`, `responseCode`, `header Vary`, `values[21].permissions`, `key order`, `text`, ... */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/** What a header or a part of a body reads as when it is not there. */
export const ABSENT = "(absent)";

/** Said by the connection, not by the service. Every other header is compared, also one that was not recorded. */
const IGNORED_HEADERS = new Set(["date", "content-length", "transfer-encoding", "connection", "keep-alive"]);

/** What our answers have more: a record's revision, to be given back with If-Match, and policies for browsers and caches. */
const ADDITIONS = {
  headers: new Set([
    "etag",
    "cache-control",
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
  ]),
  items: new Set(["etag", "if-match"]),
};

/** Compared as sets: order and case say nothing. */
const LIST_HEADERS = new Set([
  "allow",
  "vary",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-expose-headers",
]);

/** Compared as present and a date: it is reckoned from the time of the request. */
const DATE_HEADERS = new Set(["expires"]);

function canonical(name: string): string {
  if (name === "www-authenticate") return "WWW-Authenticate";
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function readHeader(name: string, lines: readonly string[]): string {
  if (lines.length === 0) return ABSENT;
  const text = lines.join(" | ");
  if (DATE_HEADERS.has(name)) return Number.isNaN(Date.parse(text)) ? text : "(a date)";
  if (!LIST_HEADERS.has(name)) return text;
  const items = lines.flatMap((line) => line.split(",")).map((item) => item.trim().toLowerCase());
  const common = items.filter((item) => !ADDITIONS.items.has(item));
  return [...new Set(common)].sort().join(", ");
}

function group(headers: HeaderLines): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (IGNORED_HEADERS.has(key) || ADDITIONS.headers.has(key)) continue;
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}

function compareHeaders(expected: HeaderLines, got: HeaderLines): readonly Difference[] {
  const [left, right] = [group(expected), group(got)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    const difference = {
      field: `header ${canonical(name)}`,
      expected: readHeader(name, left.get(name) ?? []),
      got: readHeader(name, right.get(name) ?? []),
    };
    return difference.expected === difference.got ? [] : [difference];
  });
}

/**
 * How an answer differs from the recorded one.
 *
 * - status: equal.
 * - headers: all but those of the connection and our additions; WWW-Authenticate line by line; lists as sets; Expires
 *   as a date.
 * - body: see compareBodies.
 *
 * What a server makes up (session ids, nonces, its signature, its address) has been put into `expected` before, by the
 * carrier: it must be the one our server named first for the recorded one, and of the right form.
 *
 * @param now milliseconds since 1970; timestamps of values must be from the hour before it
 */
export function compareAnswers(
  expected: RecordedResponse,
  got: RecordedResponse,
  now: number,
): readonly Difference[] {
  const status =
    expected.status === got.status
      ? []
      : [{ field: "status", expected: String(expected.status), got: String(got.status) }];
  return [...status, ...compareHeaders(expected.headers, got.headers), ...compareBodies(expected, got, now)];
}
