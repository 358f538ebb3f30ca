import { headerValues } from "./challenge.ts";
import { compareJson } from "./compare-json.ts";
import { compareMarkup, comparePages } from "./compare-markup.ts";
import type { RecordedResponse } from "./recording.ts";
import type { Difference } from "./rules.ts";

const JSONP = /^([^()]*)\((.*)\);$/s;

function shorten(body: string): string {
  return body === "" ? "(empty)" : body;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function whole(expected: string, got: string): readonly Difference[] {
  return expected === got ? [] : [{ field: "body", expected: shorten(expected), got: shorten(got) }];
}

/** TRACE gives the request back; what the connection added to it is left out. */
function echoed(body: string): string {
  const lines = body.replaceAll("\r\n", "\n").trimEnd().split("\n");
  return lines.filter((line) => !/^(connection|content-length):/i.test(line)).join("\n");
}

/**
 * How a body differs, by the recorded Content-Type:
 * - none: both are empty (an answer to HEAD is, whatever its Content-Type).
 * - JSON: see compareJson; in JSONP also the name of the function and what stands around.
 * - XML: elements in order, attributes in any order, space between elements left out.
 * - HTML: not as text; it must show what the recorded page shows (the handle, the target), escaped.
 * - message/http: the lines of the request, but those of the connection.
 */
export function compareBodies(
  expected: RecordedResponse,
  got: RecordedResponse,
  now: number,
): readonly Difference[] {
  if (expected.body === "" || got.body === "") return whole(expected.body, got.body);
  const [type = ""] = headerValues(expected.headers, "content-type");
  if (type.startsWith("text/html")) return comparePages(expected.body, got.body);
  if (type.startsWith("text/xml")) return compareMarkup(expected.body, got.body);
  if (type.startsWith("message/http")) return whole(echoed(expected.body), echoed(got.body));
  const [left, right] = [JSONP.exec(expected.body), JSONP.exec(got.body)];
  if (left && right) {
    const name = whole(left[1] ?? "", right[1] ?? "").map((found) => ({ ...found, field: "callback" }));
    return [...name, ...compareJson(left[2] ?? "", right[2] ?? "", now)];
  }
  if (!isJson(expected.body) || !isJson(got.body)) return whole(expected.body, got.body);
  return compareJson(expected.body, got.body, now);
}
