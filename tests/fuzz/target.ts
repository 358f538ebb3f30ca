import { decodeUtf8, isHandleError } from "@handlekit/core";

/** A parser under test. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it reads, which are changed. */
  readonly corpus: readonly Uint8Array[];
  /** Parses an input of at most 64 KiB. It may throw a HandleError, and nothing else. */
  run(input: Uint8Array): unknown;
}

const bytesOf = (input: string | Uint8Array) =>
  typeof input === "string" ? new Uint8Array(Buffer.from(input)) : input;

/** Creates the target of a parser of bytes. */
export function bytesTarget(
  name: string,
  corpus: readonly (string | Uint8Array)[],
  run: (input: Uint8Array) => unknown,
): FuzzTarget {
  return { name, corpus: corpus.map(bytesOf), run };
}

/** Returns bytes as text; those that are not UTF-8 become lone surrogates, which a text can contain too. */
export function textOf(input: Uint8Array): string {
  return decodeUtf8(input) ?? Buffer.from(input).toString("utf8").replaceAll("\ufffd", "\ud800");
}

/** Creates the target of a parser of text. */
export function textTarget(
  name: string,
  corpus: readonly string[],
  run: (input: string) => unknown,
): FuzzTarget {
  return bytesTarget(name, corpus, (input) => run(textOf(input)));
}

/** A message of HTTP as an input: a first line, headers, an empty line, the body. Nothing of it need be valid. */
export interface Message {
  readonly first: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Reads a message from an input. Header values are printable Latin-1, as an HTTP parser lets them pass. */
export function messageOf(input: Uint8Array): Message {
  const text = Buffer.from(input).toString("latin1");
  const end = text.indexOf("\n\n");
  const [first = "", ...lines] = (end < 0 ? text : text.slice(0, end)).split("\n");
  const headers = lines.flatMap((line) => {
    const [, name, value] = /^([\w-]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    return [[name.toLowerCase(), value.replace(/[^\t -~\x80-\xff]/g, "")] as const];
  });
  return {
    first,
    headers: Object.fromEntries(headers),
    body: end < 0 ? new Uint8Array() : new Uint8Array(input.subarray(end + 2)),
  };
}

/** Calls all parsers with one input; throws the first error, but one that is no HandleError before all others. */
export function runAll<T>(input: T, ...parsers: readonly ((input: T) => unknown)[]): void {
  const errors = parsers.flatMap((parse) => {
    try {
      parse(input);
      return [];
    } catch (error) {
      return [error];
    }
  });
  const worst = errors.find((error) => !isHandleError(error)) ?? errors[0];
  if (worst !== undefined) throw worst;
}
