import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls, type DetailedPeerCertificate, type SecureVersion } from "node:tls";
import { HandleError, isHandleError, printable } from "@handlekit/core";
import { type Finding, fault, fine } from "./finding.ts";

/** Where the server is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** Milliseconds for each step. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** The properties of a TLS connection, whether or not the certificate is trusted. */
export interface Handshake {
  readonly protocol: string;
  readonly certificate: DetailedPeerCertificate;
}

export function placeOf(server: string, timeout: number, signal: AbortSignal): Place {
  const { hostname, port, protocol } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: Number(port) || (protocol === "https:" ? 443 : 80), timeout, signal };
}

const addressOf = ({ host, port }: Place) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Looks the host up. */
export async function findHost({ host }: Place): Promise<Finding> {
  if (isIP(host) !== 0) return fine(`${host} is an address`);
  try {
    const found = await lookup(host, { all: true });
    return fine(`${printable(host)} is ${found.map(({ address }) => address).join(", ")}`);
  } catch (error) {
    if (codeOf(error) === "EAI_AGAIN")
      return fault(
        "host_not_found",
        `The name ${host} could not be looked up.`,
        "The name service (DNS) did not answer: check this computer's network.",
      );
    return fault(
      "host_not_found",
      `There is no host named ${host}.`,
      "Check the spelling of the server's address (handle_server_url, --server).",
    );
  }
}

interface Socket {
  once(event: "error", listener: (error: Error) => void): unknown;
  once(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

/** Waits for an event of a socket, which is then destroyed. */
async function settled<S extends Socket, T>(
  socket: S,
  { timeout, signal }: Place,
  wait: (done: (result: T) => void) => void,
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  try {
    return await new Promise<T>((resolve, reject) => {
      const stop = () => reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
      if (limit.aborted) stop();
      limit.addEventListener("abort", stop);
      socket.once("error", reject);
      socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
      wait(resolve);
    });
  } catch (error) {
    if (signal.aborted) throw new HandleError("aborted", { message: "The examination was interrupted." });
    throw error;
  } finally {
    socket.destroy();
  }
}

/** Opens the port. */
export async function openPort(place: Place): Promise<Finding> {
  const where = addressOf(place);
  try {
    const socket = connectTcp({ host: place.host, port: place.port });
    await settled<typeof socket, void>(socket, place, (done) => socket.once("connect", () => done()));
    return fine(`${where} is open`);
  } catch (error) {
    if (isHandleError(error)) throw error;
    const code = codeOf(error);
    if (code === "ECONNREFUSED")
      return fault(
        "refused",
        `Nothing listens on ${where}.`,
        "Check that the server is running, and that the port in the address is the one it listens on.",
      );
    const why = code === "ETIMEDOUT" ? `no answer within ${place.timeout / 1000} s` : code;
    return fault(
      "unreachable",
      `${where} cannot be reached: ${why}.`,
      "Check this computer's network, and the firewall between it and the server.",
    );
  }
}

const VERSIONS = /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|VERSION_TOO_LOW|WRONG_SSL_VERSION|NO_PROTOCOLS/;

/**
 * Makes a TLS handshake and looks at the certificate, which is not verified.
 *
 * @param maxVersion for a login with a certificate, which is presented over TLS 1.2
 */
export async function makeHandshake(
  place: Place,
  maxVersion: SecureVersion = "TLSv1.3",
): Promise<Handshake | Finding> {
  const { host, port } = place;
  const where = addressOf(place);
  try {
    const servername = isIP(host) === 0 ? host : undefined;
    // Nothing is sent over this connection. The transport verifies the certificate of its own.
    const socket = connectTls({ host, port, servername, maxVersion, rejectUnauthorized: false });
    return await settled<typeof socket, Handshake>(socket, place, (done) =>
      socket.once("secureConnect", () =>
        done({ protocol: socket.getProtocol() ?? "TLS", certificate: socket.getPeerCertificate(true) }),
      ),
    );
  } catch (error) {
    if (isHandleError(error)) throw error;
    const code = codeOf(error);
    if (VERSIONS.test(code)) {
      const tls12 = maxVersion === "TLSv1.2";
      return fault(
        "tls_version",
        tls12
          ? `${where} does not speak TLS 1.2, over which a client certificate is presented (${code}).`
          : `${where} speaks no TLS version that is safe (${code}).`,
        tls12
          ? "The server must allow TLS 1.2; or log in with a password."
          : "The server must allow TLS 1.2 or 1.3.",
      );
    }
    if (code === "ETIMEDOUT")
      return fault(
        "unreachable",
        `${where} is open, but answered no TLS handshake within ${place.timeout / 1000} s.`,
        "The server may hang, or the port may speak another protocol.",
      );
    return fault(
      "not_tls",
      `The TLS handshake with ${where} failed (${code}).`,
      "The port may speak plain http or another protocol; the usual port of a handle server's HTTPS is 8000.",
    );
  }
}
