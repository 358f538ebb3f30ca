import type { ServerTrust } from "@handlekit/core";
import type { DocumentTrust } from "../credentials.ts";
import { trustFile } from "../document/trust.ts";
import { type NamedFile, type PathBase, readNamedFile } from "./read-file.ts";

/** @throws HandleError `invalid_credentials` if the file does not hold exactly one certificate */
async function readCertificate(file: NamedFile): Promise<ServerTrust> {
  const { X509Certificate } = await import("node:crypto");
  const [block, ...others] = file.blocks.filter(({ label }) => label === "CERTIFICATE");
  if (!block) {
    throw file.fail("holds no certificate", "Give the PEM file of the server's own certificate.");
  }
  if (others.length > 0) {
    throw file.fail(
      "holds more than one certificate",
      "Give the server's own alone; those of authorities belong into HTTPS_verify.",
    );
  }
  try {
    new X509Certificate(block.text);
  } catch {
    throw file.fail("holds a certificate that cannot be read", "The file may be truncated.");
  }
  return { certificate: block.text };
}

/** @throws HandleError `invalid_credentials` if the file holds no public key */
async function readPublicKey(file: NamedFile): Promise<ServerTrust> {
  const { createPublicKey } = await import("node:crypto");
  const block = file.blocks.find(({ label }) => label === "PUBLIC KEY");
  if (!block) {
    throw file.fail(
      "holds no public key",
      "It is between -----BEGIN PUBLIC KEY----- and its END line: openssl x509 -noout -pubkey -in CERTIFICATE shows it.",
    );
  }
  try {
    createPublicKey(block.text);
  } catch {
    throw file.fail("holds a public key that cannot be read", "The file may be truncated.");
  }
  return { publicKey: block.text };
}

/**
 * Reads the file that a document's trust names, if it names one.
 *
 * @param base the document or environment that names it
 * @throws HandleError `invalid_credentials` when it cannot be read or does not hold what it should
 */
export async function readServerTrust(
  trust: DocumentTrust | undefined,
  base: PathBase,
): Promise<ServerTrust | undefined> {
  if (trust === undefined || "publicKey" in trust || "fingerprint" in trust) return trust;
  const file = await readNamedFile(base, "trust", trustFile(trust) ?? "");
  const isKey = "publicKeyFile" in trust || ("file" in trust && holdsKeyOnly(file));
  return isKey ? readPublicKey(file) : readCertificate(file);
}

function holdsKeyOnly({ blocks }: NamedFile): boolean {
  const labels = blocks.map(({ label }) => label);
  return labels.includes("PUBLIC KEY") && !labels.includes("CERTIFICATE");
}
