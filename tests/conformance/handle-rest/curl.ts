import type { Exchange, HeaderLines, RecordedEntry, RecordedRequest, RecordedResponse } from "./recording.ts";

const MINIMAL_RECORD =
  '[{"index":1,"type":"URL","data":{"format":"string","value":"https://example.org/cert"}}]';
const CERTIFICATE = /^(\w+\.pem)\b/;
/** The exchanges named only "cert" answer as 300:0.NA/20.500.99999. */
const UNNAMED_CERTIFICATE = "uid.pem";
/** Where curl's own output breaks into the body: it used the connection again. */
const SECOND_ANSWER = /\* Found bundle for host[^\n]*\n/;

function certificateOf(name: string): string | undefined {
  if (name.startsWith("no certificate")) return undefined;
  return CERTIFICATE.exec(name)?.[1] ?? UNNAMED_CERTIFICATE;
}

function headerLines(lines: readonly string[]): HeaderLines {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}

function parseRequest(text: string): RecordedRequest {
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const [method = "", target = ""] = first.split(" ");
  return { method, target, headers: headerLines(lines), body: "" };
}

function parseResponse(text: string): RecordedResponse {
  const [head = "", body = ""] = text.split("\n\n");
  const [first = "", ...lines] = head.split("\n");
  const headers = headerLines(lines).filter(([name]) => name !== "Date" && name !== "Content-Length");
  return { status: Number(first.split(" ")[1]), headers, body };
}

/**
 * Undoes what recording through curl left: bodies of answers to PUT and POST stand in the notes, bodies of requests are
 * missing (any valid record answers the same), and two requests on one connection stand in one entry.
 */
export function fromCurl(entry: RecordedEntry): Exchange {
  const { n, name, scheme, request, response } = entry;
  const certificate = certificateOf(name);
  const base = { n, name, scheme, ...(certificate === undefined ? {} : { certificate }) };
  const [body = "", second] = response.body.split(SECOND_ANSWER);
  if (second !== undefined) {
    return {
      ...base,
      steps: [
        { request: { ...request, body: "" }, response: { ...response, body } },
        { request: parseRequest(request.body), response: parseResponse(second) },
      ],
    };
  }
  const noted = entry.notes?.find((note) => note.startsWith("{"));
  const sent = request.method === "PUT" ? MINIMAL_RECORD : request.body;
  return {
    ...base,
    steps: [{ request: { ...request, body: sent }, response: { ...response, body: noted ?? body } }],
  };
}
