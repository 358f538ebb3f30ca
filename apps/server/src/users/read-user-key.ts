import { readFile } from "node:fs/promises";
import { HandleError, type PublicKeyJwk, printable, type Secret } from "@handlekit/core";
import { readKey } from "@handlekit/keys";
import { randomPassword } from "../random-password.ts";
import { readPassword } from "../read-password.ts";

/**
 * Reads the public key in a file: PEM, a certificate, or a `.bin` file of Handle.Net.
 *
 * @throws HandleError `invalid_key` if the file cannot be read or has no RSA or DSA key
 */
export async function readPublicKey(path: string): Promise<PublicKeyJwk> {
  const content = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const message = `The file with the public key, ${printable(path)}, cannot be read (${cause.code}).`;
    throw new HandleError("invalid_key", { message, hint: "Check the path and the permissions.", cause });
  });
  return (await readKey(content)).publicKey;
}

/** A password, and whether it was created here and must be shown. */
export interface ChosenPassword {
  readonly password: Secret;
  readonly isNew: boolean;
}

/** Reads the password of a user from a file, or creates a random one if no file is given. */
export async function choosePassword(
  file: string | undefined,
  warn: (text: string) => void,
): Promise<ChosenPassword> {
  if (file === undefined) return { password: randomPassword(), isNew: true };
  return { password: await readPassword(file, warn), isNew: false };
}
