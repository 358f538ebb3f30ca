import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { HandleError, type Secret, secret } from "@handlekit/core";

const KEY_BYTES = 32;

/** Creates a key file atomically. Fails with `EEXIST` if it exists. */
async function createKeyFile(path: string): Promise<void> {
  const building = `${path}.${process.pid}`;
  try {
    await writeFile(building, randomBytes(KEY_BYTES), { mode: 0o600 });
    await link(building, path);
  } finally {
    await rm(building, { force: true });
  }
}

/**
 * Reads the 32 bytes of a key file. Creates it with mode 0600 if it does not exist.
 *
 * @param what the name of the key for error messages
 * @param hint the hint for a damaged file
 * @param mayCreate false to write no file, and return a key for this once. Default true
 * @throws HandleError `invalid_key` if it cannot be read or created, or has another length
 */
export async function readKeyFile(
  path: string,
  what: string,
  hint: string,
  mayCreate = true,
): Promise<Secret> {
  const read = () =>
    readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      const message = `The ${what} ${path} cannot be read (${cause.code}).`;
      throw new HandleError("invalid_key", { message, hint: "Check its permissions.", cause });
    });
  let key = await read();
  if (key === undefined && !mayCreate) return secret(randomBytes(KEY_BYTES));
  if (key === undefined) {
    await createKeyFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST") return;
      const message = `The ${what} ${path} cannot be created (${cause.code}).`;
      throw new HandleError("invalid_key", {
        message,
        hint: "Check the permissions of its directory.",
        cause,
      });
    });
    key = (await read()) ?? Buffer.of();
  }
  if (key.length === KEY_BYTES) return secret(key);
  throw new HandleError("invalid_key", {
    message: `The ${what} ${path} is not ${KEY_BYTES} bytes long.`,
    hint,
  });
}
