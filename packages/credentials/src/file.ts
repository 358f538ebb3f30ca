import { decodeUtf8 } from "@handlekit/core";
import type { Credentials, DocumentLogin, Login } from "./credentials.ts";
import { readCertificateLogin } from "./file/certificate-login.ts";
import { readNamedFile, showPath, warnOfMode } from "./file/named-file.ts";
import { readLimited } from "./file/read-limited.ts";
import { readDocument } from "./parse-credentials.ts";
import { problem } from "./problem.ts";
import type { Fields } from "./read-fields.ts";

export type { Credentials, Login } from "./credentials.ts";

/** Where a credentials file is, for messages and for the paths in it. */
interface Location {
  readonly source: string;
  readonly directory: string;
}

async function readLogin(
  login: DocumentLogin | undefined,
  fields: Fields,
  { source, directory }: Location,
): Promise<{ readonly login?: Login; readonly warnings: readonly string[] }> {
  if (login?.kind !== "certificate") return { ...(login ? { login } : {}), warnings: [] };
  const inOne = fields.certificate_and_key !== undefined;
  const keyFile = await readNamedFile(
    source,
    inOne ? "certificate_and_key" : "private_key",
    login.keyFile,
    directory,
  );
  const certificateFile = inOne
    ? keyFile
    : await readNamedFile(source, "certificate_only", login.certificateFile, directory);
  const checked = await readCertificateLogin(certificateFile, keyFile);
  return {
    login: checked.login,
    warnings: [...warnOfMode(source, keyFile.path, keyFile.mode), ...checked.warnings],
  };
}

async function readCa(caFile: string, { source, directory }: Location): Promise<{ readonly ca: string }> {
  const { X509Certificate } = await import("node:crypto");
  const file = await readNamedFile(source, "HTTPS_verify", caFile, directory);
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
 * Loads a credentials file and the key, certificate and CA files it names, and checks that they fit together.
 * Paths in the file are relative to its directory; each file may hold 1 MiB.
 *
 * @param path the credentials file, relative to the working directory
 * @returns the credentials; show their `warnings` at each start
 * @throws HandleError `invalid_credentials` when a file is missing or unreadable, the document is wrong (see `parseCredentials`),
 *   the private key is encrypted, or it does not belong to the certificate
 * @example
 * ```ts
 * const credentials = await loadCredentials("credentials.json");
 * for (const warning of credentials.warnings) console.error(warning);
 * ```
 */
export async function loadCredentials(path: string): Promise<Credentials> {
  const { dirname, resolve } = await import("node:path");
  const absolute = resolve(path);
  const source = showPath(path);
  const content = await readLimited(absolute);
  if ("problem" in content) {
    throw problem(source, `the credentials file is ${showPath(absolute)}, which ${content.problem}`);
  }
  const text = decodeUtf8(content.bytes);
  if (text === undefined)
    throw problem(source, "the file is not UTF-8 text", { hint: "Save it again as UTF-8." });

  const { document, fields } = readDocument(text, source);
  const location = { source, directory: dirname(absolute) };
  const { login, warnings } = await readLogin(document.login, fields, location);
  const { httpsVerify } = document;
  const { server, prefix, handleOwner, config } = document;
  return {
    source: path,
    ...(server === undefined ? {} : { server }),
    ...(login === undefined ? {} : { login }),
    httpsVerify: typeof httpsVerify === "boolean" ? httpsVerify : await readCa(httpsVerify.caFile, location),
    ...(prefix === undefined ? {} : { prefix }),
    ...(handleOwner === undefined ? {} : { handleOwner }),
    config,
    warnings: [...warnOfMode(source, path, content.mode), ...document.warnings, ...warnings],
  };
}
