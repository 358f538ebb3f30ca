import { MAX_INDEX, parseReference, type ValueReference } from "@handlekit/core";
import type { CredentialDocument } from "./credentials.ts";
import { type JsonEntry, readJsonObject } from "./json/read-json-object.ts";
import { createReporter, type Reporter } from "./problem.ts";
import { FIELD_NAMES, type FieldName, type Fields, readFields } from "./read-fields.ts";
import { readLogin } from "./read-login.ts";
import { readServer } from "./read-server.ts";

const IDENTITY = /^(\d+):[^:/]+\/./s;
/** Text that is PEM, or the base64 of a key, where a path belongs: it must not reach a message. */
const KEY_MATERIAL = /[\r\n]|-----|^MI[A-Za-z0-9+/=]{60,}$/;

function readIdentity(fields: Fields, field: "username" | "handleowner", reporter: Reporter) {
  const text = fields[field];
  if (text === undefined) return undefined;
  const index = IDENTITY.exec(text)?.[1];
  if (index === undefined || Number(index) > MAX_INDEX || /\p{Surrogate}/u.test(text)) {
    throw reporter.fail(
      `"${field}" is not of the form index:prefix/suffix${index ? `, with an index up to ${MAX_INDEX}` : ""}`,
      field,
      "For example 300:20.500.12345/USER1: the index of the key or password, a colon, the handle that holds it.",
    );
  }
  return parseReference(text);
}

function refuseKeyMaterial(fields: Fields, reporter: Reporter): void {
  for (const field of ["private_key", "certificate_only", "certificate_and_key", "HTTPS_verify"] as const) {
    const path = fields[field];
    if (typeof path === "string" && KEY_MATERIAL.test(path)) {
      throw reporter.fail(`"${field}" must be the path of a PEM file, not what the file holds`, field);
    }
  }
}

function readHttpsVerify(
  fields: Fields,
  source: string,
  reporter: Reporter,
): CredentialDocument["httpsVerify"] {
  const value = fields.HTTPS_verify;
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === undefined || word === true || word === "true") return true;
  if (word !== false && word !== "false") return { caFile: String(value) };
  reporter.warn(
    `TLS verification is OFF (HTTPS_verify is false in ${source}): anyone on the path can pose as the server and read the password. Give the server's CA file instead.`,
  );
  return false;
}

/** Everything that is no known key, printed as a count: a misspelt key may hold a password. */
function readConfig(
  entries: ReadonlyMap<string, JsonEntry>,
  reporter: Reporter,
): Readonly<Record<string, unknown>> {
  const names = new Map<string, FieldName>(FIELD_NAMES.map((name) => [name.toLowerCase(), name]));
  const others = [...entries].filter(([key]) => names.get(key.toLowerCase()) !== key);
  for (const [key] of others) {
    const meant = names.get(key.toLowerCase());
    if (meant)
      reporter.warn(`a key is taken for config, because its letter case is not that of "${meant}"`, key);
    if (key === "toJSON") throw reporter.fail('a key cannot be called "toJSON"', key);
  }
  const config = Object.fromEntries(others.map(([key, { value }]) => [key, value]));
  const shown = () => `[${others.length} config keys, not shown]`;
  for (const hook of ["toJSON", Symbol.for("nodejs.util.inspect.custom"), Symbol.for("Deno.customInspect")]) {
    Object.defineProperty(config, hook, { value: shown });
  }
  return Object.freeze(config);
}

/** What a text says, and the fields it says it with. */
export function readDocument(
  text: string,
  source: string,
): { readonly document: CredentialDocument; readonly fields: Fields } {
  const { entries, warnings } = readJsonObject(text, source, FIELD_NAMES);
  const reporter = createReporter(source, entries);
  const fields = readFields(entries, source);
  if (fields.password !== undefined && /\p{Surrogate}/u.test(fields.password)) {
    throw reporter.fail('"password" holds half a character, which has no UTF-8 form', "password");
  }
  refuseKeyMaterial(fields, reporter);
  const server = readServer(fields, reporter);
  const identity: ValueReference | undefined = readIdentity(fields, "username", reporter);
  const handleOwner = readIdentity(fields, "handleowner", reporter);
  const login = readLogin(fields, identity, reporter);
  const httpsVerify = readHttpsVerify(fields, source, reporter);
  const config = readConfig(entries, reporter);
  const document: CredentialDocument = {
    ...(server === undefined ? {} : { server }),
    ...(login === undefined ? {} : { login }),
    httpsVerify,
    ...(fields.prefix === undefined ? {} : { prefix: fields.prefix }),
    ...(handleOwner === undefined ? {} : { handleOwner }),
    config,
    warnings: [...warnings, ...reporter.warnings],
  };
  return { document, fields };
}

/**
 * Reads a credentials document: the JSON that B2HANDLE and PYHANDLE take, under either name for the server.
 * Files it names are not looked at; `loadCredentials` of `@handlekit/credentials/file` does that.
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
  return readDocument(text, options.source ?? "credentials").document;
}
