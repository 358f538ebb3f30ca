import { readFileSync } from "node:fs";
import type { Credentials, Logger, WireRequest } from "@handlekit/core";
import { isHandleError, printable } from "@handlekit/core";
import { createTransport, type Transport } from "@handlekit/transport";
import type { Caller } from "./open-client.ts";
import type { Output } from "./output.ts";
import { usageError } from "./usage-error.ts";

/** Milliseconds after which a server that does not answer is mentioned. */
const SLOW = 3_000;

function readCa(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw usageError(`The file of --ca, ${printable(path)}, cannot be read.`);
  }
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
      const began = performance.now();
      const took = () => `${Math.round(performance.now() - began)} ms`;
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

/**
 * Opens the transport of a command, with --ca, --timeout and --verbose.
 *
 * @param verify whom the credentials trust; --ca takes precedence
 * @param keepAlive for commands that send many requests; a single one starts faster without
 */
export function openTransport(
  { flags, output }: Caller,
  verify: Credentials["httpsVerify"],
  keepAlive = false,
): Transport {
  const ca = flags.ca === undefined ? undefined : readCa(flags.ca);
  const trust = ca !== undefined ? { ca } : typeof verify === "boolean" ? { verify } : { ca: verify.ca };
  const { timeout } = flags;
  const timeouts = timeout === undefined ? undefined : { connect: timeout, attempt: timeout, total: timeout };
  const log: Logger = {
    debug: (text) => output.trace(`  ${text}`),
    info: (text) => output.trace(`  ${text}`),
    warn: (text) => output.warn(text),
    error: (text) => output.warn(text),
  };
  return watched(createTransport({ ...trust, timeouts, log, keepAlive }), output);
}
