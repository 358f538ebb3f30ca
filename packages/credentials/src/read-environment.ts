import type { CredentialDocument } from "./credentials.ts";
import { buildDocument } from "./document/build-document.ts";
import { environmentLayer } from "./layer/environment-layer.ts";

/**
 * Reads credentials from environment variables: `HDL_SERVER`, `HDL_USERNAME`, `HDL_PASSWORD`, `HDL_PRIVATE_KEY` and
 * `HDL_CERTIFICATE` (paths), `ARDC_APP_ID`, `ARDC_SHARED_SECRET`, `ARDC_IDENTIFIER` and `ARDC_AUTH_DOMAIN`.
 * The files are not looked at; `resolveCredentials` of `@handlekit/credentials/file` does that.
 *
 * @param environment the variables, such as `process.env`; an empty one counts as absent
 * @returns what they say, the paths as they are; show its `warnings`
 * @throws HandleError `invalid_credentials` naming the variable, for the reasons of `parseCredentials`
 * @example
 * ```ts
 * const { server } = readEnvironment({ HDL_SERVER: "https://handle.example.org:8000" });
 * ```
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): CredentialDocument {
  return buildDocument([environmentLayer(environment)]).document;
}
