import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addLocation,
  containsUrl,
  createLocations,
  exchangeUrl,
  formatLocations,
  isEmpty,
  type LocationAttributes,
  type Locations,
  mergeLocations,
  parseLocations,
  removeUrl,
  repairLocations,
} from "../src/mod.ts";
import { scan } from "../src/scan.ts";
import { anyLocations, anyMarkup, anyText, anyUrl, refusal } from "./support.ts";

const A = "https://a.example/";
const B = "https://b.example/?x=1&y=2";
const parse = (inner: string) => parseLocations(`<locations>${inner}</locations>`);
const inner = (locations: Locations) =>
  formatLocations(locations).replace(/^<locations>|<\/locations>$|^<locations\/>$/g, "");

describe("createLocations", () => {
  it("begins an empty value", () => {
    expect(formatLocations(createLocations())).toBe("<locations/>");
    expect(formatLocations(createLocations({ chooseby: "locatt,weighted" }))).toBe(
      '<locations chooseby="locatt,weighted"/>',
    );
    expect(createLocations({ chooseby: "locatt" }).chooseby).toBe("locatt");
    expect(refusal(() => createLocations({ chooseby: "\0" })).code).toBe("invalid_value");
  });
});

describe("addLocation", () => {
  it("writes id, URL and the attributes in their order", () => {
    const locations = addLocation(createLocations(), B, {
      weight: 0.5,
      http_role: "conneg",
      view: 'a"b',
      n: 3,
    });
    expect(inner(locations)).toBe(
      '<location id="0" href="https://b.example/?x=1&amp;y=2" weight="0.5" http_role="conneg" view="a&quot;b" n="3"/>',
    );
  });

  it.each([
    ['<location id="0"/><location id="2"/>', "1"],
    ['<location id="1"/>', "0"],
    ['<location/><location id="main"/><location id="-1"/>', "0"],
    ['<location id="00"/><location id="01"/>', "2"],
    ['<location id="0"/><location id="1.0"/>', "1"],
    ['<other id="0"/><location xmlns="u" id="1"/>', "0"],
  ])("takes the smallest id that is free beside %s", (text, id) => {
    expect(addLocation(parse(text), A).entries.at(-1)?.id).toBe(id);
  });

  it("stands after the last location", () => {
    expect(inner(addLocation(parse("\n<other/><location/>\n<!--c-->\n"), A))).toBe(
      `\n<other/><location/><location id="0" href="${A}"/>\n<!--c-->\n`,
    );
    expect(inner(addLocation(parse("<other/>"), A))).toBe(`<other/><location id="0" href="${A}"/>`);
  });

  it("sets the attributes of a URL that is there, and adds no other", () => {
    const before = parse(
      `<location weight="1" own="x" href="${A}">t</location><location href="${A}" id="7"/>`,
    );
    expect(inner(addLocation(before, A, { weight: 0, country: "de" }))).toBe(
      `<location weight="0" own="x" href="${A}" country="de">t</location><location href="${A}" id="7" weight="0" country="de"/>`,
    );
    expect(addLocation(before, A)).toBe(before);
    expect(addLocation(parse(`<location href="${A}" weight="1"/>`), A, { id: "4" }).entries[0]?.id).toBe("4");
    const same = parse(`<location href="${A}" weight="1"/>`);
    expect(addLocation(same, A, { weight: 1 })).toBe(same);
    const twice = parse(`<location href="${A}" id="7"/><location id="7"/>`);
    expect(addLocation(twice, A, { id: "7" })).toBe(twice);
  });

  it("leaves out attributes that are undefined, as a program without types may give them", () => {
    const attributes: LocationAttributes = { view: undefined };
    expect(inner(addLocation(createLocations(), A, attributes))).toBe(`<location id="0" href="${A}"/>`);
  });

  it.each<[string, string, LocationAttributes, string]>([
    ["no URL", "", {}, "A location cannot have an empty URL."],
    ["a negative weight", A, { weight: -0.1 }, "must be a number from 0 to 1"],
    ["a weight above 1", A, { weight: 1.1 }, "must be a number from 0 to 1"],
    ["a weight that is no number", A, { weight: Number.NaN }, "must be a number from 0 to 1"],
    ["an id in use", A, { id: "7" }, 'Two locations would have the id "7".'],
    ["an id in use, for a URL that is there", B, { id: "7" }, 'Two locations would have the id "7".'],
    ["another URL", A, { href: B }, "cannot set href"],
    ["a namespace", A, { xmlns: "u" }, "cannot set xmlns"],
    ["a name that is none", A, { 'x="1" y': "" }, "cannot be the name of an attribute"],
    ["a control character", A, { view: "\0" }, "U+0000"],
    ["a control character for a URL that is there", B, { view: "\0" }, "U+0000"],
    ["a lone surrogate in the URL", "\ud800", {}, "U+D800"],
  ])("refuses %s", (_, url, attributes, message) => {
    const before = parse('<location id="7"/><location href="https://b.example/?x=1&amp;y=2"/>');
    const error = refusal(() => addLocation(before, url, attributes));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(message);
  });
});

