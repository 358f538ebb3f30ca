import type { HandleError, WireResponse } from "@handlekit/core";
import type { TransportSettings } from "./options.ts";

/** Why a request is sent once more. */
export interface Repetition {
  /** How many times it has been sent. */
  readonly attempts: number;
  /** True when the server may have carried it out: the answer never came, or a gateway answered instead. */
  readonly outcomeUnknown: boolean;
  /** How long is waited before, in milliseconds. */
  readonly delay: number;
  /** The status that was answered; undefined when there was no answer. */
  readonly status?: number;
}

const BUSY: readonly number[] = [429, 503];
const GATEWAY: readonly number[] = [502, 504];

/** What Retry-After asks for, in milliseconds from now: seconds or an HTTP date. */
export function retryAfter(response: WireResponse, now: number): number | undefined {
  const text = response.headers["retry-after"]?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** A random part of a time that doubles with every attempt, so that many clients do not come back together. */
function backOff(attempts: number, { retries, random }: TransportSettings): number {
  return random() * Math.min(retries.maxDelay, retries.baseDelay * 2 ** (attempts - 1));
}

/**
 * The repetition that an answer calls for; undefined when it is an answer to give to the caller.
 *
 * @param left milliseconds for all that is still to come: what has to wait longer is not waited for
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
  const asked = retryAfter(response, Date.now());
  const delay = asked === undefined ? backOff(attempts, settings) : asked + backOff(1, settings);
  return delay < left ? { attempts, outcomeUnknown: unknown, delay, status } : undefined;
}

/** The repetition that an error calls for; undefined when it is to be thrown. */
export function afterError(
  error: HandleError,
  attempts: number,
  sent: boolean,
  settings: TransportSettings,
): Repetition | undefined {
  if (attempts > settings.retries.limit || !error.retryable) return undefined;
  return { attempts, outcomeUnknown: sent, delay: backOff(attempts, settings) };
}
