import type { HandleError } from "@handlekit/core";
import { locate, printable, problem } from "../problem.ts";
import { type PemBlock, readPem } from "./pem.ts";
import { readLimited } from "./read-limited.ts";

/** Who names files, and where those are. */
export interface PathBase {
  /** What messages call the document or environment. */
  readonly source: string;
  /** What the relative paths in it are relative to, absolute. */
  readonly directory: string;
  /** `the directory of the credentials file`, for messages. */
  readonly directoryIs: string;
  /** What it calls a field. */
  name(field: string): string;
}

/** A PEM file that a field of the document names. */
export interface NamedFile {
  /** The path for messages, resolved. */
  readonly path: string;
  readonly blocks: readonly PemBlock[];
  /** The permission bits, where they mean something. */
  readonly mode: number | undefined;
  /** The error for something wrong in this file: `credentials.json: "private_key" names /a/key.pem, which <what>`. */
  fail(what: string, hint?: string): HandleError;
}

/** The warning about a file that others may read, if they may. */
export function warnOfMode(source: string, path: string, mode: number | undefined): string[] {
  if (mode === undefined || (mode & 0o077) === 0) return [];
  const shown = printable(path);
  return [locate(source, `other users of this machine have access to ${shown}. Run: chmod 600 ${shown}`)];
}

/**
 * Reads a PEM file that a field names.
 *
 * @param base who names it
 * @param field the field
 * @param written the path as the field has it
 * @throws HandleError `invalid_credentials` when it cannot be read or is no PEM file
 */
export async function readNamedFile(base: PathBase, field: string, written: string): Promise<NamedFile> {
  const { resolve } = await import("node:path");
  const path = resolve(base.directory, written);
  const shown = printable(path);
  const fail = (what: string, hint?: string) =>
    problem(base.source, `"${base.name(field)}" names ${shown}, which ${what}`, { hint });
  const content = await readLimited(path);
  if ("problem" in content) {
    const home = written.startsWith("~") ? " ~ does not stand for your home directory here." : "";
    throw fail(
      content.problem,
      `A path is relative to ${base.directoryIs}, ${printable(base.directory)}.${home}`,
    );
  }
  const blocks = readPem(new TextDecoder("latin1").decode(content.bytes));
  if (blocks.length > 0) return { path: shown, blocks, mode: content.mode, fail };
  if (content.bytes.length > 4 && content.bytes.slice(0, 3).every((byte) => byte === 0)) {
    throw fail(
      "looks like a .bin file of Handle.Net, not PEM",
      "Convert it: hdl-convert-key key.bin -o key.pem",
    );
  }
  throw fail(
    "is not a whole PEM file",
    "It must have a line that begins with -----BEGIN and one that begins with -----END.",
  );
}
