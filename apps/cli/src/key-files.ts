import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { printable, type Secret, secret } from "@handlekit/core";
import type { BinEncryption, KeyDescription } from "@handlekit/keys";
import { askSecret, readSecretStdin } from "./terminal.ts";
import { usageError } from "./usage-error.ts";

/** The size of the largest key file, in bytes; `@handlekit/keys` refuses larger ones. */
const MAX_SIZE = 1_048_576;

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "cannot be accessed by this user",
  EPERM: "cannot be accessed by this user",
  EISDIR: "is a directory",
  EROFS: "is on a file system that cannot be written",
  ENOSPC: "does not fit on the disk",
};

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return PROBLEMS[code] ?? `cannot be read or written (${code})`;
}

/**
 * Reads a file as far as one byte beyond the largest size.
 *
 * @throws HandleError `invalid_options` if it cannot be read
 */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: MAX_SIZE })) chunks.push(chunk as Uint8Array);
  } catch (error) {
    throw usageError(`The file ${printable(path)} ${problemOf(error)}.`);
  }
  return Buffer.concat(chunks);
}

/**
 * Writes a file that does not exist yet, to the disk.
 *
 * @param mode 0o600 for what only this user may read
 * @throws HandleError `invalid_options` if it exists, or cannot be written
 */
export async function writeNewFile(path: string, bytes: Uint8Array, mode: 0o600 | 0o644): Promise<void> {
  let made = false;
  try {
    const file = await open(path, "wx", mode);
    made = true;
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw usageError(
        `The file ${printable(path)} exists; nothing was written.`,
        "Give another name, or move the file away.",
      );
    }
    if (made) await rm(path, { force: true }).catch(() => undefined);
    throw usageError(`The file ${printable(path)} ${problemOf(error)}.`);
  }
}

/** Reads a secret from a file, or from standard input for `-`. One line break at its end is not part of it. */
export async function readSecretFile(path: string): Promise<Secret> {
  if (path === "-") return readSecretStdin();
  const text = Buffer.from(await readSmallFile(path));
  const end = text.at(-1) !== 10 ? text.length : text.at(-2) === 13 ? text.length - 2 : text.length - 1;
  return secret(new Uint8Array(text.subarray(0, end)));
}

/** Asks for a new secret, twice. @throws HandleError `invalid_options` if the two differ */
export async function askNewSecret(what: string, instead: string): Promise<Secret> {
  const first = await askSecret(what, instead);
  const again = await askSecret(`${what}, again`, instead);
  if (!Buffer.from(first.reveal()).equals(Buffer.from(again.reveal()))) {
    throw usageError("The two differ; nothing was done.", "Run the command again.");
  }
  return first;
}

const ENCRYPTIONS: Readonly<Record<BinEncryption, string>> = {
  none: "not encrypted",
  "des-ecb": "encrypted with DES-ECB, which is weak",
  "des-cbc": "encrypted with DES-CBC, which is weak",
  "pbkdf2-des-ede3-cbc": "encrypted with PBKDF2 and triple DES",
  "pbkdf2-aes-cbc": "encrypted with PBKDF2 and AES",
};

/** Says what a key or certificate is in one line, such as `private key (.bin), RSA 2048 bits, not encrypted`. */
export function keySummary(key: KeyDescription): string {
  const { kind, format, type, bits, encrypted, encryption } = key;
  const secured = encryption ? ENCRYPTIONS[encryption] : encrypted ? "encrypted" : "not encrypted";
  return [
    `${kind.replace("-", " ")} (${format === "bin" ? ".bin of Handle.Net" : "PEM"})`,
    ...(type === undefined ? [] : [bits === undefined ? type : `${type} ${bits} bits`]),
    ...(kind === "private-key" ? [secured] : []),
  ].join(", ");
}
