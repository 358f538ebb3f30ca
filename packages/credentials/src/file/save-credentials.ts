import { encodeUtf8 } from "@handlekit/core";
import { type DocumentToSave, writeDocument } from "../document/write-document.ts";
import { printable, problem } from "../problem.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * Saves a credentials file, readable by its owner alone (mode 0600), under the names of B2HANDLE and PYHANDLE. The old
 * file stays as it is until the new one is whole and on the disk; a symbolic link is refused.
 *
 * @param path the credentials file, relative to the working directory
 * @param document what `parseCredentials` gave, or any part of it; its paths are written as they are, and are relative
 *   to the directory of `path`
 * @throws HandleError `invalid_credentials` when the file cannot be written, or could not be read again: nothing is
 *   written then
 * @example
 * ```ts
 * const login = { kind: "password", identity: parseReference("300:20.500.12345/USER1"), password } as const;
 * await saveCredentials("credentials.json", { server: "https://handle.example.org:8000", login });
 * ```
 */
export async function saveCredentials(path: string, document: DocumentToSave): Promise<void> {
  const { resolve } = await import("node:path");
  const source = printable(path);
  const text = writeDocument(document, source);
  const absolute = resolve(path);
  const why = await replaceFile(absolute, encodeUtf8(text));
  if (why !== undefined)
    throw problem(source, `the credentials file is to be ${printable(absolute)}, which ${why}`);
}
