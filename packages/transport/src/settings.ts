import { checkArgument, invalidOptions, type Logger } from "@handlekit/core";
import type { FetchLike } from "./engine/by-fetch.ts";
import type { TrustedServer } from "./server-trust.ts";

/** The options of a transport with their defaults filled in. Times are in milliseconds. */
export interface TransportSettings {
  readonly ca: string | undefined;
  readonly verify: boolean;
  readonly trust: TrustedServer | undefined;
  readonly connectTimeout: number;
  readonly attemptTimeout: number;
  readonly totalTimeout: number;
  readonly retries: { readonly limit: number; readonly baseDelay: number; readonly maxDelay: number };
  readonly random: () => number;
  readonly connections: number;
  readonly keepAlive: boolean;
  readonly maxResponseBytes: number;
  readonly log: Logger | undefined;
  readonly fetch: FetchLike | undefined;
}

const MAX_TIMER = 2 ** 31 - 1;

/** A number among the options, and the range it must be in. */
interface NumberOption {
  /** The option as the caller writes it, such as `timeouts.total`. */
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
}

/**
 * Returns the number, or the default where it is undefined.
 *
 * @param caller the public function that was given the option
 * @throws HandleError `invalid_options`
 */
function readNumber(
  caller: string,
  value: number | undefined,
  fallback: number,
  { name, unit, min, max }: NumberOption,
): number {
  if (value === undefined) return fallback;
  checkArgument(caller, `the option ${name}`, value, ["number", "undefined"]);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidOptions(
      `${caller}: the option ${name} must be a whole number of ${unit} from ${min} to ${max}.`,
    );
  }
  return value;
}

/** Returns a number of milliseconds that a timer can wait, or the default. */
export function readTime(caller: string, name: string, value: number | undefined, fallback: number): number {
  return readNumber(caller, value, fallback, { name, unit: "milliseconds", min: 1, max: MAX_TIMER });
}

/** Returns a number of things, or the default. */
export function readCount(
  caller: string,
  name: string,
  value: number | undefined,
  fallback: number,
  { min = 1, max, unit = name }: { readonly min?: number; readonly max: number; readonly unit?: string },
): number {
  return readNumber(caller, value, fallback, { name, unit, min, max });
}
