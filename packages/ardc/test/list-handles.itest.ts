import { createArdcClient } from "@handlekit/ardc";
import { encodeUtf8 } from "@handlekit/core";
import { buildResponse } from "@handlekit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listPages } from "../src/list-handles.ts";
import { PREFIX, say, startFakeService } from "./fake-service.ts";
import { CREDENTIALS, clientOf, collect, errorOf } from "./support.ts";

const handles = (...numbers: readonly number[]) => numbers.map((number) => `${PREFIX}/${number}`);
const listed = (identifiers: readonly string[]) =>
  buildResponse({
    type: "success",
    identifiers,
    timestamp: new Date(0),
    message: { type: "user", text: "Handle listing successful" },
  });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function withHandles(count: number) {
  const fake = await startFakeService();
  const client = clientOf(fake);
  for (let i = 0; i < count; i++) await client.mint();
  fake.seen.length = 0;
  return { fake, client };
}

describe("listHandles", () => {
  it("reads page by page, the owner handle too", async () => {
    const { fake, client } = await withHandles(11);
    fake.pageSize = 5;
    expect(await collect(client.listHandles())).toEqual(handles(...range(1, 12)));
    expect(fake.lines()).toEqual([
      "listHandles",
      `listHandles startHandle=${PREFIX}/5`,
      `listHandles startHandle=${PREFIX}/10`,
      `listHandles startHandle=${PREFIX}/12`,
    ]);
    expect(await collect(client.listHandles({ after: `hdl:${PREFIX}/10` }))).toEqual(handles(11, 12));
  });

  it("reads a list in the order of strings", async () => {
    const { fake, client } = await withHandles(11);
    fake.order = "string";
    expect(await collect(client.listHandles())).toEqual(handles(1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(fake.lines()).toEqual(["listHandles", `listHandles startHandle=${PREFIX}/12`]);
  });

  it("ends when pages repeat, and yields no handle twice", async () => {
    const { fake, client } = await withHandles(0);
    fake.always = say(listed(handles(3, 1, 3, 2)));
    expect(await collect(client.listHandles())).toEqual(handles(3, 1, 2));
    expect(fake.seen).toHaveLength(2);
  });

  it("ends when pages go backwards", async () => {
    const { fake, client } = await withHandles(0);
    fake.trick("listHandles", say(listed(handles(9))), say(listed(handles(8))), say(listed(handles(7))));
    expect(await collect(client.listHandles())).toEqual(handles(9, 8));
    expect(fake.seen).toHaveLength(2);
  });

  it("reads an empty list, and a list of one handle", async () => {
    const { fake, client } = await withHandles(0);
    fake.trick("listHandles", say(listed([])));
    expect(await collect(client.listHandles())).toEqual([]);
    expect(await collect(client.listHandles())).toEqual(handles(1));
  });

  it("reads pages as they are needed, and rejects when one fails", async () => {
    const { fake, client } = await withHandles(3);
    fake.pageSize = 2;
    for await (const handle of client.listHandles()) if (handle === `${PREFIX}/2`) break;
    expect(fake.seen).toHaveLength(1);
    const pages = client.listHandles();
    await pages.next();
    await pages.next();
    fake.always = say("<html/>", 500);
    expect((await errorOf(pages.next())).code).toBe("server_error");
  });

  it("ends with an error when the service never ends", async () => {
    let requests = 0;
    const client = createArdcClient(CREDENTIALS, {
      url: "https://demo.example/pids",
      transport: {
        async send() {
          return { status: 200, headers: {}, body: encodeUtf8(listed(handles(++requests))) };
        },
        close: async () => {},
      },
    });
    let seen = 0;
    const error = await errorOf(
      (async () => {
        for await (const _ of client.listHandles()) seen++;
      })(),
    );
    expect([error.code, seen, requests]).toEqual(["protocol_error", 10_000, 10_000]);
  });
});

describe("listPages", () => {
  it("yields every handle once, whatever the page size and the order within pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.bigInt({ min: 0n, max: 10n ** 20n })),
        fc.integer({ min: 1, max: 7 }),
        fc.func(fc.integer()),
        async (numbers, pageSize, rank) => {
          const ascending = numbers.toSorted((a, b) => (a < b ? -1 : 1));
          const readPage = async (start: string | undefined) => {
            const after = start === undefined ? -1n : BigInt(start.slice(2));
            const page = ascending.filter((number) => number > after).slice(0, pageSize);
            return page.toSorted((a, b) => rank(a) - rank(b)).map((number) => `a/${number}`);
          };
          const all = await collect(listPages(readPage, undefined));
          expect(all.toSorted()).toEqual(numbers.map((number) => `a/${number}`).toSorted());
        },
      ),
    );
  });

  it("ends whatever the pages are", async () => {
    const anyPage = fc.array(
      fc.oneof(fc.constantFrom("a/1", "a/2", "a/x", "b/03", "no", "A/X"), fc.string()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyPage), fc.option(fc.constantFrom("a/1", "x/y")), async (pages, after) => {
        const waiting = [...pages];
        const all = await collect(listPages(async () => waiting.shift() ?? [], after ?? undefined));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
