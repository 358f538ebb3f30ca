import { readdir, rename, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { HandleError, invalidOptions } from "@handlekit/core";
import { syncDirectory } from "@handlekit/core/journal-file";

/** @throws HandleError `invalid_options` if a directory exists and is not empty, or cannot be read */
export async function assertEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new HandleError("invalid_options", {
      message: `${directory} cannot be used as a new directory (${error.code}).`,
      hint: "Use a directory that does not exist yet.",
      cause: error,
    });
  });
  if (entries.length > 0) {
    throw invalidOptions(
      `${directory} is not empty; nothing was changed.`,
      "Use a directory that does not exist yet.",
    );
  }
}

/** Gives a finished directory its name, which must be free or that of an empty directory. */
export async function placeDirectory(building: string, directory: string): Promise<void> {
  await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(building, directory);
  await syncDirectory(dirname(directory));
}
