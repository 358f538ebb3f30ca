import { type HandleError, isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { type Locations, parseLocations } from "../src/mod.ts";

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

const escaped = (text: string) => text.replace(/[&<>"\t\n\r]/g, (one) => `&#${one.codePointAt(0)};`);

const anyTag = fc
  .tuple(
    fc.constantFrom("location", "location", "LOCATION", "loc_template", "other", "x:location"),
    fc.uniqueArray(
      fc.tuple(fc.constantFrom("id", "href", "weight", "country", "view", "xmlns", "x:own"), anyText),
      { selector: ([name]) => name },
    ),
    fc.constantFrom("/>", " />", "></", ">text</"),
  )
  .map(([name, attributes, end]) => {
    const list = attributes.map(([key, value]) => ` ${key}="${escaped(value)}"`).join("");
    return `<${name}${list}${end.endsWith("/") ? `${end}${name}>` : end}`;
  });

/** Any well-formed value, with locations and other markup. */
export const anyLocations: fc.Arbitrary<Locations> = fc
  .array(fc.oneof(anyTag, fc.constantFrom("<!-- c -->", "<![CDATA[<]]>", "\n  ", "<?p i?>")))
  .map((children) => parseLocations(`<locations>${children.join("")}</locations>`));

/** Text made of what markup is made of, in any order. */
export const anyMarkup: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      "<locations>",
      "</locations>",
      "<locations/>",
      "<location",
      "<location href='https://a.example/'/>",
      "</location>",
      "<LOCATION>",
      "<include>",
      ' href="',
      " id=1",
      "=",
      '"',
      "'",
      "/>",
      ">",
      "&amp;",
      "&",
      ";",
      "<!--",
      " -->",
      "<!DOCTYPE a [",
      "]>",
      "<?xml ?>",
      "<![CDATA[",
      "]]>",
      "x",
      " ",
      "\n",
      "\0",
    ),
    maxLength: 30,
  }),
);
