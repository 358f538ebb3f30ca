import type { HeaderLines } from "./recording.ts";

/** What a server says of a session, in a challenge or in a body of /api/sessions. */
export interface SessionFacts {
  readonly sessionId?: string;
  readonly nonce?: string;
  readonly serverSignature?: string;
}

interface HasHeadersAndBody {
  readonly headers: HeaderLines;
  readonly body: string;
}

/** The `key="value"` or `key=value` parts of a Handle challenge or of Handle credentials. */
export function handleFields(header: string): Readonly<Record<string, string>> {
  if (!/^handle /i.test(header)) return {};
  const parts = header.matchAll(/([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g);
  return Object.fromEntries([...parts].map(([, key = "", quoted, token = ""]) => [key, quoted ?? token]));
}

/** A body that is a JSON object, else an empty one. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** The lines of one header. */
export function headerValues(headers: HeaderLines, name: string): readonly string[] {
  return headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function facts(source: Readonly<Record<string, unknown>>): SessionFacts {
  const text = (key: string): Record<string, string> =>
    typeof source[key] === "string" ? { [key]: source[key] } : {};
  return { ...text("sessionId"), ...text("nonce"), ...text("serverSignature") };
}

/** What an answer says of its session. */
export function sessionFacts(answer: HasHeadersAndBody): SessionFacts {
  const challenges = headerValues(answer.headers, "www-authenticate").map((line) =>
    facts(handleFields(line)),
  );
  return Object.assign({}, ...challenges, facts(jsonObject(answer.body)));
}

/** What a request says of its session and of who it is: the JSON body first, then the Authorization header. */
export function requestFields(request: HasHeadersAndBody): Readonly<Record<string, string>> {
  const [authorization = ""] = headerValues(request.headers, "authorization");
  const body = Object.entries(jsonObject(request.body))
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([key, value]) => [key, String(value)]);
  return { ...Object.fromEntries(body), ...handleFields(authorization) };
}
