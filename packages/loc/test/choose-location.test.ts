import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChoiceContext,
  chooseLocation,
  type Locations,
  parseLocations,
  withLegacyUrls,
} from "../src/mod.ts";
import { anyLocations, anyText } from "./support.ts";

const parse = (inner: string, chooseby?: string) =>
  parseLocations(`<locations${chooseby === undefined ? "" : ` chooseby="${chooseby}"`}>${inner}</locations>`);
const location = (href: string, more = "") => `<location href="${href}" ${more}/>`;
const locatt = (...pairs: string[]) => ({
  locatt: pairs.map((pair) => ({ key: pair.split(":")[0] ?? "", value: pair.split(":")[1] ?? "" })),
});

/** Every URL that chance can give, in the order in which it rises. */
function reachable(locations: Locations, context: ChoiceContext = {}) {
  const steps = Array.from({ length: 1000 }, (_, i) => i / 1000);
  const urls = steps.map((step) => chooseLocation(locations, { ...context, random: () => step })?.url);
  return [...new Set(urls)];
}

describe("chooseLocation against the Handle.Net proxy", () => {
  const recorded = withLegacyUrls(
    parseLocations(
      '<locations chooseby="locatt,weighted"><location id="0" href="https://loc.example/zero" weight="1" country="us"/>' +
        '<location id="1" href="https://loc.example/one" weight="0" view="alt"/></locations>',
    ),
    ["https://example.org/fallback"],
  );

  it.each([
    ["by weight", {}, "https://loc.example/zero"],
    ["by id", locatt("id:1"), "https://loc.example/one"],
    ["by an attribute of one's own", locatt("view:alt"), "https://loc.example/one"],
    ["by weight, when none has the attribute", locatt("view:zzz"), "https://loc.example/zero"],
  ])("chooses %s", (_, context, url) => {
    expect(reachable(recorded, context)).toEqual([url]);
  });
});

describe("chooseLocation against the DOI handbook", () => {
  const handbook = parse(
    location("http://uk.example.com/", 'id="0" country="gb" weight="0"') +
      location("http://www1.example.com/", 'id="1" weight="1"') +
      location("http://www2.example.com/", 'id="2" weight="1"'),
  );
  const others = ["http://www1.example.com/", "http://www2.example.com/"];

  it.each<[string, ChoiceContext, string[]]>([
    ["a client of the country", { country: "GB" }, ["http://uk.example.com/"]],
    ["a client of another country", { country: "us" }, others],
    ["a client of a country that is not known", {}, others],
    ["locatt=id:1", { ...locatt("id:1"), country: "gb" }, ["http://www1.example.com/"]],
    ["locatt=id:0", locatt("id:0"), ["http://uk.example.com/"]],
    ["locatt=country:us", { ...locatt("country:us"), country: "fr" }, others],
  ])("chooses for %s", (_, context, urls) => {
    expect(reachable(handbook, context)).toEqual(urls);
  });
});

