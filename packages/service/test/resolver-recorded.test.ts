import { readFileSync } from "node:fs";
import { encodeUtf8, encodeValue, handleKey } from "@handlekit/core";
import { createHandleResolver, openMemory } from "@handlekit/service";
import { parseXml } from "@handlekit/xml/reader";
import { describe, expect, it } from "vitest";
import { elementsOf, NOW, readPage, textOf } from "./resolver-support.ts";

interface Recorded {
  readonly n: number;
  readonly name: string;
  readonly scheme: string;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
}

const recordings = new URL("../../../tests/conformance/handle-rest/recordings/", import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, recordings), "utf8"));
const { exchanges } = read("09-proxy.json") as { readonly exchanges: readonly Recorded[] };
const seedFile = read("seed.json") as {
  readonly homedPrefixes: readonly string[];
  readonly records: Readonly<Record<string, readonly unknown[]>>;
  readonly setup: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
};

async function seededResolver() {
  const store = openMemory().store;
  for (const prefix of ["0.NA", "20.500.99999"]) await store.home(prefix);
  for (const [handle, values] of Object.entries({ ...seedFile.records, ...seedFile.setup["09-proxy"] })) {
    const stored = values.map((value) => ({ ...encodeValue(value), timestamp: NOW / 1000 }));
    await store.commit(
      handleKey(handle),
      "absent",
      stored.sort((a, b) => a.index - b.index),
    );
  }
  return createHandleResolver({ store, now: () => NOW });
}

const headersOf = (lines: readonly (readonly [string, string])[]) =>
  new Map(lines.map(([name, value]) => [name.toLowerCase(), value]));

/** The handle and, for a redirect, the address that a recorded page shows, unescaped. */
function shownBy(body: string): readonly string[] {
  const patterns = [/Handle Values for: (.*?)</, /<b><i>(.*?)<\/i>/, /<body><a href=".*?">(.*?)<\/a>/];
  return patterns
    .flatMap((pattern) => pattern.exec(body)?.slice(1) ?? [])
    .map((text) => text.replaceAll("&amp;", "&"));
}

/** Index and type of each row of a record table, recorded or ours. */
function rowsOf(body: string, row: RegExp): readonly string[] {
  return [...body.matchAll(row)].map(([, index, type]) => `${index} ${type}`);
}

describe("an exchange recorded with Handle.Net 9.3.1 (09-proxy)", () => {
  it.each(exchanges.map((exchange) => [exchange.n, exchange.name, exchange] as const))(
    "%d: %s",
    async (_n, _name, { request, response, scheme }) => {
      const resolver = await seededResolver();
      const got = await resolver.respond({
        method: request.method,
        target: request.target,
        headers: Object.fromEntries(headersOf(request.headers)),
        body: encodeUtf8(request.body),
        connection: { secure: scheme === "https" },
      });
      const [expected, ours] = [headersOf(response.headers), headersOf(got.headers)];
      const text = new TextDecoder().decode(got.body);

      expect(got.status).toBe(response.status);
      for (const name of ["location", "expires", "content-type", "vary"]) {
        expect(ours.get(name), name).toBe(expected.get(name));
      }
      if (request.method === "HEAD") return;
      if (expected.get("content-type")?.startsWith("text/xml")) {
        const list = (xml: string) =>
          elementsOf(parseXml(xml.trim())).map(({ name, attributes }) => [name, new Map(attributes)]);
        expect(list(text)).toEqual(list(response.body));
      } else if (response.body === "") {
        expect(text).toBe("");
      } else {
        const page = textOf(readPage(text));
        for (const shown of shownBy(response.body)) expect(page).toContain(shown);
        expect(/<input[^>]* name="hdl"/.test(text)).toBe(/<input[^>]* name="hdl"/.test(response.body));
        // The recorded server had its own HS_SITE in the prefix handle, which the seed has not.
        expect(rowsOf(text, /class="index">(\d+)<[\s\S]*?scope="row">(?:<[^>]*>)*([^<]*)/g)).toEqual(
          rowsOf(response.body, /<b>(\d+)<\/b>.*?<a [^>]*>([^<]*)<\/a>/g).filter(
            (row) => !row.endsWith("HS_SITE"),
          ),
        );
      }
    },
  );
});
