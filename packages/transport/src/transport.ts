import { checkArgument, checkOptions, invalidOptions, type Logger, type ServerTrust } from "@handlekit/core";
import type { FetchLike } from "./engine/by-fetch.ts";
import { createSender, type Transport } from "./send.ts";
import { readServerTrust } from "./server-trust.ts";
import { readCount, readTime, type TransportSettings } from "./settings.ts";

/** Options of {@link createTransport}. Every one has a default. */
export interface TransportOptions {
  /**
   * PEM text of the certificates to trust instead of the platform's. A CA's vouches for every certificate that it
   * signed for the server's name. A server's own certificate is trusted as it is while it is valid, whatever names are
   * in it and whoever signed it.
   */
  readonly ca?: string | undefined;
  /**
   * The server's own certificate, its public key or its SHA-256 fingerprint. The server is trusted if its certificate
   * is this one: neither its chain nor its names nor its dates are checked. It is compared before anything is sent.
   */
  readonly trust?: ServerTrust | undefined;
  /** False turns off the verification of the server's certificate, with a warning. Default true. */
  readonly verify?: boolean | undefined;
  /** Times in milliseconds. */
  readonly timeouts?:
    | {
        /** Until there is a connection; on Node, and on Deno and Bun with `ca` or `trust`. Default 10,000. */
        readonly connect?: number | undefined;
        /** For one request and its whole response. Default 10,000. */
        readonly attempt?: number | undefined;
        /** For all that `send` does. Default 30,000. */
        readonly total?: number | undefined;
      }
    | undefined;
  /**
   * The repetitions of requests that failed or were answered that the server is busy, if a repetition can do no harm.
   * A Retry-After header of the server takes precedence over the delays, within `timeouts.total`.
   */
  readonly retries?:
    | {
        /** The maximum number of repetitions. Default 2; 0 for none. */
        readonly limit?: number | undefined;
        /** The maximum of the first, random delay in milliseconds, which doubles with each. Default 100. */
        readonly baseDelay?: number | undefined;
        /** The maximum of every delay in milliseconds. Default 5,000. */
        readonly maxDelay?: number | undefined;
      }
    | undefined;
  /** Returns a number from 0 to 1, for the delays. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The maximum number of connections to one origin for one strategy; further requests wait. Default 32. */
  readonly connections?: number | undefined;
  /**
   * Whether connections are kept for further requests. Default true. With false, on Node, each request has a connection
   * of its own, and undici is not loaded, which takes a program that sends one request twice as long to start.
   */
  readonly keepAlive?: boolean | undefined;
  /** The maximum length of a response body in bytes. Default 16 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Receives the warning of `verify: false` (default `console.warn`) and each repetition. Strategies receive it too. */
  readonly log?: Logger | undefined;
  /**
   * Sends the requests instead of the platform's engine. It has TLS settings of its own: leave out `ca`, `trust` and
   * `verify`.
   */
  readonly fetch?: FetchLike | undefined;
}

const VERIFY_OFF =
  "TLS verification is OFF for this transport: anyone on the network path can read and change everything sent, " +
  "credentials included. Instead, give the server's certificate as `ca` (HTTPS_verify in the credentials) or its fingerprint as `trust`.";

function checkTransportOptions(caller: string, options: TransportOptions): void {
  checkOptions(caller, options, {
    ca: ["string", "undefined"],
    verify: ["boolean", "undefined"],
    trust: ["object", "undefined"],
    timeouts: ["object", "undefined"],
    retries: ["object", "undefined"],
    random: ["function", "undefined"],
    keepAlive: ["boolean", "undefined"],
    log: ["object", "undefined"],
    fetch: ["function", "undefined"],
  });
  const { ca, verify = true, trust, log, fetch } = options;
  for (const level of log ? (["debug", "info", "warn", "error"] as const) : []) {
    checkArgument(caller, `the option log.${level}`, log?.[level], ["function"]);
  }
  if ("authenticate" in options) {
    throw invalidOptions(`${caller}: its options argument is a strategy itself.`, "Write { strategy }.");
  }
  if (ca !== undefined && !/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(ca)) {
    throw invalidOptions(
      `${caller}: the option ca holds no PEM certificate.`,
      "It is the text of the certificate file, not the file's name; the text begins with -----BEGIN CERTIFICATE-----.",
    );
  }
  if (ca !== undefined && !verify) {
    throw invalidOptions(
      `${caller}: the options ca and verify: false contradict each other.`,
      "Give one of the two.",
    );
  }
  if (trust !== undefined && (ca !== undefined || !verify)) {
    throw invalidOptions(
      `${caller}: the options trust and ${ca === undefined ? "verify: false" : "ca"} contradict each other.`,
      "Give one of the two.",
    );
  }
  if (fetch && (ca !== undefined || trust !== undefined || !verify)) {
    throw invalidOptions(
      `${caller}: the options ca, trust and verify have no effect with the option fetch.`,
      "Configure TLS where that fetch is created.",
    );
  }
}

/**
 * Checks the options and fills in the defaults.
 *
 * @param caller the public function that was given them
 * @throws HandleError `invalid_options`
 */
function readSettings(caller: string, options: TransportOptions): TransportSettings {
  checkTransportOptions(caller, options);
  const { ca, verify = true, trust, timeouts = {}, retries = {}, log, fetch } = options;
  const time = (name: string, value: number | undefined, fallback: number) =>
    readTime(caller, name, value, fallback);
  return {
    ca,
    verify,
    trust: trust && readServerTrust(caller, trust),
    connectTimeout: time("timeouts.connect", timeouts.connect, 10_000),
    attemptTimeout: time("timeouts.attempt", timeouts.attempt, 10_000),
    totalTimeout: time("timeouts.total", timeouts.total, 30_000),
    retries: {
      limit: readCount(caller, "retries.limit", retries.limit, 2, { min: 0, max: 100, unit: "repetitions" }),
      baseDelay: time("retries.baseDelay", retries.baseDelay, 100),
      maxDelay: time("retries.maxDelay", retries.maxDelay, 5_000),
    },
    random: options.random ?? Math.random,
    connections: readCount(caller, "connections", options.connections, 32, { max: 10_000 }),
    keepAlive: options.keepAlive ?? true,
    maxResponseBytes: readCount(caller, "maxResponseBytes", options.maxResponseBytes, 16 * 2 ** 20, {
      max: 2 ** 31 - 1,
      unit: "bytes",
    }),
    log,
    fetch,
  };
}

/**
 * Creates a transport: TLS verified, time-outs on, redirects not followed, proxies and ~/.netrc ignored on Node.
 * A connection with a client certificate is used only for the strategy it was made for.
 *
 * @throws HandleError `invalid_options`
 * @example
 * ```ts
 * const transport = createTransport({ ca: await readFile("handle-server.pem", "utf8") });
 * const { status, body } = await transport.send(
 *   { method: "GET", url: "https://handle.example.org:8000/api/handles/20.500.12345/abc", headers: {} },
 * );
 * ```
 */
export function createTransport(options: TransportOptions = {}): Transport {
  return createTransportFor("createTransport", options);
}

/** Creates a transport for a public function that has these options too. */
export function createTransportFor(caller: string, options: TransportOptions): Transport {
  const settings = readSettings(caller, options);
  if (!settings.verify) (settings.log ?? console).warn(VERIFY_OFF);
  return createSender(settings);
}
