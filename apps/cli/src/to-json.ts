import { printable } from "@handlekit/core";

const escape16 = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

/** Returns JSON that a terminal shows as it is: what is invisible or steers the terminal is escaped, too. */
export function toJson(value: unknown): string {
  return printable(JSON.stringify(value) ?? "null", (codePoint) =>
    Array.from({ length: codePoint > 0xffff ? 2 : 1 }, (_, i) =>
      escape16(String.fromCodePoint(codePoint).charCodeAt(i)),
    ).join(""),
  );
}
