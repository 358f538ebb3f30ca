import {
  encodeValue,
  foldCase,
  HandleError,
  type HandleValueInput,
  hasLoneSurrogate,
  quoteForMessage,
} from "@handlekit/core";

/** The most bytes that a Handle.Net server can send in one value. */
const MAX_DATA = 1_048_576;
/** Characters that are invisible at an end; not the variation selectors, which end many an emoji; U+2800 is a blank of Braille. */
const UNSEEN = String.raw`(?!\p{Variation_Selector})[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]`;
const AT_AN_END = new RegExp(`^(?:${UNSEEN})|(?:${UNSEEN})$`, "u");
const CONTROL = /\p{Cc}/u;
/** Data of these bytes at its end was read from a file with the line endings of another system. */
const LINE_END = /[\r\n]$/;

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function unusualIn(handle: string): string | undefined {
  const slash = handle.indexOf("/");
  if (slash === handle.length - 1) return "has an empty suffix";
  for (const part of [handle.slice(0, slash), handle.slice(slash + 1)]) {
    const [end] = AT_AN_END.exec(part) ?? [];
    if (end !== undefined)
      return `has ${codePoint(end)} at an end of its ${part === handle.slice(0, slash) ? "prefix" : "suffix"}`;
    const [control] = CONTROL.exec(part) ?? [];
    if (control !== undefined) return `contains the control character ${codePoint(control)}`;
  }
  return undefined;
}

/**
 * Refuses a new handle that nobody could type: with an empty suffix, control characters, or blanks and invisible
 * characters at an end. Such handles are mostly slips of a script, and last for ever.
 *
 * @throws HandleError `invalid_handle` that names the character
 */
export function assertUsualHandle(handle: string): void {
  const why = unusualIn(handle);
  if (why === undefined) return;
  throw new HandleError("invalid_handle", {
    message: `${quoteForMessage(handle)} was not created: it ${why}.`,
    hint: "Trim the line or the variable that it comes from. The option allowUnusual creates it as it is.",
    handle,
  });
}

/**
 * Refuses a value that could not be read back as it is.
 *
 * @throws HandleError `invalid_value`
 */
export function assertWritable(value: HandleValueInput): void {
  const { index, type, data } = value;
  const text = typeof data === "string" ? data : data?.format === "string" ? data.value : "";
  const refuse = (why: string, hint: string) =>
    new HandleError("invalid_value", { message: `The value at index ${index} ${why}.`, hint });
  if (typeof type === "string" && hasLoneSurrogate(type)) {
    throw refuse("has a lone surrogate in its type", "Half of a character was cut off.");
  }
  if (typeof text === "string" && hasLoneSurrogate(text)) {
    throw refuse(
      "has a lone surrogate in its data",
      "Half of a character was cut off; UTF-8 cannot hold it.",
    );
  }
  if (encodeValue(value).data.length > MAX_DATA) {
    throw refuse(
      `has more than ${MAX_DATA} bytes of data`,
      "No client could read such a record. Store a URL instead.",
    );
  }
}

/** Returns warnings about values that are written as they are, but are slips mostly. */
export function slipsIn(
  written: readonly HandleValueInput[],
  after: readonly HandleValueInput[],
): readonly string[] {
  return written.flatMap(({ index, type, data }) => {
    const text = typeof data === "string" ? data : data.format === "string" ? data.value : "";
    const end = typeof text === "string" ? LINE_END.exec(text)?.[0] : undefined;
    const twin = after.find((other) => other.type !== type && foldCase(other.type) === foldCase(type));
    return [
      ...(end === undefined ? [] : [`the data at index ${index} (${type}) end in ${codePoint(end)}`]),
      ...(twin === undefined
        ? []
        : [`${type} at index ${index} stands beside ${twin.type} at index ${twin.index}`]),
    ];
  });
}
