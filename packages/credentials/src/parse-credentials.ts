import { checkArgument, checkOptions, printable } from "@handlekit/core";
import type { CredentialDocument } from "./credentials.ts";
import { buildDocument } from "./document/build-document.ts";
import { environmentLayer, readLayer } from "./layer/layer.ts";

/** Options of {@link parseCredentials}. */
export interface ParseOptions {
  /** The name of the text in messages, such as its file name. Default `credentials`. */
  readonly source?: string | undefined;
}

/**
 * Reads a credentials document: the JSON of B2HANDLE and PYHANDLE, under either name for the server, and ARDC's keys.
 * The files that it names are not read; `loadCredentials` of `@handlekit/credentials/file` does that.
 *
 * @param text the JSON text, at most 1 MiB; a byte order mark at its start is ignored
 * @returns the settings of the document; show its `warnings`
 * @throws HandleError `invalid_credentials` with line and column, for broken JSON, a value of the wrong kind, an incomplete
 *   login, a username that is not index:prefix/suffix, or two different servers; no message contains a value.
 *   `invalid_options` when an argument is of the wrong kind
 * @example
 * ```ts
 * const { login } = parseCredentials('{"username": "300:20.500.12345/USER1", "password": "correct horse"}');
 * login?.kind; // "password"
 * ```
 */
export function parseCredentials(text: string, options: ParseOptions = {}): CredentialDocument {
  checkArgument("parseCredentials", "text", text, ["string"]);
  checkOptions("parseCredentials", options, { source: ["string", "undefined"] });
  return buildDocument([readLayer(text, printable(options.source ?? "credentials"))]).document;
}

/**
 * Reads credentials from environment variables: `HDL_SERVER`, `HDL_USERNAME`, `HDL_PASSWORD`, `HDL_PRIVATE_KEY` and
 * `HDL_CERTIFICATE` (paths), `HDL_TRUST` (a fingerprint or a path),
 * `ARDC_APP_ID`, `ARDC_SHARED_SECRET`, `ARDC_IDENTIFIER` and `ARDC_AUTH_DOMAIN`.
 * The files are not read; `resolveCredentials` of `@handlekit/credentials/file` does that.
 *
 * @param environment the variables, such as `process.env`; an empty one counts as absent
 * @returns the settings, with paths as written; show its `warnings`
 * @throws HandleError `invalid_credentials` naming the variable, for the reasons of `parseCredentials`; `invalid_options`
 *   when a variable is not a string
 * @example
 * ```ts
 * const { server } = readEnvironment({ HDL_SERVER: "https://handle.example.org:8000" });
 * ```
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): CredentialDocument {
  checkArgument("readEnvironment", "environment", environment, ["object"]);
  return buildDocument([environmentLayer("readEnvironment", environment)]).document;
}
