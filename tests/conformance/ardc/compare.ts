import { parseXml, writeXml, type XmlElement, type XmlNode } from "@handlekit/xml/reader";
import type { RecordedResponse } from "../handle-rest/recording.ts";
import type { ArdcCase } from "./cases.ts";

/** How an answer compares with what it should be. */
export interface Comparison {
  /** `same bytes` but for what is volatile, `same XML` but for spaces between elements and the order of attributes. */
  readonly verdict: "same bytes" | "same XML" | "different";
  readonly expected: string;
  readonly got: string;
}

const TIMESTAMP = /(?<=<timestamp>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?=<\/timestamp>)/;
/** A client made by addClient, whose App Id is made by the server. */
const MADE_APP_ID =
  /(?<=<property name="appId" value=")[0-9a-f]{40}(?=")|(?<=<client appId=")[0-9a-f]{40}(?=")/g;
const FREE_TEXT = "(free text)";

function canonical(node: XmlNode): XmlNode | undefined {
  if (node.type === "text") return node.text.trim() === "" ? undefined : node;
  if (node.type !== "element") return node;
  const attributes = new Map([...node.attributes].sort(([a], [b]) => (a < b ? -1 : 1)));
  const children = node.children.map(canonical).filter((child) => child !== undefined);
  return { ...node, attributes, children };
}

const canonicalText = (xml: string): string => writeXml(canonical(parseXml(xml)) as XmlElement);

/** A list of clients shows all that are registered: only the ones that are expected count. */
function onlyExpectedClients(expected: string, got: string): string {
  const line = /^ *<client [^>]*\/>\n/gm;
  const wanted = [...expected.matchAll(line)].map(([text]) => text.replace(/appId="[^"]*"/, ""));
  const listed = (text: string) => wanted.includes(text.replace(/appId="[^"]*"/, ""));
  return got.replace(line, (text) => (listed(text) ? text : ""));
}

/** With one stamp in the place of all that a server makes up. */
function settled(body: string): string {
  return body.replace(TIMESTAMP, "(now)").replace(MADE_APP_ID, "(App Id)");
}

/** The text of a message that may be any. */
function freeText(expected: string, got: string): string {
  if (!expected.includes(FREE_TEXT)) return got;
  return got.replace(/(?<=<message type="user">)[^<]+(?=<\/message>)/, FREE_TEXT);
}

/** Compares status, media type and body; the handles of `expected` must be ours already. */
export function compare(expected: ArdcCase["response"], got: RecordedResponse): Comparison {
  const contentType = got.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const head = (status: number, type: string) => `${status} ${type.split(";")[0]}\n`;
  const body = freeText(expected.body, onlyExpectedClients(expected.body, got.body));
  const [left, right] = [settled(expected.body), settled(body)];
  const heads = [head(expected.status, expected.contentType), head(got.status, contentType)];
  const texts = { expected: heads[0] + left, got: heads[1] + right };
  if (heads[0] !== heads[1]) return { verdict: "different", ...texts };
  if (left === right) return { verdict: "same bytes", ...texts };
  return { verdict: canonicalText(left) === canonicalText(right) ? "same XML" : "different", ...texts };
}
