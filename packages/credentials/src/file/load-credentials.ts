import type { Credentials } from "../credentials.ts";
import { type Passphrase, resolveCredentials } from "./resolve-credentials.ts";

/**
 * Loads a credentials file and the key, certificate and CA files it names, and checks that they fit together. The
 * environment is not read.
 * Paths in the file are relative to its directory; each file may hold 1 MiB.
 *
 * @param path the credentials file, relative to the working directory
 * @param options `passphrase` is that of an encrypted private key, or a function that asks for it
 * @returns the credentials; show their `warnings` at each start
 * @throws HandleError `invalid_credentials` when a file is missing or unreadable, the document is wrong (see `parseCredentials`),
 *   the passphrase of the private key is missing or wrong, or the key does not belong to the certificate
 * @example
 * ```ts
 * const credentials = await loadCredentials("credentials.json");
 * for (const warning of credentials.warnings) console.error(warning);
 * ```
 */
export function loadCredentials(
  path: string,
  options: { readonly passphrase?: Passphrase } = {},
): Promise<Credentials> {
  return resolveCredentials({ ...options, file: path });
}
