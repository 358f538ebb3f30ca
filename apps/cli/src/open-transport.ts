import { readFileSync } from "node:fs";
import type { Credentials, Logger, ServerTrust, WireRequest } from "@handlekit/core";
import { isHandleError, parseFingerprint, printable } from "@handlekit/core";
import { createTransport, type Transport, type TransportOptions } from "@handlekit/transport";
import type { Caller } from "./command.ts";
import type { CommonFlags } from "./common-options.ts";
import { inWordsOfHdl } from "./hints.ts";
import type { Output } from "./output.ts";
import { usageError } from "./usage-error.ts";

/** Milliseconds after which a server that does not answer is mentioned. */
const SLOW = 3_000;

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw usageError(`The file of ${option}, ${printable(path)}, cannot be read.`);
  }
}

/** Reads --trust: a fingerprint, or a file with a certificate or its public key. */
function readTrust(text: string): ServerTrust {
  if (parseFingerprint(text)) return { fingerprint: text };
  if (/^sha256:/i.test(text))
    throw usageError("--trust is not a SHA-256 fingerprint: it has 64 hexadecimal digits.");
  const pem = readText(text, "--trust");
  return /-----BEGIN PUBLIC KEY-----/.test(pem) ? { publicKey: pem } : { certificate: pem };
}

/** Whom a command trusts: --ca or --trust, else what the credentials say. */
export function readTrusted(
  { ca, trust }: CommonFlags,
  credentials: Trusting,
): Pick<TransportOptions, "ca" | "trust" | "verify"> {
  if (ca !== undefined && trust !== undefined)
    throw usageError("Both --ca and --trust are given.", "Give one of the two.");
  if (ca !== undefined) return { ca: readText(ca, "--ca") };
  if (trust !== undefined) return { trust: readTrust(trust) };
  if (credentials.trust !== undefined) return { trust: credentials.trust };
  const { httpsVerify } = credentials;
  return typeof httpsVerify === "boolean" ? { verify: httpsVerify } : { ca: httpsVerify.ca };
}

/** Shows a request without what may be secret: the values of its headers, and its body. */
function describeRequest({ method, url, headers, body }: WireRequest): string {
  const names = Object.keys(headers);
  const more = [
    ...(names.includes("authorization") ? ["authorization: [redacted]"] : []),
    ...(body === undefined ? [] : [`${body.length} bytes`]),
  ];
  return `> ${method} ${url}${more.length === 0 ? "" : `  (${more.join(", ")})`}`;
}

/** Adds to a transport: --verbose, and a line about a server that does not answer. */
function watched(transport: Transport, output: Output): Transport {
  return {
    async send(request, options) {
      // Not performance.now: Node loads node:perf_hooks when that is first used.
      const began = process.hrtime.bigint();
      const took = () => `${(process.hrtime.bigint() - began) / 1_000_000n} ms`;
      output.trace(describeRequest(request));
      const { host } = new URL(request.url);
      const slow = setTimeout(
        () => output.say(`hdl: ${host} has not answered yet; waiting. Ctrl-C stops.`),
        SLOW,
      );
      try {
        const response = await transport.send(request, options);
        output.trace(`< ${response.status}  (${response.body?.length ?? 0} bytes, ${took()})`);
        return response;
      } catch (error) {
        output.trace(`< ${isHandleError(error) ? error.code : "failed"}  (${took()})`);
        throw error;
      } finally {
        clearTimeout(slow);
      }
    },
    close: () => transport.close(),
  };
}

/** The members of credentials that say whom to trust. */
type Trusting = Pick<Credentials, "httpsVerify" | "trust">;

/**
 * Opens the transport of a command, with --ca, --trust, --timeout and --verbose.
 *
 * @param credentials whom they trust
 * @param keepAlive for commands that send many requests; a single one starts faster without
 */
export function openTransport(
  { flags, output }: Caller,
  credentials: Trusting,
  keepAlive = false,
): Transport {
  const { timeout } = flags;
  const timeouts = timeout === undefined ? undefined : { connect: timeout, attempt: timeout, total: timeout };
  const log: Logger = {
    debug: (text) => output.trace(`  ${text}`),
    info: (text) => output.trace(`  ${text}`),
    warn: (text) => output.warn(inWordsOfHdl(text)),
    error: (text) => output.warn(inWordsOfHdl(text)),
  };
  return watched(createTransport({ ...readTrusted(flags, credentials), timeouts, log, keepAlive }), output);
}
