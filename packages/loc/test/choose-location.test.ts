import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Candidates,
  type ChoiceContext,
  chooseCandidate,
  chooseLocation,
  collectCandidates,
  expandTemplate,
  type Locations,
  parseLocations,
} from "../src/mod.ts";
import { anyLocations, anyText } from "./support.ts";

const parse = (inner: string, chooseby?: string) =>
  parseLocations(`<locations${chooseby === undefined ? "" : ` chooseby="${chooseby}"`}>${inner}</locations>`);
const location = (href: string, more = "") => `<location href="${href}" ${more}/>`;
const locatt = (...asked: string[]) => ({ locatt: asked });
const ofOne = (own: Locations, urls: string[] = []) =>
  collectCandidates({ handle: "20.5/x", own: [own], urls: urls.map((url) => ({ url, isSubtype: false })) });

/** Every URL that chance can give, in the order in which it rises. */
function reachable(from: Locations | Candidates, context: ChoiceContext = {}) {
  const candidates = "list" in from ? from : ofOne(from);
  const steps = Array.from({ length: 1000 }, (_, i) => i / 1000);
  const urls = steps.map((step) => chooseCandidate(candidates, { ...context, random: () => step })?.url);
  return [...new Set(urls)];
}

describe("chooseCandidate against the Handle.Net proxy", () => {
  const recorded = ofOne(
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
    ["by the presence of an attribute", locatt("view"), "https://loc.example/one"],
    ["by weight, when none has the attribute", locatt("view:zzz"), "https://loc.example/zero"],
    ["a URL value", locatt("mode:legacy"), "https://example.org/fallback"],
  ])("chooses %s", (_, context, url) => {
    expect(reachable(recorded, context)).toEqual([url]);
  });
});

describe("collectCandidates", () => {
  const source = (own: string[], urls: [string, boolean][], more = {}) =>
    collectCandidates({
      handle: "20.5/x",
      own: own.map((text) => parseLocations(text)),
      urls: urls.map(([url, isSubtype]) => ({ url, isSubtype })),
      ...more,
    });
  const weights = ({ list }: Candidates) =>
    list.map(({ url, entry }) => `${url} ${entry.attributes.get("weight") ?? "-"}`);

  it("gives locations, included ones, URL values and those of the namespace in this order", () => {
    const included = [parse(location("i"))];
    const namespace = [
      parseLocations('<l http_sc="307" chooseby="locatt"><location href_template="n/{hdl}"/></l>'),
    ];
    const candidates = source([`<l>${location("a")}</l>`, `<l>${location("b")}</l>`], [["u", false]], {
      included,
      namespace,
    });
    expect(candidates.list.map(({ url }) => url)).toEqual(["a", "b", "i", "u", "n/20.5%2Fx"]);
    expect([candidates.chooseby, candidates.list.map(candidates.statusOf)]).toEqual([
      "locatt",
      [307, 307, 307, 307, 307],
    ]);
  });

  it.each([
    ["<l/>", ["u 0.0", "s 0.0"]],
    ["", ["u 1.0", "s 0.0"]],
    ["text", ["u 1.0", "s 0.0"]],
    ["<l urlWeight='3'/>", ["u 3.0", "s 0.0"]],
    ["<l urlWeight='much' urlSubtypeWeight='.25'/>", ["u 0.0", "s 0.25"]],
    ["<l no_legacy='YES'/>", []],
    ["<l no_legacy='no'/>", ["u 0.0", "s 0.0"]],
  ])("weighs URL values beside %j", (text, expected) => {
    expect(
      weights(
        source(
          [text],
          [
            ["u", false],
            ["s", true],
          ],
        ),
      ),
    ).toEqual(expected);
  });

  it("weighs a subtype like URL when there is no URL", () => {
    expect(weights(source(["<l urlWeight='2' urlSubtypeWeight='9'/>"], [["s", true]]))).toEqual(["s 2.0"]);
  });

  it("takes the status of the location, else of the first root, and only statuses of redirects", () => {
    const { list, statusOf } = source(
      [
        `<l http_sc='301'>${location("a", "http_sc='308'")}${location("b", "http_sc='200'")}${location("c")}</l>`,
      ],
      [],
    );
    expect(list.map(statusOf)).toEqual([308, 302, 301]);
  });

  it("gives a location without a URL none", () => {
    expect(
      source(["<l><location weight='1'/><location href='' href_template='t'/></l>"], []).list.map(
        ({ url }) => url,
      ),
    ).toEqual([undefined, ""]);
  });
});

