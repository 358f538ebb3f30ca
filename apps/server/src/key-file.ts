import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { HandleError, type Secret, secret } from "@handlekit/core";

const KEY_BYTES = 32;

/** Makes a key file that is never seen half written; one that is there stays. */
async function makeKeyFile(path: string): Promise<void> {
  const building = `${path}.${process.pid}`;
  try {
    await writeFile(building, randomBytes(KEY_BYTES), { mode: 0o600 });
    await link(building, path);
  } finally {
    await rm(building, { force: true });
  }
}

/**
 * The 32 bytes of a key file: made when there is none, readable by its owner alone.
 *
 * @param what names the key in errors
 * @param hint what to do about a damaged one
 * @throws HandleError `invalid_key` when it cannot be made or is no such key
 */
export async function readKeyFile(path: string, what: string, hint: string): Promise<Secret> {
  const read = () =>
    readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw new HandleError("invalid_key", { message: `The ${what} ${path} cannot be read.`, cause });
    });
  let key = await read();
  if (key === undefined) {
    await makeKeyFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST") return;
      throw new HandleError("invalid_key", { message: `The ${what} ${path} cannot be written.`, cause });
    });
    key = (await read()) ?? Buffer.of();
  }
  if (key.length === KEY_BYTES) return secret(key);
  throw new HandleError("invalid_key", {
    message: `The ${what} ${path} is not ${KEY_BYTES} bytes long.`,
    hint,
  });
}
