import type { JournalEntry } from "@handlekit/core/journal";
import fc from "fast-check";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("\n", "\r", "\u2028", "\u2029", "\0", "\ud83d", "\udc00", '"', "\\", "é", "😀"),
  }),
);

/** Any entry, with texts that hold line breaks and halves of characters. */
export const anyEntry: fc.Arbitrary<JournalEntry> = fc.record(
  {
    kind: text,
    key: text,
    at: text,
    data: fc.oneof(
      text,
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
      fc.dictionary(text, fc.array(text), { noNullPrototype: true }),
    ),
  },
  { requiredKeys: ["kind", "key", "at"], noNullPrototype: true },
);
