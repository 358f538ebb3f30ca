import { type HandleError, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { createLocations, formatLocations, type Locations, parseLocations } from "../src/mod.ts";

/** The HandleError that something throws; anything else it does fails the test. */
export function refusal(run: () => unknown): HandleError {
  try {
    run();
  } catch (error) {
    if (isHandleError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const isXmlText = (text: string) => /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text);

/** Text that XML can hold. */
export const anyText: fc.Arbitrary<string> = fc
  .oneof(fc.string({ unit: fc.constantFrom(..."<>&\"' \t\n\rab1é\u{1f600}") }), fc.string({ unit: "binary" }))
  .filter(isXmlText);

export const anyUrl: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("https://a.example/?x=1&y=2", "https://b.example/", "https://c.example/#é"),
  anyText.filter((text) => text !== ""),
);

const anyAttributes = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom("id", "href", "weight", "country", "view", "xmlns", "x:own"), anyText),
    { selector: ([name]) => name },
  )
  .map((pairs) => new Map(pairs));

/** Any value as it may be read, with locations and what is none. */
export const anyLocations: fc.Arbitrary<Locations> = fc
  .array(
    fc.oneof(
      fc.record({
        type: fc.constant("element" as const),
        name: fc.constantFrom("location", "location", "location", "other", "x:location"),
        attributes: anyAttributes,
        children: fc.constant([]),
      }),
      fc.constantFrom({ type: "comment", text: " c " } as const, { type: "cdata", text: "<" } as const),
    ),
  )
  .map((children) => {
    const empty = createLocations();
    return parseLocations(formatLocations({ ...empty, element: { ...empty.element, children } }));
  });
