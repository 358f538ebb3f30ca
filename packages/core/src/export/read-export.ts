import { encodeHex } from "../bytes.ts";
import { checkIterable, checkOptions, checkText } from "../check.ts";
import { HandleError, invalidValue, isHandleError } from "../error.ts";
import { parseJson } from "../parse-json.ts";
import { CHAIN_START, chainDigest, digestRecord, manifestDigest, type Sha256, webSha256 } from "./digest.ts";
import { type ExportManifest, FORMAT, lineLimit, refuseLine, VERSION } from "./format.ts";
import { compareKeys } from "./order.ts";
import { type ExportRecord, isKey, isObjectOf, isPrefix, valuesFromJson } from "./record.ts";

/** Options of {@link createExportReader} and {@link readExport}. */
export interface ReadExportOptions {
  /** The longest line, in UTF-16 code units. Default 67,108,864. */
  readonly maxLineLength?: number | undefined;
  /** Default WebCrypto. A synchronous function is faster. */
  readonly sha256?: Sha256 | undefined;
}

/** One line of an export. */
export type ExportItem =
  | {
      readonly kind: "header";
      /** The prefixes whose records are exported; undefined for all. */
      readonly selected: readonly string[] | undefined;
    }
  | (ExportRecord & {
      readonly kind: "record";
      /** SHA-256, see `digestRecord`. */
      readonly digest: Uint8Array;
      /** The number of its line, from 1. */
      readonly line: number;
    })
  | (ExportManifest & { readonly kind: "manifest" });

/** Reads the lines of one export. After an error it must not be used again. */
export interface ExportReader {
  /**
   * Reads the next line, passed without its line end.
   *
   * @throws HandleError `invalid_value` that names the line, if it is damaged or out of order; `too_large` if it is too
   *   long
   */
  push(line: string): Promise<ExportItem>;
  /** Ends the input. @throws HandleError `invalid_value` if the manifest is missing: the export was cut off */
  end(): void;
  /** Returns the number of records so far, and the digest over their digests in hex. */
  position(): { readonly records: number; readonly digest: string };
}

const HEADER = new Set(["format", "version", "selected"]);
const RECORD = new Set(["handle", "values", "digest"]);
const LAST = new Set(["manifest"]);
const MANIFEST = new Set(["format", "version", "prefixes", "records", "digest"]);
const DAMAGED = "The export is damaged, was changed or was cut off. Use another copy, or export again.";
/** Lines, records, values, references: nothing nests deeper. */
const MAX_DEPTH = 8;

function parseLine(text: string, line: number): unknown {
  try {
    return parseJson(text, MAX_DEPTH);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw refuseLine(line, "it is not the JSON of an export", DAMAGED);
  }
}

function checkFormat(json: Readonly<Record<string, unknown>>, line: number): void {
  const { format, version } = json;
  if (format !== FORMAT) {
    throw refuseLine(line, "it does not name the format", "Check that the file is an export of Handlekit.");
  }
  if (version !== VERSION) {
    throw refuseLine(
      line,
      `it names another version of the format than ${VERSION}`,
      "A newer version may have written it. Install that version.",
    );
  }
}

const isPrefixes = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isPrefix);

function readHeader(json: unknown): Extract<ExportItem, { kind: "header" }> {
  if (!isObjectOf(json, HEADER)) {
    throw refuseLine(
      1,
      "it is not the first line of an export",
      "Check that the file is an export of Handlekit.",
    );
  }
  checkFormat(json, 1);
  const { selected } = json;
  if (selected !== undefined && !isPrefixes(selected))
    throw refuseLine(1, "selected is not a list of prefixes");
  return { kind: "header", selected };
}

async function readManifest(
  json: unknown,
  line: number,
  read: { readonly records: number; digest(prefixes: readonly string[]): Promise<string> },
): Promise<ExportItem> {
  if (!isObjectOf(json, MANIFEST)) throw refuseLine(line, "the manifest has unknown members", DAMAGED);
  checkFormat(json, line);
  const { prefixes, records, digest } = json;
  if (!isPrefixes(prefixes))
    throw refuseLine(line, "the prefixes of the manifest are not a list of prefixes", DAMAGED);
  if (records !== read.records) {
    throw refuseLine(
      line,
      `the manifest is of another number of records than the ${read.records} before it`,
      DAMAGED,
    );
  }
  if (digest !== (await read.digest(prefixes))) {
    throw refuseLine(
      line,
      "the manifest's digest is not that of its prefixes and the lines before it",
      DAMAGED,
    );
  }
  return { kind: "manifest", prefixes, records: read.records, digest };
}

