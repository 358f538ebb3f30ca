import { encodeUtf8 } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseForm } from "../src/http/form.ts";

describe("parseForm", () => {
  it("is what URLSearchParams makes of a form", () => {
    const piece = fc.oneof(
      fc.constantFrom("%", "%4", "%41", "%E2%82%AC", "%e2%82", "%EF%BB%BF", "+", "=", "&", "&&", "hdl", "?"),
      fc.string({ unit: "binary-ascii" }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        // Only ASCII: where a percent sign encodes nothing, Node's takes the other characters for bytes.
        // URLSearchParams leaves out a question mark at the beginning, which a body does not have.
        fc.pre(!text.startsWith("?"));
        expect([...parseForm(encodeUtf8(text))]).toEqual([...new URLSearchParams(text)]);
      }),
    );
  });
});
