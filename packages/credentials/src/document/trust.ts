import { decodeBase64, decodePublicKey, isHandleError, parseFingerprint } from "@handlekit/core";
import type { DocumentTrust } from "../credentials.ts";
import type { TrustFields } from "../layer/fields.ts";
import type { Layer } from "../layer/layer.ts";

/** The start of the base64 of every HS_PUBKEY value: the length of the name of its kind. */
const ENCODED_KEY = /^AAAAC/;
const FINGERPRINT_HINT =
  "It is sha256: and 64 hexadecimal digits, with or without colons between them: openssl x509 -noout -fingerprint -sha256 -in FILE shows it.";

function isRsaKey(base64: string): boolean {
  try {
    return decodePublicKey(decodeBase64(base64) ?? new Uint8Array()).kty === "RSA";
  } catch (error) {
    if (isHandleError(error)) return false;
    throw error;
  }
}

/** Returns the form of a path or a fingerprint in one text, as in `HDL_TRUST`. */
function readText(text: string, { reporter }: Layer): DocumentTrust {
  if (parseFingerprint(text)) return { fingerprint: text };
  if (!/^sha256:/i.test(text)) return { file: text };
  throw reporter.fail(`"${reporter.name("trust")}" is not a SHA-256 fingerprint`, "trust", FINGERPRINT_HINT);
}

function readObject(trust: TrustFields, { reporter }: Layer): DocumentTrust {
  const given = Object.values(trust).filter((value) => value !== undefined && value !== "");
  if (given.length !== 1) {
    throw reporter.fail(
      '"trust" must have exactly one of "certificate", "publicKey" and "fingerprint"',
      "trust",
      "Give the path of a PEM file, the base64 of a key, or the SHA-256 fingerprint of the server's certificate.",
    );
  }
  const { certificate, publicKey, fingerprint } = trust;
  if (certificate) return { certificateFile: certificate };
  if (fingerprint) {
    if (parseFingerprint(fingerprint)) return { fingerprint };
    throw reporter.fail('"fingerprint" in "trust" is not of SHA-256', "trust", FINGERPRINT_HINT);
  }
  const key = publicKey ?? "";
  if (!ENCODED_KEY.test(key)) return { publicKeyFile: key };
  if (isRsaKey(key)) return { publicKey: key };
  throw reporter.fail(
    '"publicKey" in "trust" is not the base64 of a whole RSA key of Handle.Net',
    "trust",
    "It is an HS_PUBKEY value, or the publicKey of the server in HS_SITE.",
  );
}

/**
 * Returns the server's own certificate or key; undefined without the field `trust`.
 *
 * @throws HandleError `invalid_credentials` when it is malformed, or when there is HTTPS_verify too
 */
export function readTrust(layer: Layer): DocumentTrust | undefined {
  const { fields, reporter } = layer;
  const { trust, HTTPS_verify: verify } = fields;
  if (trust === undefined) return undefined;
  if (verify !== undefined) {
    throw reporter.fail(
      '"trust" and "HTTPS_verify" contradict each other',
      "trust",
      "Remove one of them: trust names the server's own certificate, HTTPS_verify says how to verify it.",
    );
  }
  return typeof trust === "string" ? readText(trust, layer) : readObject(trust, layer);
}

/** Returns the path in a document's trust; undefined for a key or a fingerprint. */
export function trustFile(trust: DocumentTrust | undefined): string | undefined {
  if (trust === undefined) return undefined;
  if ("file" in trust) return trust.file;
  if ("certificateFile" in trust) return trust.certificateFile;
  return "publicKeyFile" in trust ? trust.publicKeyFile : undefined;
}

/** Returns the field `trust` as a document has it. */
export function trustField(trust: DocumentTrust | undefined): string | TrustFields | undefined {
  if (trust === undefined) return undefined;
  if ("file" in trust) return trust.file;
  if ("certificateFile" in trust) return { certificate: trust.certificateFile };
  if ("publicKeyFile" in trust) return { publicKey: trust.publicKeyFile };
  return "publicKey" in trust ? { publicKey: trust.publicKey } : { fingerprint: trust.fingerprint };
}

/** Returns the field in words, with a key shortened: `publicKey AAAAC1JTQV9QVUJfS0VZ...`. */
export function showTrust(trust: string | TrustFields): string {
  if (typeof trust === "string") return trust;
  const MAX = 100;
  return Object.entries(trust)
    .map(([name, value]) => `${name} ${value.length > MAX ? `${value.slice(0, MAX)}…` : value}`)
    .join(", ");
}
