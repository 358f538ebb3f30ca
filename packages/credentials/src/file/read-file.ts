import { type HandleError, printable } from "@handlekit/core";
import { invalidCredentials, locate, MAX_SIZE } from "../report.ts";

/** The content of a file, or the reason why it could not be read, which completes "the file, which ...". */
export type FileContent =
  | { readonly bytes: Uint8Array; readonly mode: number | undefined }
  | { readonly problem: string };

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "this user may not read",
  EPERM: "this user may not read",
  EISDIR: "is a directory, not a file",
  ENAMETOOLONG: "is too long for a path",
};

/** Reads a file of at most 1 MiB. `mode` is undefined on Windows and for anything but a regular file. */
export async function readLimited(path: string): Promise<FileContent> {
  const { open } = await import("node:fs/promises");
  const { platform } = await import("node:os");
  try {
    const file = await open(path, "r");
    try {
      const status = await file.stat();
      const bytes = new Uint8Array(MAX_SIZE + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > MAX_SIZE) return { problem: `is larger than ${MAX_SIZE} bytes` };
      return {
        bytes: bytes.slice(0, length),
        mode: status.isFile() && platform() !== "win32" ? status.mode : undefined,
      };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return { problem: PROBLEMS[code] ?? `cannot be read (${code})` };
  }
}

/** One block of a PEM file. */
export interface PemBlock {
  /** For example `CERTIFICATE` or `RSA PRIVATE KEY`. */
  readonly label: string;
  /** The text from `-----BEGIN` to `-----END ...-----`, with a line break at the end. */
  readonly text: string;
}

/** Returns the blocks of a PEM file in their order. Text around them and a block without an end are ignored. */
function readPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const [, label = ""] = match;
    const end = `-----END ${label}-----`;
    const at = text.indexOf(end, begin.lastIndex);
    if (at < 0) break;
    blocks.push({ label, text: `${text.slice(match.index, at + end.length)}\n` });
    begin.lastIndex = at + end.length;
  }
  return blocks;
}

/** The document or environment that names files, and the directory of its relative paths. */
export interface PathBase {
  /** The name of the document or environment in messages. */
  readonly source: string;
  /** The directory of its relative paths, absolute. */
  readonly directory: string;
  /** A description of the directory for messages: `the directory of the credentials file`. */
  readonly directoryIs: string;
  /** Returns the name of a field: the key of the document, or the variable. */
  name(field: string): string;
}

/** A PEM file that a field of the document names. */
export interface NamedFile {
  /** The resolved path, printable. */
  readonly path: string;
  readonly blocks: readonly PemBlock[];
  /** The permission bits; undefined where there are none. */
  readonly mode: number | undefined;
  /** Returns the error for this file: `credentials.json: "private_key" names /a/key.pem, which <what>`. */
  fail(what: string, hint?: string): HandleError;
}

/** Returns a warning if other users may read a file. */
export function warnOfMode(source: string, path: string, mode: number | undefined): string[] {
  if (mode === undefined || (mode & 0o077) === 0) return [];
  const shown = printable(path);
  return [locate(source, `other users of this machine have access to ${shown}. Run: chmod 600 ${shown}`)];
}

/**
 * Reads a PEM file that a field names.
 *
 * @param base the document or environment that names it
 * @param field the field
 * @param written the path in the field
 * @throws HandleError `invalid_credentials` when it cannot be read or is not a PEM file
 */
export async function readNamedFile(base: PathBase, field: string, written: string): Promise<NamedFile> {
  const { resolve } = await import("node:path");
  const path = resolve(base.directory, written);
  const shown = printable(path);
  const fail = (what: string, hint?: string) =>
    invalidCredentials(base.source, `"${base.name(field)}" names ${shown}, which ${what}`, { hint });
  const content = await readLimited(path);
  if ("problem" in content) {
    const home = written.startsWith("~") ? " ~ is not replaced by your home directory." : "";
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
      "Convert it: hdl key convert key.bin -o key.pem",
    );
  }
  throw fail(
    "is not a complete PEM file",
    "It must have a line that begins with -----BEGIN and one that begins with -----END.",
  );
}
