/** A URL or DESC. */
export type Value = readonly [index: number, type: "URL" | "DESC", text: string];

const URL_AT_1: Value = [1, "URL", "https://example.org/a"];
const DESC_AT_2: Value = [2, "DESC", "Example description"];

/** What the handles of a case hold before it, where that is not a URL at 1 and a DESC at 2. */
const BEFORE: Readonly<Record<string, readonly Value[]>> = {
  "add URL to a handle with a DESC at 1: index 2": [[1, "DESC", "Example description"]],
  "add fills the lowest free index": [[3, "DESC", "third"]],
  "handle percent-encoded in the query": [URL_AT_1],
  "add at 10": [URL_AT_1],
  "a type parameter is ignored, the stored type stays": [URL_AT_1, [2, "DESC", "Changed value"]],
  "delete the last value: the handle stays, with no properties": [URL_AT_1],
  "POST with a body (real clients do this), body ignored": [URL_AT_1],
  "undocumented: by value, one hit": [URL_AT_1],
  "undocumented: by value, several hits": [[1, "DESC", "same"]],
};

/** What each handle of a case holds before it. */
export function valuesBefore(name: string): readonly Value[] {
  return BEFORE[name] ?? [URL_AT_1, DESC_AT_2];
}