describe("attributes from JavaScript", () => {
  it("may be numbers, and those that are null are left out", () => {
    const three = parse('<location id="3" href="https://a.example/"/>');
    const id = 3 as unknown as string;
    expect(() => addLocation(three, B, { id })).toThrow(/the id "3"/);
    const country = null as unknown as string;
    expect(inner(addLocation(parse(""), A, { id, country }))).toBe(`<location id="3" href="${A}"/>`);
  });
});

describe("exchangeUrl", () => {
  it("replaces the URL wherever it is, and nothing else", () => {
    const before = parse(`<location a="1" href="${A}" id="0"/><other href="${A}"/><location href="${A}"/>`);
    expect(inner(exchangeUrl(before, A, B))).toBe(
      '<location a="1" href="https://b.example/?x=1&amp;y=2" id="0"/><other href="https://a.example/"/>' +
        '<location href="https://b.example/?x=1&amp;y=2"/>',
    );
    expect(exchangeUrl(before, `${A}x`, B)).toBe(before);
    expect(exchangeUrl(before, A, A)).toBe(before);
    expect(refusal(() => exchangeUrl(before, A, "")).code).toBe("invalid_value");
    expect(refusal(() => exchangeUrl(before, B, "\0")).code).toBe("invalid_value");
  });
});

describe("removeUrl", () => {
  it("drops every location with the URL, and nothing else", () => {
    const before = parse(
      `<location href="${A}"/><!--c--><other href="${A}"/><location/><location href="${A}"/>`,
    );
    const after = removeUrl(before, A);
    expect(inner(after)).toBe(`<!--c--><other href="${A}"/><location/>`);
    expect(isEmpty(after)).toBe(false);
    expect(removeUrl(after, A)).toBe(after);
    expect(isEmpty(removeUrl(parse(`<location href="${A}"/>`), A))).toBe(true);
  });
});

describe("values that are no well-formed XML", () => {
  const C = "https://new.example/";
  it.each([
    ["", `<locations><location id="0" href="${C}"/></locations>`],
    ["<locations/>", `<locations><location id="0" href="${C}"/></locations>`],
    [
      "<locations chooseby='weighted' />",
      `<locations chooseby='weighted' ><location id="0" href="${C}"/></locations>`,
    ],
    ["<locations>", `<locations><location id="0" href="${C}"/>`],
    ["b'<locations></locations>'", `b'<locations><location id="0" href="${C}"/></locations>'`],
    ["<l><location href=A?a=1&b=2 ></l>", `<l><location id="0" href="${C}"/><location href=A?a=1&b=2 ></l>`],
  ])("are added to where they are: %j", (text, expected) => {
    const added = addLocation(parseLocations(text), C);
    expect(formatLocations(added)).toBe(expected);
  });

  it("change the attribute that counts and leave every other character", () => {
    const text = "x<L><Location href='old' id=7 href=A&b ><!--c--></L>y";
    const moved = exchangeUrl(parseLocations(text), "A&b", "https://b.example/?x&y");
    expect(formatLocations(moved)).toBe(
      "x<L><Location href='old' id=7 href=\"https://b.example/?x&amp;y\" ><!--c--></L>y",
    );
    expect(formatLocations(removeUrl(moved, "https://b.example/?x&y"))).toBe("x<L><!--c--></L>y");
  });

  it("are not edited where they break off, and can be repaired", () => {
    const broken = parseLocations(
      `b'<locations http_sc=307><location id=0 href=A ></x><include>20.5/i</include><locat`,
    );
    const error = refusal(() => addLocation(broken, C));
    expect([error.code, error.message]).toEqual([
      "invalid_value",
      "The 10320/loc value breaks off at line 1, column 78: the text ends inside of a tag.",
    ]);
    expect(error.hint).toContain("repairLocations");
    const repaired = repairLocations(broken);
    expect(formatLocations(repaired)).toBe(
      '<locations http_sc="307"><location id="0" href="A"/></locations>',
    );
    expect(containsUrl(addLocation(repaired, C), C)).toBe(true);
  });
});

