import { HandleError, type Logger } from "@handlekit/core";

/** What {@link createTransport} can be told. Every part has a default. */
export interface TransportOptions {
  /**
   * PEM text of the certificates to trust instead of the platform's: the CA's, or a self-signed server's own.
   * Deno trusts them beside the platform's.
   */
  readonly ca?: string;
  /** False turns the verification of the server's certificate off, with a warning. Default true. */
  readonly verify?: boolean;
  /**
   * In milliseconds: until there is a connection (default 10,000; Node only), for one request and its answer
   * (default 10,000), and for everything `send` does (default 30,000).
   */
  readonly timeouts?: { readonly connect?: number; readonly attempt?: number; readonly total?: number };
  /**
   * What is sent again when it failed or the server was busy, if that can do no harm: how often at most after the first
   * time (default 2; 0 never), after a random time up to `baseDelay` (default 100 ms) that doubles up to `maxDelay`
   * (default 5,000 ms). A Retry-After of the server counts instead, within `timeouts.total`.
   */
  readonly retries?: { readonly limit?: number; readonly baseDelay?: number; readonly maxDelay?: number };
  /** From 0 to 1, for the delays. Default `Math.random`. */
  readonly random?: () => number;
  /** Requests at a time to one origin for one strategy, each on a connection of its own; others wait. Default 32. */
  readonly connections?: number;
  /** The longest answer that is read, in bytes. Default 16 MiB. */
  readonly maxResponseBytes?: number;
  /** Gets the warning that `verify: false` gives; default `console.warn`. Strategies are given it too. */
  readonly log?: Logger;
  /** Sends the requests instead of the platform's engine. It brings its own TLS: `ca` and `verify` do not go with it. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The options with their defaults filled in. */
export interface TransportSettings {
  readonly ca?: string;
  readonly verify: boolean;
  readonly connectTimeout: number;
  readonly attemptTimeout: number;
  readonly totalTimeout: number;
  readonly retries: { readonly limit: number; readonly baseDelay: number; readonly maxDelay: number };
  readonly random: () => number;
  readonly connections: number;
  readonly maxResponseBytes: number;
  readonly log?: Logger;
  readonly fetch?: typeof globalThis.fetch;
}

const LONGEST_TIMER = 2 ** 31 - 1;

function invalid(message: string, hint?: string): HandleError {
  return new HandleError("invalid_options", { message, hint });
}

function readNumber(
  value: number | undefined,
  name: string,
  unit: string,
  fallback: number,
  most: number,
  least = 1,
) {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${name} is not a whole number of ${unit} from ${least} to ${most}.`);
  }
  return value;
}

const WARNING =
  "TLS verification is OFF for this transport: whoever is on the network path can read and change everything sent, " +
  "credentials included. Give the server's certificate as `ca` (HTTPS_verify in the credentials) instead.";

/**
 * The options with their defaults, checked.
 *
 * @throws HandleError `invalid_options`
 */
export function readOptions(options: TransportOptions): TransportSettings {
  const { ca, verify = true, timeouts = {}, retries = {}, log, fetch } = options;
  if (ca !== undefined && !/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(ca)) {
    throw invalid(
      "`ca` holds no PEM certificate.",
      "It is the text of the certificate file, not the file's name; the text begins with -----BEGIN CERTIFICATE-----.",
    );
  }
  if (ca !== undefined && !verify) {
    throw invalid("`ca` and `verify: false` contradict each other.", "Give one of the two.");
  }
  if (fetch && (ca !== undefined || !verify)) {
    throw invalid(
      "`ca` and `verify` do nothing for a `fetch` of your own.",
      "Configure TLS where it is made.",
    );
  }
  const settings: TransportSettings = {
    verify,
    connectTimeout: readNumber(timeouts.connect, "timeouts.connect", "milliseconds", 10_000, LONGEST_TIMER),
    attemptTimeout: readNumber(timeouts.attempt, "timeouts.attempt", "milliseconds", 10_000, LONGEST_TIMER),
    totalTimeout: readNumber(timeouts.total, "timeouts.total", "milliseconds", 30_000, LONGEST_TIMER),
    retries: {
      limit: readNumber(retries.limit, "retries.limit", "repetitions", 2, 100, 0),
      baseDelay: readNumber(retries.baseDelay, "retries.baseDelay", "milliseconds", 100, LONGEST_TIMER),
      maxDelay: readNumber(retries.maxDelay, "retries.maxDelay", "milliseconds", 5_000, LONGEST_TIMER),
    },
    random: options.random ?? Math.random,
    connections: readNumber(options.connections, "connections", "connections", 32, 10_000),
    maxResponseBytes: readNumber(
      options.maxResponseBytes,
      "maxResponseBytes",
      "bytes",
      16 * 2 ** 20,
      2 ** 31 - 1,
    ),
    ...(ca === undefined ? {} : { ca }),
    ...(log ? { log } : {}),
    ...(fetch ? { fetch } : {}),
  };
  if (!verify) (log ?? console).warn(WARNING);
  return settings;
}
