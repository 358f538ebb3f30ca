import {
  checkArgument,
  checkSecret,
  encodeUtf8,
  invalidOptions,
  printable,
  quoteForMessage,
} from "@handlekit/core";
import { syncDirectory } from "@handlekit/core/journal-file";
import { type DocumentToSave, writeDocument } from "../document/write-document.ts";
import { checkMembers, invalidCredentials } from "../report.ts";

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "is in a directory that does not exist",
  ENOTDIR: "is in a directory that does not exist",
  EACCES: "this user may not write",
  EPERM: "this user may not write",
  EROFS: "is on a file system that cannot be written",
  ENOSPC: "does not fit on the disk",
  ENAMETOOLONG: "is too long for a path",
};

async function findObstacle(path: string): Promise<string | undefined> {
  const { lstat } = await import("node:fs/promises");
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined || status.isFile()) return undefined;
  if (status.isSymbolicLink())
    return "is a symbolic link: give the path of the file that it points to, or remove it";
  return status.isDirectory() ? "is a directory, not a file" : "is not a regular file";
}

/**
 * Replaces a file atomically by one that only its owner may read: a concurrent reader sees the old content or the new. A
 * symbolic link is neither followed nor replaced.
 *
 * @param path absolute
 * @returns the reason why it could not be written, which completes "the file, which ..."; undefined when it was written
 */
async function replaceFile(path: string, bytes: Uint8Array): Promise<string | undefined> {
  const { open, rename, rm } = await import("node:fs/promises");
  const { dirname, join } = await import("node:path");
  const obstacle = await findObstacle(path);
  if (obstacle !== undefined) return obstacle;
  const temporary = join(dirname(path), `.handlekit-${crypto.randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return PROBLEMS[code] ?? `cannot be written (${code})`;
  }
  await syncDirectory(dirname(path));
  return undefined;
}

const CALLER = "saveCredentials";
const OPTIONAL_TEXT = ["string", "undefined"] as const;
const OPTIONAL_OBJECT = ["object", "undefined"] as const;
const MEMBERS = {
  server: OPTIONAL_TEXT,
  login: OPTIONAL_OBJECT,
  httpsVerify: ["boolean", "object", "undefined"],
  trust: OPTIONAL_OBJECT,
  prefix: OPTIONAL_TEXT,
  handleOwner: OPTIONAL_OBJECT,
  reverseLookup: OPTIONAL_OBJECT,
  clientConfig: OPTIONAL_OBJECT,
  ardc: OPTIONAL_OBJECT,
  config: OPTIONAL_OBJECT,
} as const;
/** Members of parsed and loaded documents that are not saved. */
const NOT_SAVED = ["source", "found", "warnings"];

function checkReference(what: string, reference: unknown): void {
  checkMembers(CALLER, what, reference, { index: ["number"], handle: ["string"] });
}

/** Checks the members that plain JavaScript may have got wrong. The texts are checked when they are read again. */
function checkDocument(document: DocumentToSave): void {
  checkMembers(CALLER, "document", document, MEMBERS);
  const unknown = Object.keys(document).find(
    (name) => !Object.hasOwn(MEMBERS, name) && !NOT_SAVED.includes(name),
  );
  if (unknown !== undefined) {
    throw invalidOptions(
      `${CALLER}: document has an unknown member, ${quoteForMessage(unknown)}.`,
      `Its members are ${Object.keys(MEMBERS).join(", ")}; keys of other programs belong into config.`,
    );
  }
  const { login, handleOwner, reverseLookup, ardc } = document;
  if (login && login.kind !== "password" && login.kind !== "certificate") {
    throw invalidOptions(`${CALLER}: document.login.kind must be "password" or "certificate".`);
  }
  if (login?.kind === "password") {
    checkReference("document.login.identity", login.identity);
    checkSecret(CALLER, "document.login.password", login.password);
  }
  if (handleOwner) checkReference("document.handleOwner", handleOwner);
  const optional = {
    "login.passphrase": login?.kind === "certificate" ? login.passphrase : undefined,
    "reverseLookup.password": reverseLookup?.password,
    "ardc.sharedSecret": ardc?.sharedSecret,
  };
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) checkSecret(CALLER, `document.${name}`, value);
  }
}

/**
 * Saves a credentials file that only its owner may read (mode 0600), with the names of B2HANDLE and PYHANDLE. The old file
 * is replaced when the new one is complete and on the disk. A symbolic link is refused.
 *
 * @param path the credentials file, relative to the working directory
 * @param document the result of `parseCredentials`, or any part of it; its paths are written as they are, and are relative
 *   to the directory of `path`
 * @returns a promise that resolves once the file is on the disk
 * @throws HandleError `invalid_credentials` when the file cannot be written, or could not be read again; nothing is
 *   written then. `invalid_options` when an argument or a member of `document` is of the wrong kind
 * @example
 * ```ts
 * const login = { kind: "password", identity: parseReference("300:20.500.12345/USER1"), password } as const;
 * await saveCredentials("credentials.json", { server: "https://handle.example.org:8000", login });
 * ```
 */
export async function saveCredentials(path: string, document: DocumentToSave): Promise<void> {
  checkArgument(CALLER, "path", path, ["string"]);
  checkDocument(document);
  const { resolve } = await import("node:path");
  const source = printable(path);
  const text = writeDocument(document, source);
  const absolute = resolve(path);
  const why = await replaceFile(absolute, encodeUtf8(text));
  if (why !== undefined)
    throw invalidCredentials(source, `cannot write ${printable(absolute)}, which ${why}`);
}