describe("chooseLocation", () => {
  it("gives the location with its attributes, or nothing", () => {
    const choice = chooseLocation(parse(location("https://a.example/?a=1&amp;b=2", 'view="alt"')));
    expect(choice?.url).toBe("https://a.example/?a=1&b=2");
    expect(choice?.entry.attributes.get("view")).toBe("alt");
    for (const text of ["", "<location/>", '<location href="" weight="1"/>']) {
      expect(chooseLocation(parse(text))).toBeUndefined();
    }
  });

  it("passes over locations without a URL", () => {
    expect(reachable(parse(`<location weight="1"/>${location("a", 'weight="0"')}`))).toEqual(["a"]);
  });

  it("takes the only one without asking for chance or weight", () => {
    const random = () => expect.fail("no chance is needed");
    expect(
      chooseLocation(parse(location("a", 'weight="0" country="us"')), { random, country: "de" })?.url,
    ).toBe("a");
    const two = parse(location("a", 'weight="0" id="1"') + location("b"), "locatt,weighted");
    expect(chooseLocation(two, { ...locatt("id:1"), random })?.url).toBe("a");
  });

  it("asks locatt for every attribute at once, exactly", () => {
    const locations = parse(
      location("a", 'view="alt" lang="de"') +
        location("b", 'view="alt" lang="en"') +
        location("c", 'lang="en"'),
    );
    expect(reachable(locations, locatt("view:alt"))).toEqual(["a", "b"]);
    expect(reachable(locations, locatt("view:alt", "lang:en"))).toEqual(["b"]);
    expect(reachable(locations, locatt("view:Alt"))).toEqual(["a", "b", "c"]);
    expect(reachable(locations, locatt("view:"))).toEqual(["a", "b", "c"]);
    expect(reachable(locations, { locatt: [] })).toEqual(["a", "b", "c"]);
  });

  it("goes back a step when nobody is of the country and every location has one", () => {
    const locations = parse(location("a", 'country="us"') + location("b", 'country="de"'));
    expect(reachable(locations, { country: "fr" })).toEqual(["a", "b"]);
    expect(reachable(locations)).toEqual(["a", "b"]);
    expect(reachable(locations, { country: "DE" })).toEqual(["b"]);
  });

  it("applies the methods that are named, in their order", () => {
    const inner =
      location("a", 'country="us" id="1"') + location("b", 'country="de" id="1"') + location("c", 'id="2"');
    const context = { ...locatt("id:1"), country: "de" };
    expect(reachable(parse(inner, "locatt"), context)).toEqual(["a", "b"]);
    expect(reachable(parse(inner, "country"), context)).toEqual(["b"]);
    expect(reachable(parse(inner, " locatt , country "), { ...locatt("id:1") })).toEqual(["a", "b"]);
    expect(reachable(parse(inner, "country,locatt"), { ...locatt("id:1") })).toEqual(["c"]);
    expect(reachable(parse(inner, "weighted,locatt"), context)).toEqual(["a", "b", "c"]);
    expect(reachable(parse(inner, ""), context)).toEqual(["a", "b", "c"]);
    expect(reachable(parse(inner, "address,score,constructor,nothing"), context)).toEqual(["a", "b", "c"]);
  });

  it("weighs: each has its share, one without a weight has 1, one with 0 or less has none", () => {
    const locations = parse(
      location("zero", 'weight="0"') +
        location("half", 'weight="0.5"') +
        location("one") +
        location("less", 'weight="-3"') +
        location("odd", 'weight="much"'),
    );
    const at = (random: number) => chooseLocation(locations, { random: () => random })?.url;
    expect([0, 0.199, 0.2, 0.599, 0.6, 0.999].map(at)).toEqual(["half", "half", "one", "one", "odd", "odd"]);
  });

  it("makes no difference when no weight is above 0", () => {
    const locations = parse(
      location("a", 'weight="0"') + location("b", 'weight="-1"') + location("c", 'weight="0"'),
    );
    const at = (random: number) => chooseLocation(locations, { random: () => random })?.url;
    expect([at(0), at(0.33), at(0.34), at(0.66), at(0.67), at(0.999)]).toEqual([
      "a",
      "a",
      "b",
      "b",
      "c",
      "c",
    ]);
  });

  it("does not fall on a location without a share when chance is not below 1", () => {
    const locations = parse(location("none", 'weight="0"') + location("all") + location("no", 'weight="0"'));
    for (const chance of [1, 2, Number.NaN]) {
      expect(chooseLocation(locations, { random: () => chance })?.url).toBe("all");
    }
  });

  it("weighs what is huge and what is tiny", () => {
    const huge = location("a", 'weight="1e308"') + location("b", 'weight="1e308"');
    expect(reachable(parse(huge))).toEqual(["a", "b"]);
    const tiny = location("a", 'weight="1e-320"') + location("b", 'weight="0"');
    expect(reachable(parse(tiny))).toEqual(["a"]);
  });

  it("always gives one of the locations, whatever chance says", () => {
    const context = fc.record({
      locatt: fc.array(fc.record({ key: fc.constantFrom("id", "view", "x:own"), value: anyText }), {
        maxLength: 2,
      }),
      country: anyText,
      random: fc.double().map((value) => () => value),
    });
    fc.assert(
      fc.property(anyLocations, context, (locations, known) => {
        const choice = chooseLocation(locations, known);
        const urls = locations.entries.flatMap(({ href }) => href ?? []);
        if (urls.length === 0) expect(choice).toBeUndefined();
        else expect(locations.entries).toContain(choice?.entry);
        expect(choice?.entry.href).toBe(choice?.url);
      }),
    );
  });

  it("takes its own chance when none is given", () => {
    expect(["a", "b"]).toContain(chooseLocation(parse(location("a") + location("b")))?.url);
  });
});
