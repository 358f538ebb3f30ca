import { X509Certificate } from "node:crypto";
import type { Logger } from "@handlekit/core";

const DAY_MS = 24 * 60 * 60 * 1000;
const WARN_MS = 30 * DAY_MS;

/** The validity of a certificate. */
export interface CertificateWatch {
  /** Its end, in milliseconds since 1970. */
  readonly expires: number;
  /** Ends the warnings. */
  close(): void;
}

/**
 * Warns now and every day if the server's certificate has expired or expires within 30 days.
 *
 * @param pem the certificate, or a chain that begins with it
 * @param file its path, for the log
 */
export function watchCertificate(
  pem: string,
  file: string,
  log: Logger,
  now: () => number = Date.now,
): CertificateWatch {
  const expires = Date.parse(new X509Certificate(pem).validTo);
  const check = () => {
    const left = expires - now();
    if (left > WARN_MS) return;
    const message =
      left <= 0
        ? "the server's certificate has expired: clients refuse it; replace it"
        : "the server's certificate expires soon; replace it";
    log.warn(message, { file, expires: new Date(expires).toISOString() });
  };
  check();
  const timer = setInterval(check, DAY_MS).unref();
  return { expires, close: () => clearInterval(timer) };
}
