import { encodeUtf8, type HandleValueInput } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createHandleResolver, openMemory } from "@handlekit/service";
import { parseXml, type XmlElement, type XmlNode } from "@handlekit/xml/reader";
import { PREFIX, seed } from "./support.ts";

/** The time the recordings were made. */
export const NOW = Date.parse("2026-11-21T19:21:28Z");
export const LATER = "Sun, 22 Nov 2026 19:21:28 GMT";

/** A logger that keeps its warnings and errors. */
export function createLog() {
  const messages: string[] = [];
  const fields: Readonly<Record<string, unknown>>[] = [];
  const keep = (message: string, more: Readonly<Record<string, unknown>> = {}) => {
    messages.push(message);
    fields.push(more);
  };
  return { messages, fields, debug: () => {}, info: () => {}, warn: keep, error: keep };
}

/** A resolver over these records, a suffix standing for a handle of the test prefix. */
export async function createFixture(
  records: Readonly<Record<string, readonly HandleValueInput[]>> = {},
  options: { readonly random?: () => number; readonly store?: HandleStore } = {},
) {
  const store = options.store ?? openMemory().store;
  await store.home(PREFIX);
  await store.home("0.NA");
  for (const [suffix, values] of Object.entries(records)) await seed(store, `${PREFIX}/${suffix}`, values);
  const log = createLog();
  const resolver = createHandleResolver({
    store,
    now: () => NOW,
    log,
    ...(options.random && { random: options.random }),
  });

  const ask = async (
    target: string,
    how: {
      readonly method?: string;
      readonly body?: string;
      readonly secure?: boolean;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) => {
    const { method = "GET", body = "", secure = false, headers = {} } = how;
    const response = await resolver.respond({
      method,
      target,
      headers: { host: "hdl.example:8000", ...headers },
      body: encodeUtf8(body),
      connection: { secure },
    });
    const header = (name: string) =>
      response.headers.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
    return { ...response, header, text: new TextDecoder().decode(response.body) };
  };
  return { store, log, ask };
}

export const path = (suffix: string) => `/${PREFIX}/${suffix}`;
export const url = (data: string, index = 1): HandleValueInput => ({ index, type: "URL", data });
export const loc = (data: string, index = 2): HandleValueInput => ({ index, type: "10320/loc", data });
export const alias = (to: string): HandleValueInput => ({ index: 1, type: "HS_ALIAS", data: to });

/** A page as a tree: pages are written so that they are XML, too. */
export function readPage(text: string): XmlElement {
  return parseXml(text.replace(/^<!DOCTYPE html>\n/, ""));
}

/** Every element of a tree. */
export function elementsOf(node: XmlNode): readonly XmlElement[] {
  return node.type === "element" ? [node, ...node.children.flatMap(elementsOf)] : [];
}

/** All text of a tree but that of the style sheet. */
export function textOf(node: XmlNode): string {
  if (node.type === "element") return node.name === "style" ? "" : node.children.map(textOf).join("");
  return node.type === "text" ? node.text : "";
}

/** A text that a URL can hold: half characters replaced. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
