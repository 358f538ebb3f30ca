import type { HandleError, WireResponse } from "@handlekit/core";
import type { TransportSettings } from "./settings.ts";

/** One repetition of a request. */
export interface Repetition {
  /** How many times it has been sent. */
  readonly attempts: number;
  /** True when the server may have carried it out: there was no response, or it came from a gateway. */
  readonly outcomeUnknown: boolean;
  /** The delay before it, in milliseconds. */
  readonly delay: number;
  /** The status of the response; undefined when there was none. */
  readonly status?: number | undefined;
}

const BUSY: readonly number[] = [429, 503];
const GATEWAY: readonly number[] = [502, 504];

/** Returns the milliseconds from now until the time of Retry-After, which is in seconds or an HTTP date. */
export function retryAfter(response: WireResponse, now: number): number | undefined {
  const text = response.headers["retry-after"]?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Returns a random part of a time that doubles with every attempt, so that clients do not come back all at once. */
function backOff(attempts: number, { retries, random }: TransportSettings): number {
  return random() * Math.min(retries.maxDelay, retries.baseDelay * 2 ** (attempts - 1));
}

/**
 * Returns the repetition that a response requires; undefined when the response is for the caller.
 *
 * @param left milliseconds until the total time-out: a longer delay is not waited for
 */
export function afterResponse(
  response: WireResponse,
  attempts: number,
  left: number,
  settings: TransportSettings,
): Repetition | undefined {
  const { status } = response;
  const unknown = GATEWAY.includes(status);
  if (attempts > settings.retries.limit || !(unknown || BUSY.includes(status))) return undefined;
  const requested = retryAfter(response, Date.now());
  const delay = requested === undefined ? backOff(attempts, settings) : requested + backOff(1, settings);
  return delay < left ? { attempts, outcomeUnknown: unknown, delay, status } : undefined;
}

/** Returns the repetition that an error requires; undefined when the error is to be thrown. */
export function afterError(
  error: HandleError,
  attempts: number,
  sent: boolean,
  settings: TransportSettings,
): Repetition | undefined {
  if (attempts > settings.retries.limit || !error.retryable) return undefined;
  return { attempts, outcomeUnknown: sent, delay: backOff(attempts, settings) };
}
