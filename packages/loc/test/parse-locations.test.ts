import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLocations, isEmpty, isLocType, LOC_TYPE, parseLocations } from "../src/mod.ts";
import { anyLocations, anyMarkup, refusal } from "./support.ts";

const hrefs = (text: string) => parseLocations(text).entries.map(({ href }) => href);

describe("isLocType", () => {
  it("takes the type and its subtypes in any case, and no other", () => {
    for (const type of [LOC_TYPE, "10320/LOC", "10320/Loc", "10320/loc.x", "10320/LOC."]) {
      expect(isLocType(type)).toBe(true);
    }
    for (const type of ["10320/lo", "10320/location", "10320/locx", "URL", "", "10320/ſoc"]) {
      expect(isLocType(type)).toBe(false);
    }
  });
});

describe("parseLocations", () => {
  it("reads the attributes of a location", () => {
    const { chooseby, entries, warnings } = parseLocations(
      '<locations chooseby="locatt,weighted"><location id="0" href="https://a.example/?a=1&amp;b=2" weight=" .5"/>' +
        '<location weight="much" country="de" view="alt"/><location href="" weight="1e999" id="x"/>' +
        '<location href_template="https://t.example/{hdl}"/></locations>',
    );
    expect([chooseby, warnings]).toEqual(["locatt,weighted", []]);
    expect(entries.map(({ attributes: _, ...entry }) => entry)).toEqual([
      { id: "0", href: "https://a.example/?a=1&b=2", weight: 0.5 },
      {},
      { id: "x" },
      { hrefTemplate: "https://t.example/{hdl}" },
    ]);
    expect([...(entries[1]?.attributes ?? [])]).toEqual([
      ["weight", "much"],
      ["country", "de"],
      ["view", "alt"],
    ]);
  });

  it.each([
    ["1", 1],
    ["-0.5", -0.5],
    ["1.", 1],
    ["2e-1", 0.2],
    ["3e0", 3],
    ["1d", 1],
    ["\t0.0\n", 0],
    ["", undefined],
    ["0x1", undefined],
    ["1,5", undefined],
    ["NaN", undefined],
    ["Infinity", undefined],
  ])("takes the weight %j for %s", (text, weight) => {
    const [entry] = parseLocations(`<locations><location weight="${text}"/></locations>`).entries;
    expect(entry?.weight).toBe(weight);
  });

  // Seen on a Handle.Net 9.3.1 server, whose reader is no XML parser.
  it.each([
    ["another root", "<Anything xmlns='u'><LOCATION href='A'></LOCATION></Anything>", ["A"]],
    ["the older name", "<locations><loc_template href='A'/></locations>", ["A"]],
    ["a prefix", "<l:locations><l:location href='A'/></l:locations>", []],
    ["a level in between", "<locations><group><location href='A'/></group></locations>", []],
    ["text around it", "b'\ufeff\u0001<locations><location href='A'/></locations>'\0<x", ["A"]],
    ["no end of the root", '<locations><location href="A"/>', ["A"]],
    ["no end of a location", '<locations><location href="A"></locations>', ["A"]],
    ["several roots", "<location href='A'/><location href='B'/>", ["B"]],
    ["an end tag without a start", "<locations></other><location href='A'/></locations>", ["A"]],
    ["another case at the end", "<locations><location href='A'></LOCATION></locations>", ["A"]],
    [
      "a comment",
      "<!-- c --><locations><!-- <location href='no'/> --><location href='A'/></locations>",
      ["A"],
    ],
    ["HREF", "<locations><location HREF='A'/></locations>", [undefined]],
    ["a repeated attribute", "<locations><location href='A' href='B'/></locations>", ["B"]],
    ["no quotes", "<locations><location href=A weight=1 /></locations>", ["A"]],
    ["a slash in a value without quotes", "<locations><location href=A/></locations>", ["A/"]],
    ["two values", "<locations><location href=href='A' /></locations>", ["A"]],
    ["a value cut at =", "<locations><location href=A?x=b /></locations>", ["b"]],
    ["no white space", "<locations><location id='1'href='A'/></locations>", ["A"]],
    ["white space around =", "<locations><location href\n =\t'A'/></locations>", ["A"]],
    ["a > in quotes", "<locations><location href='A>B'/></locations>", ["A>B"]],
    ["a bare &", "<locations><location href='A?a=1&b=2'/></locations>", ["A?a=1&b=2"]],
    [
      "a bare & before &amp;",
      "<l><location href='A?a=1&b=2&amp;c=3&amp;d=4'/></l>",
      ["A?a=1&b=2&amp;c=3&d=4"],
    ],
    ["references", "<l><location href='&AMP;&lt;&#65;&#x42;&#X43;&nbsp;&#0;'/></l>", ["&<ABC&nbsp;&#0;"]],
    ["an XML declaration", "<?xml version='1.0'?>\n<locations><location href='A'/></locations>", ["A"]],
    [
      "a DOCTYPE",
      "<!DOCTYPE locations [<!ENTITY a '<location href=\"no\"/>'>]><locations><location href='&a;'/></locations>",
      ["&a;"],
    ],
    ["nothing", "", []],
    ["no markup", "https://example.org/", []],
  ])("reads what Handle.Net acts on: %s", (_, text, expected) => {
    const locations = parseLocations(text);
    expect(locations.entries.map(({ attributes }) => attributes.get("href"))).toEqual(expected);
    expect(locations.problem).toBe(undefined);
    expect(formatLocations(locations)).toBe(text);
  });

  it.each([
    [
      "<locations>\n<location href='https://a.example/?a=1&b=2'/></locations>",
      "2:11",
      "an & begins no reference",
    ],
    ["<locations><location href=A /></locations>", "1:27", "not in quotes"],
    ["", "1:1", "the value is empty"],
    ["abc", "1:1", "no element"],
    ["b'<locations/>'", "1:1", "text before the first element"],
    ["<locations></locations>x", "1:24", "the text after the root is not read"],
    ["<!DOCTYPE a><locations/>", "1:1", "a DOCTYPE is skipped"],
    ["<locations><location id='1' id='2'/></locations>", "1:29", "repeated"],
    ["<locations><location></locations>", "1:12", "no end tag"],
  ])("warns of a leniency with its place: %j", (text, place, message) => {
    const [warning] = parseLocations(text).warnings;
    expect(`${warning?.line}:${warning?.column}`).toBe(place);
    expect(warning?.message).toContain(message);
  });

  it.each([
    ["<locations><location href='A'/><location hr", "inside of a tag"],
    ["<locations><location href='A'/><location href='B", "is not closed"],
    ["<locations><location href='A'/><!-- ", "a comment is not closed"],
    ["<locations><location href='A'/></loca", "inside of a tag"],
    ["<!DOCTYPE a [ <!ENTITY", "a DOCTYPE is not closed"],
  ])("says where a value breaks off, and gives what stands before: %j", (text, message) => {
    const { problem, entries } = parseLocations(text);
    expect(problem?.message).toContain(message);
    expect(entries.length).toBe(text.includes("href='A'/>") ? 1 : 0);
  });

  it("finds the records that are included", () => {
    const { includes, entries } = parseLocations(
      '<locations nshdl="20.5/n" include="20.5/a"><include> 20.5/b </include><include>20.5/c</include>' +
        "<includeNamespace>0.NA/20.5</includeNamespace><include></include></locations>",
    );
    expect(includes.map(({ kind, handle }) => `${kind} ${handle}`)).toEqual([
      "include 20.5/a",
      "include 20.5/b",
      "include 20.5/c",
      "includeNamespace 0.NA/20.5",
      "nshdl 20.5/n",
    ]);
    expect(entries).toEqual([]);
  });

  it("bounds what it reads, and refuses what is no text", () => {
    expect(refusal(() => parseLocations("x".repeat(1_048_577))).code).toBe("too_large");
    expect(refusal(() => parseLocations(undefined as unknown as string)).code).toBe("invalid_options");
  });

  it("takes a time that grows with the length alone", () => {
    const hostile = [
      "<a>",
      "</b>",
      "<!--x",
      "<a b",
      "&",
      "<a b=",
      "'",
      "<![CDATA[",
      "<?",
      "<a/>",
      "<!DOCTYPE [",
      "=a",
    ];
    for (const unit of hostile) {
      for (const start of ["", "<locations>", "<locations><location "]) {
        parseLocations(start + unit.repeat(200_000 / unit.length));
      }
    }
  });

  it("never throws, and keeps every character", () => {
    fc.assert(
      fc.property(anyMarkup, (text) => {
        const locations = parseLocations(text);
        expect(formatLocations(locations)).toBe(text);
        expect(parseLocations(text)).toEqual(locations);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads any well-formed value as it is", () => {
    fc.assert(
      fc.property(anyLocations, (locations) => {
        expect(locations.problem).toBe(undefined);
        expect(parseLocations(formatLocations(locations))).toEqual(locations);
      }),
    );
  });
});

describe("isEmpty", () => {
  it.each([
    ["<locations/>", true],
    ["", true],
    ["<other/>", true],
    ["<locations><other href='u'/></locations>", true],
    ["<locations><location/></locations>", false],
    ["<locations><location href_template='https://t.example/{hdl}'/></locations>", false],
    ["<locations include='20.5/a'/>", false],
    ["<locations nshdl='20.5/a'/>", false],
  ])("counts locations and includes: %s", (text, empty) => {
    expect(isEmpty(parseLocations(text))).toBe(empty);
    expect(hrefs(text).length === 0 || !empty).toBe(true);
  });
});
