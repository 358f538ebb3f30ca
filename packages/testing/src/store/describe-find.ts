import { encodeUtf8, handleKey, VALUE_PERMISSIONS } from "@handlekit/core";
import type { HandleKey, HandleStore, ValueQuery } from "@handlekit/core/store";
import { A, AWKWARD, B, C, one, type StoreSuite, two, value } from "./store-suite.ts";

/** Data that is searched with each of the {@link PATTERNS}. */
const DATA = [
  "",
  "a",
  "ab",
  "abc",
  "abcd",
  "xabc",
  "ABC",
  "ac",
  "a1b2c",
  "a\nc",
  "a\u0000c",
  "a/c",
  "é𝒳",
  "a%c",
  "a_c",
  "a?c",
  "a.c",
  "a*c",
  "a\\c",
  "a\\%c",
  "[ab]",
  "(a|b)+",
  "^a$",
  "a{1}",
];

/** Patterns, each with those of the {@link DATA} that it finds. */
const PATTERNS: readonly (readonly [string, readonly string[]])[] = [
  ["", [""]],
  ["*", DATA],
  ["**", DATA],
  ["a", ["a"]],
  ["abc", ["abc"]],
  ["ab*", ["ab", "abc", "abcd"]],
  ["*bc", ["abc", "xabc"]],
  ["*b*", ["ab", "abc", "abcd", "xabc", "a1b2c", "[ab]", "(a|b)+"]],
  ["a*b*c", ["abc", "a1b2c"]],
  [
    "a*c",
    ["abc", "ac", "a1b2c", "a\nc", "a\u0000c", "a/c", "a%c", "a_c", "a?c", "a.c", "a*c", "a\\c", "a\\%c"],
  ],
  ["é*", ["é𝒳"]],
  ["*𝒳", ["é𝒳"]],
  ["a%c", ["a%c"]],
  ["a_c", ["a_c"]],
  ["a?c", ["a?c"]],
  ["a.c", ["a.c"]],
  ["a\\*", ["a\\c", "a\\%c"]],
  ["a\\%c", ["a\\%c"]],
  ["[ab]", ["[ab]"]],
  ["(a|b)+", ["(a|b)+"]],
  ["^a$", ["^a$"]],
  ["a{1}", ["a{1}"]],
  ["%", []],
  ["_", []],
  ["?", []],
  [".", []],
];

type Searchable = HandleStore & { readonly find: NonNullable<HandleStore["find"]> };

const isSearchable = (store: HandleStore): store is Searchable => store.find !== undefined;

