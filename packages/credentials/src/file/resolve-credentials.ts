import { checkArgument, checkOptions, decodeUtf8, invalidOptions, printable } from "@handlekit/core";
import type { CredentialDocument, Credentials, DocumentLogin, Login } from "../credentials.ts";
import { buildDocument } from "../document/build-document.ts";
import { environmentLayer, type Layer, type Layers, readLayer } from "../layer/layer.ts";
import { invalidCredentials, locate, omitUndefined } from "../report.ts";
import { readCertificateLogin } from "./certificate-login.ts";
import { checkPassphrase, PASSPHRASE, type Passphrase, passphraseSource } from "./private-key.ts";
import { type PathBase, readLimited, readNamedFile, warnOfMode } from "./read-file.ts";
import { readServerTrust } from "./server-trust.ts";

/** Options of {@link loadCredentials}. */
export interface LoadOptions {
  /**
   * The passphrase of an encrypted private key. A Secret takes precedence over the file's `passphrase`; a function is
   * called when the file has none.
   */
  readonly passphrase?: Passphrase | undefined;
}

/** Options of {@link resolveCredentials}. */
export interface ResolveOptions extends LoadOptions {
  /** A credentials file, relative to the working directory. It takes precedence over the environment. */
  readonly file?: string | undefined;
  /** The environment variables, such as `process.env`. Default none. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
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
    throw invalidCredentials(
      source,
      `the credentials file is ${printable(absolute)}, which ${content.problem}`,
    );
  }
  const text = decodeUtf8(content.bytes);
  if (text === undefined)
    throw invalidCredentials(source, "the file is not UTF-8 text", { hint: "Save it again as UTF-8." });
  const layer = readLayer(text, source);
  const directoryIs = "the directory of the credentials file";
  const base = { source, directory: dirname(absolute), directoryIs, name: layer.reporter.name };
  return { layer, base, mode: content.mode };
}

async function environmentBase({ source, reporter }: Layer): Promise<PathBase> {
  const { resolve } = await import("node:path");
  return { source, directory: resolve("."), directoryIs: "the working directory", name: reporter.name };
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
      "Give the PEM file of the server's own certificate, or of the authority that signed it.",
    );
  }
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    throw file.fail("holds a certificate that cannot be read", "The file may be truncated.");
  }
  return { ca: certificates.join("") };
}

async function load(caller: string, options: ResolveOptions): Promise<Credentials> {
  const { file, env = {}, passphrase } = options;
  const environment = environmentLayer(caller, env);
  const fromFile = file === undefined ? undefined : await readFileLayer(file);
  const layers: Layers = fromFile ? [fromFile.layer, environment] : [environment];
  const { document, loginLayer, trustLayer } = buildDocument(layers);
  const base = await environmentBase(environment);
  const baseOf = (layer: Layer) => (fromFile && layer === fromFile.layer ? fromFile.base : base);
  const loginBase = baseOf(loginLayer);
  const trustBase = baseOf(trustLayer);
  const { login, warnings } = await readLogin(document.login, loginLayer, { base: loginBase, passphrase });
  return omitUndefined({
    ...document,
    source: file ?? environment.source,
    login,
    httpsVerify: await readCa(document.httpsVerify, trustBase),
    trust: await readServerTrust(document.trust, trustBase),
    warnings: [
      ...(fromFile ? warnOfMode(fromFile.base.source, file ?? "", fromFile.mode) : []),
      ...document.warnings,
      ...warnings,
    ],
  });
}

/**
 * Loads credentials from a file, from environment variables, or from both, together with the key, certificate and CA files
 * that they name, and checks that these belong together. The file takes precedence. The server, the login, ARDC's
 * application (`appId`, `sharedSecret`) and ARDC's owner (`identifier`, `authDomain`) are each taken from one of the two
 * as a whole.
 *
 * Paths in the file are relative to its directory, paths in variables to the working directory; each file may have 1 MiB.
 *
 * @returns a promise of the credentials; show their `warnings` at each start
 * @throws HandleError `invalid_credentials` when a file is missing or unreadable, a setting is wrong (see
 *   `parseCredentials`), the passphrase of a private key is missing or wrong, or the key does not belong to the
 *   certificate; `invalid_options` when an option is of the wrong kind
 * @example
 * ```ts
 * const credentials = await resolveCredentials({ file: "credentials.json", env: process.env });
 * ```
 */
export async function resolveCredentials(options: ResolveOptions): Promise<Credentials> {
  checkOptions("resolveCredentials", options, {
    file: ["string", "undefined"],
    env: ["object", "undefined"],
    passphrase: PASSPHRASE,
  });
  checkPassphrase("resolveCredentials", options.passphrase);
  return load("resolveCredentials", options);
}

/**
 * Loads a credentials file, together with the key, certificate and CA files that it names, and checks that these belong
 * together. The environment is not read.
 *
 * Paths in the file are relative to its directory; each file may have 1 MiB.
 *
 * @param path the credentials file, relative to the working directory
 * @returns a promise of the credentials; show their `warnings` at each start
 * @throws HandleError `invalid_credentials` when a file is missing or unreadable, the document is wrong (see
 *   `parseCredentials`), the passphrase of the private key is missing or wrong, or the key does not belong to the
 *   certificate; `invalid_options` when an argument is of the wrong kind
 * @example
 * ```ts
 * const credentials = await loadCredentials("credentials.json");
 * for (const warning of credentials.warnings) console.error(warning);
 * ```
 */
export async function loadCredentials(path: string, options: LoadOptions = {}): Promise<Credentials> {
  checkArgument("loadCredentials", "path", path, ["string"]);
  checkOptions("loadCredentials", options, { passphrase: PASSPHRASE });
  if ("reveal" in options) {
    throw invalidOptions("loadCredentials: its options argument is a Secret.", "Give { passphrase }.");
  }
  checkPassphrase("loadCredentials", options.passphrase);
  return load("loadCredentials", { file: path, passphrase: options.passphrase });
}
