import { readFileSync } from "node:fs";
import { encodeUtf8, encodeValue, type HandleValueInput, handleKey } from "@handlekit/core";
import { createHandleResolver, openMemory } from "@handlekit/service";
import { parseXml } from "@handlekit/xml/reader";
import { afterAll, describe, expect, it } from "vitest";
import { elementsOf, NOW, readPage, textOf } from "./resolver-support.ts";
import { admin } from "./support.ts";

interface Case {
  readonly name: string;
  readonly handle: string;
  readonly record: readonly HandleValueInput[];
  readonly also?: Readonly<Record<string, readonly HandleValueInput[]>>;
  readonly request: {
    readonly scheme: string;
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly version: string;
  };
  readonly repeat: number;
  readonly sharesFree?: boolean;
  readonly expect: {
    readonly status: number;
    readonly location: readonly string[];
    readonly shares?: Readonly<Record<string, number>>;
    readonly headers?: Readonly<Record<string, readonly string[]>>;
    readonly expiresIn?: number;
    readonly body?: {
      readonly kind: "link" | "record" | "xml" | "page";
      readonly href?: string;
      readonly shows?: readonly string[];
      readonly locations?: readonly Readonly<Record<string, string>>[];
    };
  };
  /** False for what the original does and an own server should not. */
  readonly copy?: boolean;
}

const file = new URL(
  "../../../tests/conformance/handle-rest/recordings/resolver-choice.json",
  import.meta.url,
);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Case[] };

/** Cases that we answer otherwise on purpose, and how; each is a row of docs/compatibility.md. */
const DELIBERATE: Readonly<
  Record<string, { readonly status: number; readonly location: readonly string[] }>
> = {
  "location-without-href": { status: 302, location: ["https://fallback.example.org/"] },
  "get-hdl-parameter": { status: 302, location: ["https://fallback.example.org/"] },
  "xml-declaration": { status: 302, location: ["https://e.example.org/"] },
  "xml-not-readable": { status: 302, location: ["https://fallback.example.org/"] },
  "addresses-not-readable": { status: 302, location: ["https://b.example.org/"] },
  "redirection-headers": { status: 302, location: ["https://fallback.example.org/"] },
  "url-binary": { status: 200, location: [] },
  "url-empty": { status: 200, location: [] },
  "url-javascript": { status: 302, location: ["https://second.example.org/"] },
  "urlappend-other-host": { status: 400, location: [] },
  "headers-value": { status: 302, location: ["https://fallback.example.org/"] },
};

async function ask({ handle, record, also = {}, request, repeat }: Case) {
  const { store } = openMemory();
  for (const prefix of ["0.NA", "20.500.99999"]) await store.home(prefix);
  for (const [name, values] of Object.entries({ [handle]: record, ...also })) {
    const stored = [...values, admin()].map((value) => ({ ...encodeValue(value), timestamp: NOW / 1000 }));
    await store.commit(
      handleKey(name),
      "absent",
      stored.sort((a, b) => a.index - b.index),
    );
  }
  const resolver = createHandleResolver({ store, now: () => NOW });
  const answers = [];
  for (let i = 0; i < Math.max(repeat, 1); i++) {
    const answer = await resolver.respond({
      method: request.method,
      target: request.target,
      headers: {
        host: "hdl.example.org",
        ...Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
      },
      body: encodeUtf8(request.body ?? ""),
      connection: { secure: request.scheme === "https", remoteAddress: "127.0.0.1" },
      httpVersion: request.version,
    });
    answers.push({ ...answer, text: new TextDecoder().decode(answer.body) });
  }
  return answers;
}

type Answers = Awaited<ReturnType<typeof ask>>;
const headerOf = ({ headers }: Answers[number], name: string) =>
  headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
const locationsOf = (answers: Answers) => answers.flatMap((answer) => headerOf(answer, "location"));

function expectBody({ expect: expected }: Case, { text }: Answers[number]) {
  switch (expected.body?.kind) {
    case "link":
      expect(elementsOf(readPage(text)).map(({ attributes }) => attributes.get("href"))).toContain(
        expected.body.href,
      );
      break;
    case "record": {
      const page = textOf(readPage(text));
      for (const shown of expected.body.shows ?? []) expect(page).toContain(shown);
      break;
    }
    case "xml": {
      const locations = elementsOf(parseXml(text.trim())).filter(({ name }) => name === "location");
      expect(locations.map(({ attributes }) => Object.fromEntries(attributes))).toEqual(
        expected.body.locations,
      );
      break;
    }
    default:
  }
}

const table = { equal: 0, deliberate: 0 };
afterAll(() => {
  console.log(`resolver-choice: ${cases.length} cases, ${table.equal} equal, ${table.deliberate} deliberate`);
});

describe("a choice seen on Handle.Net 9.3.1", () => {
  it("has a decision for each case that is not to be copied", () => {
    const named = cases.filter(({ copy }) => copy === false).map(({ name }) => name);
    expect(Object.keys(DELIBERATE)).toEqual(expect.arrayContaining(named));
    expect(Object.keys(DELIBERATE).length).toBe(named.length + 2);
  });

  it.each(cases.map((one) => [one.name, one] as const))("%s", async (name, one) => {
    const answers = await ask(one);
    const [first] = answers;
    if (first === undefined) throw new Error("no answer");
    const otherwise = DELIBERATE[name];
    if (otherwise !== undefined) {
      expect([first.status, locationsOf([first])]).toEqual([otherwise.status, otherwise.location]);
      expect(first.headers.some(([header]) => header.toLowerCase() === "set-cookie")).toBe(false);
      table.deliberate++;
      return;
    }
    const { status, location, headers = {}, shares, expiresIn } = one.expect;
    for (const answer of answers) expect(answer.status).toBe(status);
    expect([...new Set(locationsOf(answers))].sort()).toEqual([...location].sort());
    if (shares !== undefined && !one.sharesFree) {
      for (const [url, share] of Object.entries(shares)) {
        const seen = locationsOf(answers).filter((each) => each === url).length / answers.length;
        // Within five standard deviations of a draw.
        expect(Math.abs(seen - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / answers.length));
      }
    }
    for (const [header, values] of Object.entries(headers)) {
      if (header === "vary") expect(headerOf(first, "vary").join(", ")).toContain(String(values));
      else expect(headerOf(first, header)).toEqual(values);
    }
    if (expiresIn !== undefined) {
      expect((Date.parse(headerOf(first, "expires")[0] ?? "") - NOW) / 1000).toBe(expiresIn);
    }
    expectBody(one, first);
    table.equal++;
  });
});
