import { resolve } from "node:path";
import { decodeBase64, HandleError, type Secret, secret } from "@handlekit/core";
import { readKeyFile } from "./key-file.ts";
import type { Settings } from "./settings.ts";

/** Has the key in base64, in the place of the file. */
const VARIABLE = "HDL_SERVER_ARDC_SECRET_KEY";
const LEAST_BYTES = 32;

/**
 * The key under which the secrets of the ARDC clients are kept: of the environment, or else of the file.
 *
 * @throws HandleError `invalid_key` when it cannot be used
 */
export async function readArdcKey(
  directory: string,
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Secret> {
  const text = environment[VARIABLE];
  if (!text) {
    const hint = "Restore it from a backup; without it no secret of an ARDC client is recognised.";
    return readKeyFile(resolve(directory, settings.ardcKey), "key of the ARDC clients", hint);
  }
  const bytes = decodeBase64(text);
  if (bytes !== undefined && bytes.length >= LEAST_BYTES) return secret(bytes);
  throw new HandleError("invalid_key", {
    message: `${VARIABLE} is not the base64 of ${LEAST_BYTES} bytes or more.`,
    hint: "Make one with: openssl rand -base64 32",
  });
}