/** Adds the tests of `find`. They pass when a store has no such member. */
export function describeFind(name: string, suite: StoreSuite): void {
  const { describe, expect, create, readPages } = suite;

  function row(title: string, body: (store: Searchable) => Promise<void>): void {
    suite.row(title, async (store) => {
      if (isSearchable(store)) await body(store);
    });
  }

  const all = { after: undefined, limit: 100 } as const;
  const ofText = (text: string, more: Pick<ValueQuery, "prefix" | "type"> = {}): ValueQuery => ({
    ...all,
    data: encodeUtf8(text),
    ...more,
  });
  const numbered = (number: number): HandleKey => handleKey(`20.5/${100 + number}`);

  describe(`${name}: find, if the store has it`, () => {
    row("finds records with exactly the data", async (store) => {
      await create(store, C, [value(1, "other"), value(7, "abc")]);
      await create(store, A, [value(1, "abc")]);
      for (const [i, text] of ["abcd", "ab", "ABC", "*bc", ""].entries()) {
        await create(store, numbered(i), [value(1, text)]);
      }
      expect(await store.find(ofText("abc"))).toEqual([A, C]);
      expect(await store.find(ofText("*bc"))).toEqual([numbered(3)]);
      expect(await store.find(ofText(""))).toEqual([numbered(4)]);
    });

    row("finds data that is not text", async (store) => {
      const data = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
      await create(store, A, [value(1, "", { data })]);
      await create(store, B, [value(1, "abc")]);
      expect(await store.find({ ...all, data })).toEqual([A]);
      expect(await store.find({ ...all, data: data.slice(0, -1) })).toEqual([]);
      expect(await store.find({ ...all, pattern: "a*" })).toEqual([B]);
    });

    row("gives no character of a pattern a meaning but *", async (store) => {
      for (const [i, text] of DATA.entries()) await create(store, numbered(i), [value(1, text)]);
      for (const [pattern, texts] of PATTERNS) {
        const found = await store.find({ ...all, pattern });
        expect([pattern, found]).toEqual([pattern, texts.map((text) => numbered(DATA.indexOf(text)))]);
      }
    });

    row("compares types exactly", async (store) => {
      const types = ["URL", "url", "URL.X", "UR", ""];
      for (const [i, type] of types.entries()) await create(store, numbered(i), [value(1, "abc", { type })]);
      for (const [i, type] of types.entries()) {
        expect(await store.find(ofText("abc", { type }))).toEqual([numbered(i)]);
        expect(await store.find({ ...all, type, pattern: "*" })).toEqual([numbered(i)]);
      }
      for (const type of ["U*", "U%", "U_L"]) expect(await store.find(ofText("abc", { type }))).toEqual([]);
      expect(await store.find(ofText("abc"))).toEqual(types.map((_, i) => numbered(i)));
    });

    row("compares type, data and permissions of the same value", async (store) => {
      await create(store, A, [value(1, "abc"), value(2, "xyz", { type: "EMAIL" })]);
      await create(store, B, [value(1, "xyz", { permissions: 0b1100 }), value(2, "abc")]);
      expect(await store.find(ofText("xyz", { type: "URL" }))).toEqual([]);
      expect(await store.find({ ...all, type: "URL", pattern: "x*" })).toEqual([]);
      expect(await store.find(ofText("xyz", { type: "EMAIL" }))).toEqual([A]);
    });

    row("finds only records of the prefix", async (store) => {
      const handles = ["0.NA/20.500", "20.5/20.500/X", "20.50/X", "20.500.1/X", "20.500/X", "20.5001/X"];
      const keys = handles.map(handleKey);
      for (const key of keys) await create(store, key);
      const find = (prefix?: string) => store.find({ ...all, prefix, pattern: "https:*" });
      expect(await find()).toEqual(keys);
      expect(await find("20.500")).toEqual([handleKey("20.500/X")]);
      expect(await find("0.NA")).toEqual([handleKey("0.NA/20.500")]);
      for (const none of ["20.", "20.%", "20.50_", "20.5*", "20.500/"]) expect(await find(none)).toEqual([]);
    });

    row("finds only values that are publicly readable", async (store) => {
      const permissions = Array.from({ length: 16 }, (_, i) => i);
      for (const bits of permissions) {
        await create(store, numbered(bits), [value(1, "abc", { permissions: bits })]);
      }
      const readable = permissions.filter((bits) => bits & VALUE_PERMISSIONS.publicRead).map(numbered);
      expect(await store.find(ofText("abc"))).toEqual(readable);
      expect(await store.find({ ...all, pattern: "*b*" })).toEqual(readable);
    });

    row("finds no value of a type that begins with HS_, in upper or lower case", async (store) => {
      const secret = "S3CR3T-of-describe-store";
      const types = [
        "HS_SECKEY",
        "hs_seckey",
        "Hs_SecKey",
        "HS_ADMIN",
        "hs_vlist",
        "HS_SECKEY.X",
        "HS_X",
        "hs_",
      ];
      for (const [i, type] of types.entries()) {
        const key = value(300, secret, { type, permissions: 0b1111 });
        await create(store, numbered(i), i === 0 ? [value(1, "abc"), key] : [key]);
      }
      for (const type of [undefined, ...types]) {
        expect(await store.find(ofText(secret, { type }))).toEqual([]);
        expect(await store.find({ ...all, type, pattern: "S3*" })).toEqual([]);
      }
      expect(await store.find({ ...all, pattern: "*" })).toEqual([numbered(0)]);
    });

    row("finds values of types that only resemble reserved ones", async (store) => {
      const types = ["HS", "HSX", "HSXA", "HS-ADMIN", "X.HS_ADMIN", "XHS_ADMIN", " HS_ADMIN", "ＨS_ADMIN"];
      for (const [i, type] of types.entries()) await create(store, numbered(i), [value(1, "abc", { type })]);
      expect(await store.find(ofText("abc"))).toEqual(types.map((_, i) => numbered(i)));
      for (const [i, type] of types.entries()) {
        expect(await store.find({ ...all, type, pattern: "*" })).toEqual([numbered(i)]);
      }
    });

    row("finds a record once, however many of its values are found", async (store) => {
      await create(store, A, [value(1, "abc"), value(2, "abc"), value(3, "abd")]);
      await create(store, B, [value(1, "abc")]);
      expect(await store.find(ofText("abc"))).toEqual([A, B]);
      expect(await store.find({ after: undefined, limit: 2, pattern: "ab*" })).toEqual([A, B]);
      expect(await store.find({ after: undefined, limit: 1, pattern: "ab*" })).toEqual([A]);
    });

    row("orders keys by their UTF-8 bytes, in pages", async (store) => {
      const [before, after] = [handleKey("0.NA/20.5"), handleKey("𝒳/A")];
      for (const key of [after, ...AWKWARD, before].reverse()) await create(store, key);
      for (let i = 0; i < 10; i++) await create(store, handleKey(`20.5/A${i}`), [value(1, "other")]);
      const find = (size: number, prefix?: string) =>
        readPages(size, (last) => store.find({ prefix, pattern: "https:*", after: last, limit: size }));
      for (const size of [1, 4, 100]) {
        expect(await find(size, "20.5")).toEqual(AWKWARD);
        expect(await find(size)).toEqual([before, ...AWKWARD, after]);
      }
      const page = await store.find({ pattern: "https:*", after: handleKey("20.5/A0"), limit: 2 });
      expect(page).toEqual(AWKWARD.slice(AWKWARD.indexOf(handleKey("20.5/A/B")) + 1).slice(0, 2));
    });

    row("finds nothing for a limit of 0 or when no value fits", async (store) => {
      expect(await store.find({ ...all, pattern: "*" })).toEqual([]);
      await create(store, A);
      await create(store, B, []);
      expect(await store.find({ after: undefined, limit: 0, pattern: "*" })).toEqual([]);
      expect(await store.find({ ...all, pattern: "none*" })).toEqual([]);
      expect(await store.find({ ...all, after: A, pattern: "*" })).toEqual([]);
      expect(await store.find({ ...all, prefix: "20.500.99999", pattern: "*" })).toEqual([]);
    });

    row("follows changes", async (store) => {
      const find = (text: string) => store.find(ofText(text));
      const [first, second] = ["https://example.org/1", "https://example.org/2"];
      expect(await store.commit(A, await create(store, A, one), two)).toBe("done");
      expect([await find(first), await find(second)]).toEqual([[], [A]]);
      expect(await store.commit(A, (await suite.present(store, A)).revision, null)).toBe("done");
      expect(await find(second)).toEqual([]);
      await create(store, A, one);
      expect([await find(first), await find(second)]).toEqual([[A], []]);
    });
  });
}
