import { HandleError, invalidOptions, printable } from "@handlekit/core";
import type { TrustedServer } from "../server-trust.ts";
import type { TransportSettings } from "../settings.ts";
import { invalidPemError } from "./engine.ts";

type NodeCrypto = typeof import("node:crypto");
type Certificate = import("node:crypto").X509Certificate;
type TlsSocket = import("node:tls").TLSSocket;

/**
 * Returns the error for a server that is not trusted; undefined for one that is. It must be called after the first
 * handshake, before anything is written, and after each renegotiation.
 */
export type PeerCheck = (socket: TlsSocket, origin: string) => Error | undefined;

/** The error for a certificate that the platform refuses, with what `classifyError` reads of it. */
export class CertificateError extends Error {
  /** Node's code, such as `CERT_HAS_EXPIRED`. */
  readonly code: string;
  /** The certificate with its names, in Node's form. */
  readonly cert: unknown;
  /** The certificate in words. */
  readonly presented: string | undefined;

  constructor(code: string, certificate: Certificate | undefined) {
    super(code);
    this.code = code;
    this.cert = certificate?.toLegacyObject();
    this.presented = certificate && describeCertificate(certificate);
  }
}

/** The longest subject that a message shows: the text comes from the server. */
const MAX_SUBJECT = 120;

/** Returns `the self-signed certificate of CN=anonymous, with the fingerprint sha256:3F:9A:...`. */
function describeCertificate({ subject, issuer, fingerprint256 }: Certificate): string {
  // Bun and Deno have no subject where it is empty.
  const name = printable((subject ?? "").replaceAll("\n", ", "));
  const shown = name.length > MAX_SUBJECT ? `${name.slice(0, MAX_SUBJECT)}…` : name;
  const kind = subject === issuer ? "self-signed certificate" : "certificate";
  return `the ${kind} of ${shown || "an empty subject"}, with the fingerprint sha256:${fingerprint256}`;
}

/**
 * Returns the DER of each certificate in PEM text.
 *
 * @throws HandleError `invalid_options` if none can be read
 */
function readCertificates(crypto: NodeCrypto, pem: string): Uint8Array[] {
  const blocks = pem.match(/-----BEGIN ([A-Z0-9 ]*)CERTIFICATE-----.*?-----END \1CERTIFICATE-----/gs) ?? [];
  const certificates = blocks.flatMap((block) => {
    try {
      return [new crypto.X509Certificate(block).raw];
    } catch {
      return [];
    }
  });
  if (certificates.length === 0) throw invalidPemError(undefined);
  return certificates;
}

/**
 * Returns true if one of the certificates in `ca` is a CA's; else they are servers' own, which the check compares.
 *
 * @throws HandleError `invalid_options` for PEM that cannot be read
 */
export function includesAuthority(crypto: NodeCrypto, ca: string): boolean {
  return readCertificates(crypto, ca).some((raw) => new crypto.X509Certificate(raw).ca);
}

/** Returns what the option `trust` names, of a certificate. */
type Feature = (certificate: Certificate, crypto: NodeCrypto) => Uint8Array;

const features = {
  certificate: ({ raw }) => raw,
  publicKey: ({ publicKey }) => publicKey.export({ type: "spki", format: "der" }),
  fingerprint: ({ raw }, { createHash }) => createHash("sha256").update(raw).digest(),
} satisfies Record<string, Feature>;

interface Pin {
  readonly what: string;
  readonly expected: Uint8Array;
  readonly feature: Feature;
}

/** @throws HandleError `invalid_options` for PEM that cannot be read */
function readPin(crypto: NodeCrypto, trust: TrustedServer): Pin {
  if ("fingerprint" in trust) {
    return { what: "fingerprint", expected: trust.fingerprint, feature: features.fingerprint };
  }
  const what = "certificate" in trust ? "certificate" : "publicKey";
  try {
    if ("certificate" in trust) {
      const { raw } = new crypto.X509Certificate(trust.certificate);
      return { what, expected: raw, feature: features.certificate };
    }
    const { publicKey } = trust;
    const key =
      typeof publicKey === "string"
        ? crypto.createPublicKey(publicKey)
        : crypto.createPublicKey({ key: { ...publicKey }, format: "jwk" });
    return { what, expected: key.export({ type: "spki", format: "der" }), feature: features.publicKey };
  } catch {
    throw invalidOptions(
      `The option trust.${what} holds a ${what === "publicKey" ? "key" : what} that cannot be read.`,
      "Check that the text is complete.",
    );
  }
}

/** Compares in a time that does not depend on where the difference is. */
function same(crypto: NodeCrypto, a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}

/** Returns Node's code for a certificate that has expired or is not valid yet. */
function dateFault({ validFrom, validTo }: Certificate, now: number): string | undefined {
  if (!(Date.parse(validFrom) <= now)) return "CERT_NOT_YET_VALID";
  return now <= Date.parse(validTo) ? undefined : "CERT_HAS_EXPIRED";
}

function createPinCheck(crypto: NodeCrypto, trust: TrustedServer): PeerCheck {
  const { what, expected, feature } = readPin(crypto, trust);
  const matches = (certificate: Certificate) => {
    try {
      return same(crypto, feature(certificate, crypto), expected);
    } catch {
      return false; // A key of a kind that the platform does not know.
    }
  };
  return (socket, origin) => {
    const certificate = socket.getPeerX509Certificate();
    if (certificate && matches(certificate)) return undefined;
    const presented = certificate ? describeCertificate(certificate) : "no certificate";
    const trusted = what === "publicKey" ? "public key" : what;
    return new HandleError("tls_untrusted", {
      message: `${origin} presents ${presented}, which is not the one whose ${trusted} is trusted (trust.${what}).`,
      hint: "Ask the server's administrator whether its certificate was renewed, and for the fingerprint of the new one. If it was not, someone else answers at this address; the certificate is compared before anything is sent.",
    });
  };
}

/**
 * Creates the check of a server's certificate: its identity with the one that `trust` names, and nothing else; or that
 * it is one of the certificates in `ca` and valid today; or the platform's own, of chain, dates and names.
 *
 * @throws HandleError `invalid_options` for a `ca` or a `trust` that cannot be read
 */
export function createPeerCheck(crypto: NodeCrypto, { ca, trust, verify }: TransportSettings): PeerCheck {
  if (!verify) return () => undefined;
  if (trust) return createPinCheck(crypto, trust);
  const own = ca === undefined ? [] : readCertificates(crypto, ca);
  return (socket) => {
    const certificate = socket.getPeerX509Certificate();
    const isOwn = certificate && own.some((each) => same(crypto, each, certificate.raw));
    // Deno does not say that the dates are the fault.
    const fault = certificate ? dateFault(certificate, Date.now()) : "CERT_MISSING";
    if (fault === undefined && (isOwn || socket.authorized)) return undefined;
    return new CertificateError(fault ?? String(socket.authorizationError ?? "CERT_UNTRUSTED"), certificate);
  };
}
