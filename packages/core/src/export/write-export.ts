import { encodeHex } from "../bytes.ts";
import { checkIterable, checkObject, checkOptions } from "../check.ts";
import { HandleError, invalidOptions } from "../error.ts";
import { quoteForMessage } from "../handle.ts";
import { CHAIN_START, chainDigest, digestRecord, manifestDigest, type Sha256, webSha256 } from "./digest.ts";
import { FORMAT, lineLimit, VERSION } from "./format.ts";
import { compareKeys } from "./order.ts";
import { type ExportRecord, isKey, isPrefix, reasonAgainst, valuesToJson } from "./record.ts";

/** Options of {@link writeExport}. */
export interface WriteExportOptions {
  /** The prefixes that the store is responsible for, folded. */
  readonly prefixes: readonly string[];
  /** The prefixes whose records are exported, folded. Default all. */
  readonly selected?: readonly string[] | undefined;
  /** The longest line, in UTF-16 code units. Default 67,108,864. */
  readonly maxLineLength?: number | undefined;
  /** Default WebCrypto. A synchronous function is faster. */
  readonly sha256?: Sha256 | undefined;
}

const CALLER = "writeExport";

function refuse(handle: string, why: string, hint?: string): HandleError {
  const message = `The record ${quoteForMessage(handle)} cannot be exported: ${why}.`;
  return new HandleError("invalid_value", { message, hint, handle });
}

/** Some readers of lines take these two for line ends. */
function withoutLineEnds(json: string): string {
  return json.replace(/[\u2028\u2029]/g, (each) => (each === "\u2028" ? "\\u2028" : "\\u2029"));
}

function checkPrefixes(name: string, prefixes: readonly string[] | undefined): void {
  if (prefixes?.every(isPrefix) === false) {
    throw invalidOptions(
      `${CALLER}: the option ${name} contains something that is not a prefix in upper case.`,
      "Pass what the store's prefixes() returns.",
    );
  }
}

/**
 * Writes records as JSON lines: a first line with the name and version of the format, a line for each record with its
 * SHA-256 digest, and the manifest. The lines contain every value, the secret keys too, so make sure that only the owner
 * can read where they go.
 *
 * @param records in ascending order, see {@link compareKeys}
 * @returns the lines without line ends
 * @throws HandleError `invalid_value` that names the record if it cannot be exported or is out of order; `too_large` if
 *   its line would be longer than `maxLineLength`; `invalid_options` for an option of the wrong type
 * @example
 * ```ts
 * for await (const line of writeExport(records, { prefixes: await store.prefixes() })) file.write(`${line}\n`);
 * ```
 */
export async function* writeExport(
  records: AsyncIterable<ExportRecord> | Iterable<ExportRecord>,
  options: WriteExportOptions,
): AsyncIterable<string> {
  checkIterable(CALLER, "records", records);
  checkOptions(CALLER, options, {
    prefixes: ["array"],
    selected: ["array", "undefined"],
    maxLineLength: ["number", "undefined"],
    sha256: ["function", "undefined"],
  });
  const { prefixes, selected, sha256 = webSha256 } = options;
  checkPrefixes("prefixes", prefixes);
  checkPrefixes("selected", selected);
  const limit = lineLimit(CALLER, options.maxLineLength);
  yield JSON.stringify({ format: FORMAT, version: VERSION, selected });
  let chain = CHAIN_START;
  let count = 0;
  let last: string | undefined;
  for await (const record of records) {
    checkObject(CALLER, "a record", record);
    const { handle, values } = record;
    if (!isKey(handle)) {
      throw refuse(String(handle), "its handle is not the key of a store", "Pass handleKey(handle).");
    }
    const reason = Array.isArray(values) ? reasonAgainst(values) : "its values are not an array";
    if (reason !== undefined) throw refuse(handle, reason);
    if (last !== undefined && compareKeys(last, handle) >= 0) {
      throw refuse(handle, "it is out of order", "Pass the records in the order of compareKeys, each once.");
    }
    last = handle;
    const digest = await digestRecord(record, sha256);
    chain = await chainDigest(chain, digest, sha256);
    count++;
    const json = JSON.stringify({ handle, values: valuesToJson(values), digest: encodeHex(digest) });
    const line = withoutLineEnds(json);
    if (line.length > limit) {
      throw new HandleError("too_large", {
        message: `The record ${quoteForMessage(handle)} cannot be exported: its line would be longer than ${limit}.`,
        hint: "Raise maxLineLength, here and where the export is read.",
        handle,
      });
    }
    yield line;
  }
  const digest = encodeHex(await manifestDigest(chain, { selected, prefixes }, sha256));
  yield withoutLineEnds(
    JSON.stringify({ manifest: { format: FORMAT, version: VERSION, prefixes, records: count, digest } }),
  );
}
