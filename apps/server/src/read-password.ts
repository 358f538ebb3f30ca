import { invalidOptions, type Secret, secret } from "@handlekit/core";
import { readSecretFile } from "./secret-file.ts";

/**
 * Reads the password of a user from a file.
 *
 * @param path the file; `-` for standard input
 * @param warn called with a warning if other users have access to the file
 * @throws HandleError `invalid_options` if it cannot be read, is shorter than 8 characters, or has others than
 *   A-Z a-z 0-9 - . _ ~
 */
export async function readPassword(path: string, warn: (text: string) => void): Promise<Secret> {
  const text = await readSecretFile(path, "password file", warn);
  if (!/^[A-Za-z0-9\-._~]{8,}$/.test(text)) {
    throw invalidOptions(
      `The password in ${path} is too short or contains other characters than A-Z a-z 0-9 - . _ ~.`,
      "Use at least 8 of these characters: clients encode other characters in different ways.",
    );
  }
  return secret(text);
}