describe("expandTemplate", () => {
  it.each([
    ["?id={hdl}&x={HDL}", "20.500.99999/x", "?id=20.500.99999%2Fx&x={HDL}"],
    ["{hdl:path}", "20.500.99999/a b&c", "20.500.99999/a%20b%26c"],
    ["{hdl}", "é*~(", "%C3%A9*%7E%28"],
    ["{hdl:path}", "a:b@c!d(e),f;g=h$i~j+k'l?m#n%o", "a:b@c!d(e),f;g=h$i~j%2Bk%27l%3Fm%23n%25o"],
    ["{hdl}{hdl}{x}", "a", "aa{x}"],
  ])("%s with %s", (template, handle, url) => {
    expect(expandTemplate(template, handle)).toBe(url);
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

  it("leaves out locations without a URL, and fills templates in for a handle", () => {
    const value = parse(
      `<location weight="1"/><location href_template="https://t.example/{hdl}" weight="2"/>`,
    );
    expect(chooseLocation(value)).toBe(undefined);
    expect(chooseLocation(value, { handle: "20.5/x" })?.url).toBe("https://t.example/20.5%2Fx");
  });
});

describe("chooseCandidate", () => {
  it("takes the only one without asking for chance or weight", () => {
    const random = () => expect.fail("no chance is needed");
    const single = ofOne(parse(location("a", 'weight="-5" country="us"')));
    expect(chooseCandidate(single, { random, country: "de" })?.url).toBe("a");
    const two = ofOne(parse(location("a", 'weight="0" id="1"') + location("b"), "locatt,weighted"));
    expect(chooseCandidate(two, { ...locatt("id:1"), random })?.url).toBe("a");
  });

  it("applies each locatt on its own, and undoes one that keeps nothing", () => {
    const locations = parse(
      location("a", 'view="alt" lang="de"') +
        location("b", 'view="alt" lang="en"') +
        location("c", 'lang="en"'),
    );
    expect(reachable(locations, locatt("view:alt"))).toEqual(["a", "b"]);
    expect(reachable(locations, locatt("view:alt", "lang:en"))).toEqual(["b"]);
    expect(reachable(locations, locatt("view:zz", "lang:de"))).toEqual(["a"]);
    expect(reachable(locations, locatt("lang:en", "lang:de"))).toEqual(["b", "c"]);
    expect(reachable(locations, locatt(" view :alt"))).toEqual(["a", "b"]);
    expect(reachable(locations, locatt("view:Alt"))).toEqual(["a", "b", "c"]);
    expect(reachable(locations, locatt("VIEW:alt"))).toEqual(["a", "b", "c"]);
    expect(reachable(locations, locatt("view:"))).toEqual(["a", "b", "c"]);
    expect(reachable(locations, { locatt: [] })).toEqual(["a", "b", "c"]);
  });

  it("filters by country only when one fits: locations without a country are not preferred", () => {
    const locations = parse(location("a", 'country=" US "') + location("b", 'country="de"') + location("c"));
    expect(reachable(locations, { country: "fr" })).toEqual(["a", "b", "c"]);
    expect(reachable(locations)).toEqual(["a", "b", "c"]);
    expect(reachable(locations, { country: "us" })).toEqual(["a"]);
  });

  it("keeps a location once for each of its addresses that fits", () => {
    const locations = parse(
      location("a", 'addresses="10.0.0.0/8, 127.0.0.0/8"') +
        location("b", 'addresses="127.0.0.1"') +
        location("c"),
    );
    const isFrom = (range: string) => ["10.0.0.0/8", "127.0.0.0/8", "127.0.0.1"].includes(range);
    const at = (random: number) => chooseCandidate(ofOne(locations), { isFrom, random: () => random })?.url;
    expect([0, 0.66, 0.67, 0.99].map(at)).toEqual(["a", "a", "b", "b"]);
    expect(reachable(locations, { isFrom: () => false })).toEqual(["a", "b", "c"]);
  });

  it("keeps the greatest score, and nothing when all are negative", () => {
    const scored = (...scores: string[]) =>
      parse(scores.map((score, i) => location(`${i}`, `score="${score}"`)).join(""));
    expect(reachable(scored("1", "5", "x", "5"))).toEqual(["1", "3"]);
    expect(reachable(scored("-1", "x"))).toEqual(["1"]);
    expect(reachable(scored("-1", "-2"))).toEqual([undefined]);
  });

  it("applies the methods that are named, in their order", () => {
    const inner =
      location("a", 'country="us" id="1"') + location("b", 'country="de" id="1"') + location("c", 'id="2"');
    const context = { ...locatt("id:1"), country: "de" };
    expect(reachable(parse(inner, "locatt"), context)).toEqual(["a", "b"]);
    expect(reachable(parse(inner, "country"), context)).toEqual(["b"]);
    expect(reachable(parse(inner, " LOCATT , country "), { ...locatt("id:1") })).toEqual(["a", "b"]);
    expect(reachable(parse(inner, "weighted,locatt"), context)).toEqual(["a", "b", "c"]);
    expect(reachable(parse(inner, ""), context)).toEqual(["a", "b", "c"]);
    expect(reachable(parse(inner, "constructor,nothing"), context)).toEqual(["a", "b", "c"]);
    expect(
      reachable(parseLocations(`<l choose_by="locatt" chooseby="country">${inner}</l>`), context),
    ).toEqual(["a", "b"]);
  });

  it("weighs: each has its share, one without a weight has 1, one with 0 or less has none", () => {
    const locations = ofOne(
      parse(
        location("zero", 'weight="0"') +
          location("half", 'weight="0.5"') +
          location("one") +
          location("less", 'weight="-3"') +
          location("odd", 'weight="much"'),
      ),
    );
    const at = (random: number) => chooseCandidate(locations, { random: () => random })?.url;
    expect([0, 0.199, 0.2, 0.599, 0.6, 0.999].map(at)).toEqual(["half", "half", "one", "one", "odd", "odd"]);
  });

  it("draws evenly when no weight is above 0", () => {
    const locations = ofOne(
      parse(location("a", 'weight="0"') + location("b", 'weight="-1"') + location("c", 'weight="0"')),
    );
    const at = (random: number) => chooseCandidate(locations, { random: () => random })?.url;
    expect([0, 0.33, 0.34, 0.66, 0.67, 0.999].map(at)).toEqual(["a", "a", "b", "b", "c", "c"]);
  });

  it("does not fall on a location without a share when chance is not below 1", () => {
    const locations = ofOne(
      parse(location("none", 'weight="0"') + location("all") + location("no", 'weight="0"')),
    );
    for (const chance of [1, 2, Number.NaN]) {
      expect(chooseCandidate(locations, { random: () => chance })?.url).toBe("all");
    }
  });

  it("weighs huge, tiny and infinite numbers", () => {
    const huge = location("a", 'weight="1e308"') + location("b", 'weight="1e308"');
    expect(reachable(parse(huge))).toEqual(["a", "b"]);
    const tiny = location("a", 'weight="1e-320"') + location("b", 'weight="0"');
    expect(reachable(parse(tiny))).toEqual(["a"]);
    const infinite = location("a", 'weight="Infinity"') + location("b", 'weight="5"');
    expect(reachable(parse(infinite))).toEqual(["a"]);
  });

  it("always gives one of the locations, whatever chance says", () => {
    const context = fc.record({
      locatt: fc.array(anyText, { maxLength: 2 }),
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
