import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addLocation, formatLocations, isEmpty, isLocType, LOC_TYPE, parseLocations } from "../src/mod.ts";
import { anyLocations, refusal } from "./support.ts";

describe("isLocType", () => {
  it("takes the type in any case, and no other", () => {
    for (const type of [LOC_TYPE, "10320/LOC", "10320/Loc"]) expect(isLocType(type)).toBe(true);
    for (const type of ["10320/lo", "10320/loc.1", "URL", "", "10320/ſoc"])
      expect(isLocType(type)).toBe(false);
  });
});

describe("parseLocations", () => {
  it("reads what a location says", () => {
    const { chooseby, entries } = parseLocations(
      '<locations chooseby="locatt,weighted"><location id="0" href="https://a.example/?a=1&amp;b=2" weight=" .5"/>' +
        '<location weight="much" country="de" view="alt"/><location href="" weight="1e999" id="x"/></locations>',
    );
    expect(chooseby).toBe("locatt,weighted");
    expect(entries.map(({ attributes: _, ...entry }) => entry)).toEqual([
      { id: "0", href: "https://a.example/?a=1&b=2", weight: 0.5 },
      {},
      { id: "x" },
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
    ["\t0.0\n", 0],
    ["", undefined],
    ["0x1", undefined],
    ["1,5", undefined],
    ["NaN", undefined],
    ["Infinity", undefined],
  ])("takes the weight %j for %s", (text, weight) => {
    expect(parseLocations(`<locations><location weight="${text}"/></locations>`).entries[0]?.weight).toBe(
      weight,
    );
  });

  it("counts direct children named location without a namespace, and keeps all else", () => {
    const text =
      '<locations xmlns:x="u" x:a="1">\n <!-- c --><other><location href="https://in.example/"/></other>' +
      '<x:location href="https://x.example/"/><location xmlns="u" href="https://u.example/"/>' +
      '<location xmlns="" b="&#10;" a="" href="https://a.example/">text<b/></location><![CDATA[<]]><?p i?>\n</locations>';
    const locations = parseLocations(text);
    expect(locations.entries.map(({ href }) => href)).toEqual(["https://a.example/"]);
    expect(formatLocations(locations)).toBe(text);
  });

  it("leaves out what stands before and after", () => {
    expect(
      formatLocations(parseLocations('<?xml version="1.0"?><!-- c -->\n<locations>\n</locations>\n')),
    ).toBe("<locations>\n</locations>");
  });

  it.each([
    ["", "the document ends without an element"],
    ["https://example.org/", "there is text outside of the outermost element"],
    ["<locations>\n<location href='https://a.example/?a=1&b=2'/></locations>", "line 2"],
    ["<!DOCTYPE locations [<!ENTITY a 'b'>]><locations/>", "a DOCTYPE is not allowed"],
    ["<location/>", "its outermost element is not <locations>"],
    ["<locations xmlns='u'/>", "without a namespace"],
    ["<x:locations xmlns:x='u'/>", "its outermost element is not <locations>"],
    ["<locations>".repeat(100), "nested deeper than 64"],
  ])("refuses %j", (text, message) => {
    const error = refusal(() => parseLocations(text));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(message);
  });

  it("throws nothing but HandleError", () => {
    const token = fc.constantFrom(
      ...[
        "<locations>",
        "</locations>",
        "<location",
        ' href="',
        '"',
        "/>",
        "&amp;",
        "&",
        "<!--",
        "-->",
        "x",
        "\0",
      ],
    );
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: token }));
    fc.assert(
      fc.property(text, (xml) => {
        try {
          const locations = parseLocations(xml);
          expect(parseLocations(formatLocations(locations))).toEqual(locations);
        } catch (error) {
          if (!isHandleError(error, "invalid_value")) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("formatLocations", () => {
  it("keeps everything in its order", () => {
    fc.assert(
      fc.property(anyLocations, (locations) => {
        const text = formatLocations(locations);
        expect(parseLocations(text)).toEqual(locations);
        expect(formatLocations(parseLocations(text))).toBe(text);
      }),
    );
  });

  it("refuses what was set by hand and XML cannot hold", () => {
    const locations = addLocation(parseLocations("<locations/>"), "https://a.example/");
    const element = { ...locations.element, attributes: new Map([["chooseby", "\0"]]) };
    expect(refusal(() => formatLocations({ ...locations, element })).code).toBe("invalid_value");
    expect(isEmpty(locations)).toBe(false);
  });
});
