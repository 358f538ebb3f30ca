import type { CredentialDocument } from "./credentials.ts";
import { buildDocument } from "./document/build-document.ts";
import { readLayer } from "./layer/read-layer.ts";

/**
 * Reads a credentials document: the JSON that B2HANDLE and PYHANDLE take, under either name for the server, with ARDC's
 * keys beside them. Files it names are not looked at; `loadCredentials` of `@handlekit/credentials/file` does that.
 *
 * @param text the JSON text, at most 1 MiB; a byte order mark at its start is passed over
 * @param options `source` is what messages call the text, such as its file name (default `credentials`)
 * @returns what the document says; show its `warnings`
 * @throws HandleError `invalid_credentials` with line and column, for broken JSON, a value of the wrong kind, half a login,
 *   a username that is not index:prefix/suffix, or two different servers; no message holds a value
 * @example
 * ```ts
 * const { login } = parseCredentials('{"username": "300:20.500.12345/USER1", "password": "correct horse"}');
 * login?.kind; // "password"
 * ```
 */
export function parseCredentials(
  text: string,
  options: { readonly source?: string } = {},
): CredentialDocument {
  return buildDocument([readLayer(text, options.source ?? "credentials")]).document;
}