/**
 * Creates a reader that is passed the lines of an export one by one. Nothing is accepted that the format does not allow:
 * every digest is checked, the order of the records, and that the manifest fits them.
 *
 * @throws HandleError `invalid_options` for an option of the wrong type
 * @example
 * ```ts
 * const reader = createExportReader();
 * for await (const line of lines) console.log((await reader.push(line)).kind); // header, record, ..., manifest
 * reader.end();
 * ```
 */
export function createExportReader(options: ReadExportOptions = {}): ExportReader {
  const caller = "createExportReader";
  checkOptions(caller, options, {
    maxLineLength: ["number", "undefined"],
    sha256: ["function", "undefined"],
  });
  const { sha256 = webSha256 } = options;
  const limit = lineLimit(caller, options.maxLineLength);
  let line = 0;
  let chain = CHAIN_START;
  let records = 0;
  let last: string | undefined;
  let selected: readonly string[] | undefined;
  let isComplete = false;
  const position = () => ({ records, digest: encodeHex(chain) });

  async function readRecord(json: unknown): Promise<ExportItem> {
    if (!isObjectOf(json, RECORD)) throw refuseLine(line, "it is neither a record nor the manifest", DAMAGED);
    const { handle } = json;
    if (!isKey(handle)) {
      throw refuseLine(line, "its handle is not the key of a store", "A key is a handle in upper case.");
    }
    const values = valuesFromJson(json.values);
    if (typeof values === "string") throw refuseLine(line, values, DAMAGED);
    if (last !== undefined && compareKeys(last, handle) >= 0) {
      throw refuseLine(line, "its record does not come after the one before it", DAMAGED);
    }
    const digest = await digestRecord({ handle, values }, sha256);
    if (json.digest !== encodeHex(digest))
      throw refuseLine(line, "the digest is not that of the record", DAMAGED);
    chain = await chainDigest(chain, digest, sha256);
    last = handle;
    records++;
    return { kind: "record", handle, values, digest, line };
  }

  return {
    async push(text) {
      checkText("ExportReader.push", "line", text);
      line++;
      if (isComplete) throw refuseLine(line, "there is something after the manifest", DAMAGED);
      if (text.length > limit) {
        throw new HandleError("too_large", {
          message: `Line ${line} of the export is longer than ${limit}.`,
          hint: "Raise maxLineLength if the record is really that large.",
        });
      }
      const json = parseLine(text, line);
      if (line === 1) {
        const header = readHeader(json);
        selected = header.selected;
        return header;
      }
      if (!isObjectOf(json, LAST)) return readRecord(json);
      const manifest = await readManifest(json.manifest, line, {
        records,
        digest: async (prefixes) => encodeHex(await manifestDigest(chain, { selected, prefixes }, sha256)),
      });
      isComplete = true;
      return manifest;
    },
    end() {
      if (isComplete) return;
      throw invalidValue(
        line === 0 ? "The export is empty." : `The export ends after line ${line}, without its manifest.`,
        "It was cut off. Copy it again, or export again.",
      );
    },
    position,
  };
}

/**
 * Reads an export line by line: its first line, its records and, last, its manifest. Only when that was read is the
 * export complete.
 *
 * @param lines the lines without line ends
 * @throws HandleError as {@link ExportReader} does
 * @example
 * ```ts
 * const lines = createInterface({ input: createReadStream("export.jsonl") });
 * for await (const item of readExport(lines)) if (item.kind === "record") console.log(item.handle);
 * ```
 */
export async function* readExport(
  lines: AsyncIterable<string> | Iterable<string>,
  options: ReadExportOptions = {},
): AsyncIterable<ExportItem> {
  checkIterable("readExport", "lines", lines);
  const reader = createExportReader(options);
  for await (const line of lines) yield await reader.push(line);
  reader.end();
}
