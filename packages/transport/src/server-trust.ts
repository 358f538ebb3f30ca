import {
  checkArgument,
  decodeBase64,
  decodePublicKey,
  invalidOptions,
  isHandleError,
  type PublicKeyJwk,
  parseFingerprint,
  type ServerTrust,
} from "@handlekit/core";

/** The option `trust`, checked. The engine decodes the PEM. */
export type TrustedServer =
  | { readonly certificate: string }
  | { readonly publicKey: string | PublicKeyJwk }
  | { readonly fingerprint: Uint8Array };

/** The longest text of a certificate or key that is read. */
const MAX_TEXT = 1_048_576;
const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PUBLIC_KEY = /-----BEGIN PUBLIC KEY-----/;
const MEMBERS = ["certificate", "publicKey", "fingerprint"] as const;

function readCertificate(caller: string, text: string): TrustedServer {
  const count = text.match(CERTIFICATE)?.length ?? 0;
  if (count === 1) return { certificate: text };
  throw invalidOptions(
    `${caller}: the option trust.certificate holds ${count === 0 ? "no" : "more than one"} PEM certificate.`,
    count === 0
      ? "It is the text of the server's certificate file, not the file's name; the text begins with -----BEGIN CERTIFICATE-----."
      : "Give the server's own certificate alone; the certificates of authorities belong into `ca`.",
  );
}

function readPublicKey(caller: string, text: string): TrustedServer {
  if (PUBLIC_KEY.test(text)) return { publicKey: text };
  const bytes = decodeBase64(text);
  try {
    const key = bytes && decodePublicKey(bytes);
    if (key?.kty === "RSA") return { publicKey: key };
  } catch (error) {
    if (!isHandleError(error)) throw error;
  }
  throw invalidOptions(
    `${caller}: the option trust.publicKey is neither a PEM public key nor the base64 of an RSA key of Handle.Net.`,
    "It is PEM that begins with -----BEGIN PUBLIC KEY-----, or the base64 of an HS_PUBKEY value or of the publicKey in HS_SITE.",
  );
}

function readFingerprint(caller: string, text: string): TrustedServer {
  const fingerprint = parseFingerprint(text);
  if (fingerprint) return { fingerprint };
  throw invalidOptions(
    `${caller}: the option trust.fingerprint is not a SHA-256 fingerprint.`,
    'It is "sha256:" and 64 hexadecimal digits, with or without colons between them: openssl x509 -noout -fingerprint -sha256 -in FILE shows it.',
  );
}

/**
 * Checks the option `trust`.
 *
 * @throws HandleError `invalid_options`
 */
export function readServerTrust(caller: string, trust: ServerTrust): TrustedServer {
  const given: Partial<Record<(typeof MEMBERS)[number], unknown>> = trust;
  const [name, ...others] = MEMBERS.filter((member) => given[member] !== undefined);
  if (name === undefined || others.length > 0 || Object.keys(given).some((key) => !isMember(key))) {
    throw invalidOptions(
      `${caller}: the option trust must have exactly one member: certificate, publicKey or fingerprint.`,
    );
  }
  const text = given[name];
  checkArgument(caller, `the option trust.${name}`, text, ["string"]);
  const value = String(text);
  if (value.length > MAX_TEXT) {
    throw invalidOptions(`${caller}: the option trust.${name} is longer than ${MAX_TEXT} characters.`);
  }
  if (name === "certificate") return readCertificate(caller, value);
  return name === "publicKey" ? readPublicKey(caller, value) : readFingerprint(caller, value);
}

function isMember(key: string): boolean {
  return (MEMBERS as readonly string[]).includes(key);
}
