import { decodeUtf8, type Secret } from "@handlekit/core";
import type { CredentialDocument, Credentials, DocumentLogin, Login } from "../credentials.ts";
import { buildDocument } from "../document/build-document.ts";
import { environmentLayer } from "../layer/environment-layer.ts";
import type { Layer, Layers } from "../layer/layer.ts";
import { readLayer } from "../layer/read-layer.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { locate, printable, problem } from "../problem.ts";
import { readCertificateLogin } from "./certificate-login.ts";
import { type PathBase, readNamedFile, warnOfMode } from "./named-file.ts";
import type { PassphraseSource } from "./private-key.ts";
import { readLimited } from "./read-limited.ts";

/** The passphrase of an encrypted private key, or what asks for it. */
export type Passphrase = Secret | (() => Promise<Secret | undefined>);

/** Where {@link resolveCredentials} looks. */
export interface ResolveOptions {
  /** A credentials file, relative to the working directory. It goes before the environment. */
  readonly file?: string;
  /** Environment variables, such as `process.env`; without them, none is read. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Of an encrypted private key. A Secret goes before the file's `passphrase`; a function is asked when there is none. */
  readonly passphrase?: Passphrase;
}

interface FileLayer {
  readonly layer: Layer;
  readonly base: PathBase;
  readonly mode: number | undefined;
}

async function readFileLayer(path: string): Promise<FileLayer> {
  const { dirname, resolve } = await import("node:path");
  const absolute = resolve(path);
  const source = printable(path);
  const content = await readLimited(absolute);
  if ("problem" in content) {
    throw problem(source, `the credentials file is ${printable(absolute)}, which ${content.problem}`);
  }
  const text = decodeUtf8(content.bytes);
  if (text === undefined)
    throw problem(source, "the file is not UTF-8 text", { hint: "Save it again as UTF-8." });
  const layer = readLayer(text, source);
  const directoryIs = "the directory of the credentials file";
  const base = { source, directory: dirname(absolute), directoryIs, name: layer.reporter.name };
  return { layer, base, mode: content.mode };
}

async function environmentBase({ source, reporter }: Layer): Promise<PathBase> {
  const { resolve } = await import("node:path");
  return { source, directory: resolve("."), directoryIs: "the working directory", name: reporter.name };
}

/** A given Secret goes before the document's own, and that before a function that asks. */
function passphraseSource(own: Secret | undefined, given: Passphrase | undefined): PassphraseSource {
  if (typeof given === "function") {
    return own === undefined
      ? { from: "the passphrase that was given", get: given }
      : { from: '"passphrase"', get: () => Promise.resolve(own) };
  }
  const from = given === undefined ? '"passphrase"' : "the passphrase that was given";
  return { from, get: () => Promise.resolve(given ?? own) };
}

async function readLogin(
  login: DocumentLogin | undefined,
  { fields }: Layer,
  { base, passphrase }: { readonly base: PathBase; readonly passphrase: Passphrase | undefined },
): Promise<{ readonly login?: Login | undefined; readonly warnings: readonly string[] }> {
  if (login?.kind !== "certificate") return { login, warnings: [] };
  const inOne = fields.certificate_and_key !== undefined;
  const keyFile = await readNamedFile(base, inOne ? "certificate_and_key" : "private_key", login.keyFile);
  const certificateFile = inOne
    ? keyFile
    : await readNamedFile(base, "certificate_only", login.certificateFile);
  const source = passphraseSource(login.passphrase, passphrase);
  const checked = await readCertificateLogin(certificateFile, keyFile, source);
  const warnings = [...warnOfMode(base.source, keyFile.path, keyFile.mode), ...checked.warnings];
  if (login.passphrase !== undefined && !checked.decrypted) {
    warnings.push(locate(base.source, `"passphrase" is not needed: ${keyFile.path} is not encrypted`));
  }
  return { login: checked.login, warnings };
}

async function readCa(
  httpsVerify: CredentialDocument["httpsVerify"],
  base: PathBase,
): Promise<Credentials["httpsVerify"]> {
  if (typeof httpsVerify === "boolean") return httpsVerify;
  const { X509Certificate } = await import("node:crypto");
  const file = await readNamedFile(base, "HTTPS_verify", httpsVerify.caFile);
  const certificates = file.blocks.filter(({ label }) => label === "CERTIFICATE").map(({ text }) => text);
  if (certificates.length === 0) {
    throw file.fail(
      "holds no certificate",
      "Give the PEM file of the authority that signed the server's certificate.",
    );
  }
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    throw file.fail("holds a certificate that cannot be read", "The file may be cut off.");
  }
  return { ca: certificates.join("") };
}

/**
 * Loads credentials from a file, from environment variables, or from both, with the key, certificate and CA files that
 * they name, and checks that those fit together. The file goes first; the environment gives what the file does not
 * have, but the server, the login, ARDC's application (`appId`, `sharedSecret`) and ARDC's owner (`identifier`,
 * `authDomain`) are each taken whole from one of the two.
 *
 * Paths in the file are relative to its directory, those in variables to the working directory; each file may hold 1 MiB.
 *
 * @returns the credentials; show their `warnings` at each start
 * @throws HandleError `invalid_credentials` when a file is missing or unreadable, a setting is wrong (see `parseCredentials`),
 *   the passphrase of a private key is missing or wrong, or the key does not belong to the certificate
 * @example
 * ```ts
 * const credentials = await resolveCredentials({ file: "credentials.json", env: process.env });
 * ```
 */
export async function resolveCredentials(options: ResolveOptions): Promise<Credentials> {
  const { file, env = {}, passphrase } = options;
  const fromFile = file === undefined ? undefined : await readFileLayer(file);
  const environment = environmentLayer(env);
  const layers: Layers = fromFile ? [fromFile.layer, environment] : [environment];
  const { document, loginLayer } = buildDocument(layers);
  const base = await environmentBase(environment);
  const loginBase = fromFile && loginLayer === fromFile.layer ? fromFile.base : base;
  const { login, warnings } = await readLogin(document.login, loginLayer, { base: loginBase, passphrase });
  return omitUndefined({
    ...document,
    source: file ?? environment.source,
    login,
    httpsVerify: await readCa(document.httpsVerify, fromFile?.base ?? base),
    warnings: [
      ...(fromFile ? warnOfMode(fromFile.base.source, file ?? "", fromFile.mode) : []),
      ...document.warnings,
      ...warnings,
    ],
  });
}
