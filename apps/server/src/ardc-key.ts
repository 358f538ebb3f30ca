import { resolve } from "node:path";
import { decodeBase64, HandleError, type Secret, secret } from "@handlekit/core";
import { readKeyFile } from "./key-file.ts";
import type { Settings } from "./settings.ts";

/** The environment variable with the key in base64. It takes precedence over the file. */
const VARIABLE = "HDL_SERVER_ARDC_SECRET_KEY";
const MIN_BYTES = 32;

/**
 * Reads the key for the marks of the ARDC clients' secrets: from the environment, or else from the file.
 *
 * @param mayCreate false to write no file. Default true
 * @throws HandleError `invalid_key` if it cannot be used
 */
export async function readArdcKey(
  directory: string,
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
  mayCreate = true,
): Promise<Secret> {
  const text = environment[VARIABLE];
  if (!text) {
    const hint = "Restore it from a backup. Without it no secret of an ARDC client is recognised.";
    return readKeyFile(resolve(directory, settings.ardcKey), "key of the ARDC clients", hint, mayCreate);
  }
  const bytes = decodeBase64(text);
  if (bytes !== undefined && bytes.length >= MIN_BYTES) return secret(bytes);
  throw new HandleError("invalid_key", {
    message: `${VARIABLE} is not the base64 of at least ${MIN_BYTES} bytes.`,
    hint: "Create a key with: openssl rand -base64 32",
  });
}