describe("repairLocations", () => {
  it("gives XML without warnings, with every location that was read", () => {
    fc.assert(
      fc.property(anyMarkup, (text) => {
        const locations = parseLocations(text);
        try {
          const repaired = repairLocations(locations);
          expect([repaired.problem, repaired.warnings]).toEqual([undefined, []]);
          expect(repaired.entries.map(({ href }) => href)).toEqual(locations.entries.map(({ href }) => href));
        } catch (error) {
          // A control character in an attribute, which no XML can hold.
          if (!isHandleError(error, "invalid_value")) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("mergeLocations", () => {
  it("loses no URL, writes none twice and gives each location an id of its own", () => {
    const first = parse(`<location id="0" href="${A}"/><other/>`);
    const second = parse(`<location id="0" href="${B}" country="de"/><location id="1" href="${A}"/>`);
    const merged = mergeLocations([first, second, parse(`<location href_template="{hdl}"/>`)]);
    expect(inner(merged)).toBe(
      `<location id="0" href="${A}"/><location id="1" href="https://b.example/?x=1&amp;y=2" country="de"/>` +
        '<location href_template="{hdl}"/><other/>',
    );
    expect(mergeLocations([first])).toBe(first);
    expect(refusal(() => mergeLocations([])).code).toBe("invalid_options");
  });
});

describe("mergeLocations of many", () => {
  it("gives what merging one location after the other gives", () => {
    fc.assert(
      fc.property(fc.array(anyLocations, { minLength: 2, maxLength: 3 }), (values) => {
        const merged = mergeLocations(values);
        const urls = new Set(values.flatMap(({ entries }) => entries.map(({ href }) => href)));
        expect(new Set(merged.entries.map(({ href }) => href))).toEqual(urls);
        const [first] = values;
        const own = first?.entries.length ?? 0;
        expect(merged.entries.slice(0, own)).toEqual(first?.entries);
        const added = merged.entries.slice(own);
        const hrefs = added.flatMap(({ href }) => href ?? []);
        expect(new Set(hrefs).size).toBe(hrefs.length);
        const ids = added.flatMap(({ id }) => id ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.filter((id) => first?.entries.some((entry) => entry.id === id))).toEqual([]);
      }),
    );
  });

  it("merges twenty thousand locations within the time of a test", () => {
    const value = (from: number, n: number) =>
      parse(
        Array.from({ length: n }, (_, i) => `<location id="${i}" href="https://${from + i}.example/"/>`).join(
          "",
        ),
      );
    const merged = mergeLocations([value(0, 10_000), value(10_000, 10_000)]);
    expect(merged.entries).toHaveLength(20_000);
    expect(new Set(merged.entries.map(({ id }) => id)).size).toBe(20_000);
  });
});

describe("the edits", () => {
  it("give values that read back, and change what they say and nothing else", () => {
    const attributes = fc.record({ weight: fc.double({ min: 0, max: 1, noNaN: true }), view: anyText });
    fc.assert(
      fc.property(anyLocations, anyUrl, anyUrl, attributes, (before, url, other, own) => {
        const text = formatLocations(before);
        const added = addLocation(before, url, own);
        expect(parseLocations(formatLocations(added))).toEqual(added);
        expect(containsUrl(added, url)).toBe(true);
        expect(added.entries.find(({ href }) => href === url)).toMatchObject({ weight: own.weight + 0 });
        const exchanged = exchangeUrl(added, url, other);
        expect(containsUrl(exchanged, other)).toBe(true);
        expect(containsUrl(exchanged, url)).toBe(url === other);
        expect(removeUrl(exchanged, other).entries.length).toBeLessThan(exchanged.entries.length);
        if (!containsUrl(before, url)) expect(formatLocations(removeUrl(added, url))).toBe(text);
        expect(formatLocations(before)).toBe(text);
      }),
    );
  });

  it("of one location change no other character, whatever the value is like", () => {
    const url = "https://unique.example/";
    fc.assert(
      fc.property(anyMarkup, (text) => {
        const before = parseLocations(text);
        if (before.problem !== undefined) return;
        let added: Locations;
        try {
          added = addLocation(before, url);
        } catch (error) {
          if (isHandleError(error, "invalid_value")) return;
          throw error;
        }
        const others = added.entries.filter(({ href }) => href !== url);
        expect(others.map(({ attributes }) => attributes)).toEqual(
          before.entries.map(({ attributes }) => attributes),
        );
        const removed = formatLocations(removeUrl(added, url));
        // A root without content is opened for the location, and a value without a root gets one.
        if (/\/\s*>/.test(text)) return;
        const kept = text.trim() === "" ? "" : text;
        expect([text, `${kept}<locations></locations>`]).toContain(removed);
      }),
      { numRuns: 500 },
    );
  });

  it("leave every character outside of the edited location as it is", () => {
    const url = "https://unique.example/";
    const edits = [
      (locations: Locations) => exchangeUrl(locations, url, "https://other.example/?a&b"),
      (locations: Locations) => addLocation(locations, url, { weight: 0.5, view: "x" }),
      (locations: Locations) => removeUrl(locations, url),
    ];
    let edited = 0;
    fc.assert(
      fc.property(
        anyMarkup,
        anyMarkup,
        fc.constantFrom("/>", " />", "></location>"),
        (before, after, end) => {
          const location = `<location id="own" href="${url}"${end}`;
          const text = `<locations>${before}${location}${after}`;
          const locations = parseLocations(text);
          if (locations.problem !== undefined || !containsUrl(locations, url)) return;
          // Markup before it may make another element of it.
          const [element] = scan(text).children.filter(
            ({ start }) => start === text.length - after.length - location.length,
          );
          if (element?.end !== text.length - after.length) return;
          for (const [i, edit] of edits.entries()) {
            const next = formatLocations(edit(locations));
            expect(next.startsWith(`<locations>${before}`)).toBe(true);
            expect(next.endsWith(after)).toBe(true);
            const middle = next.slice(`<locations>${before}`.length, next.length - after.length);
            if (i === 2) expect(middle).toBe("");
            else expect(middle).toMatch(/^<location id="own" href="[^"<>]*"[^<>]*(\/>|><\/location>)$/);
            expect(middle).not.toBe(location);
          }
          edited++;
        },
      ),
      { numRuns: 500 },
    );
    expect(edited).toBeGreaterThan(50);
  });

  it("throw nothing but HandleError, whatever they are given", () => {
    const anything = fc.string({ unit: "binary" });
    const attributes = fc.dictionary(anything, fc.oneof(anything, fc.double()), { maxKeys: 3 });
    fc.assert(
      fc.property(anyLocations, anything, attributes, (locations, url, own) => {
        for (const edit of [
          () => addLocation(locations, url, own),
          () => exchangeUrl(locations, locations.entries[0]?.href ?? "", url),
          () => removeUrl(locations, url),
        ]) {
          try {
            parseLocations(formatLocations(edit()));
          } catch (error) {
            if (!isHandleError(error, "invalid_value")) throw error;
          }
        }
      }),
    );
  });
});
