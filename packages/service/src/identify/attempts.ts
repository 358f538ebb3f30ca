import { createHash } from "node:crypto";
import { handleKey, type Logger, parseIpAddress, parseReference } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";
import { type Counter, createCounters } from "./counters.ts";
import { createSharedFailures } from "./shared-failures.ts";

/** The number of failed logins that are not slowed down. 0 for any number. */
export interface FailedLoginLimits {
  /** Of one identity or App Id from one address; one is forgotten each minute. Default 10. */
  readonly perIdentity?: number | undefined;
  /** Of one address; ten are forgotten each minute. Default 100. */
  readonly perAddress?: number | undefined;
  /**
   * Whether other processes have the same state. Then these numbers are for all of them together, and are exceeded by what
   * fails within a third of a second. Default false: they are counted in the memory of this one.
   */
  readonly shared?: boolean | undefined;
}

/** The default limits. */
export const FAILED_LOGINS = { perIdentity: 10, perAddress: 100 } as const;

/** The credentials of a request, without the secret. */
export interface Claim {
  /** The identity (`index:prefix/suffix`) or App Id, as the client wrote it. */
  readonly identity: string;
  /** The IP address of the client. If it is unknown, the attempt is not counted. */
  readonly address: string | undefined;
}

/** The outcome of an attempt that was not allowed, so that nothing was checked. */
export interface Throttled {
  /** Whole seconds, 1 or more. */
  readonly retryAfter: number;
}

/** The failed logins of a server, counted by address, and by identity and address. */
export interface Attempts {
  /**
   * Checks credentials, unless too many have failed before: then `verify` is not called. It may be called later than at
   * once. An error of `verify` counts neither as a success nor as a failure.
   *
   * @param verify resolves to the outcome
   * @param succeeded returns whether an outcome is a success
   */
  check<T>(
    claim: Claim,
    verify: () => Promise<T>,
    succeeded: (outcome: T) => boolean,
  ): Promise<{ readonly outcome: T } | Throttled>;
}

/** Either the time in milliseconds before the attempt is checked, or the time left until another one is. */
type Admission = { readonly time: number } | { readonly left: number };

const MINUTE = 60_000;
/** After the free ones, this number of failures is allowed with growing delays: 0.25 to 4 s. */
const SLOWED = 5;
const FIRST_DELAY = 250;
/** The maximum number of attempts that are delayed at the same time. */
const MAX_DELAYED = 100;

/** Returns the network of an address: the address itself for IPv4, /64 for IPv6. Undefined if it is not an IP address. */
function networkOf(address: string | undefined): string | undefined {
  const bytes = parseIpAddress(address?.replace(/%.*$/s, "") ?? "");
  if (bytes === undefined || bytes.length === 4) return bytes?.join(".");
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.subarray(12).join(".") : bytes.subarray(0, 8).join(":");
}

/** Returns one name for all the ways to write an identity. An identity without an index is tried with all its keys. */
function nameOf(identity: string): { readonly name: string; readonly allKeys: boolean } {
  try {
    const { index, handle } = parseReference(identity);
    return { name: `${index}:${handleKey(handle)}`, allKeys: index === 0 };
  } catch {
    return { name: identity, allKeys: false };
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest("base64url");
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Options of {@link createAttempts}. */
export interface AttemptsOptions {
  readonly limits: FailedLoginLimits | undefined;
  /** Where the processes with `shared` tell each other of failed logins. */
  readonly state: StateStore;
  readonly now: () => number;
  readonly log: Logger | undefined;
  /** Waits, in milliseconds. Default by a timer. */
  readonly delay?: ((milliseconds: number) => Promise<void>) | undefined;
}

/**
 * Creates the counters of failed logins. An identity is never limited for all addresses, so that nobody can lock its
 * owner out. An attempt that is being checked counts as a failed one until it succeeds; others wait for it, so that many
 * guesses at the same time are no more than the limits allow.
 */
export function createAttempts({ limits = {}, state, now, log, delay = wait }: AttemptsOptions): Attempts {
  const { perIdentity = FAILED_LOGINS.perIdentity, perAddress = FAILED_LOGINS.perAddress } = limits;
  const free = perIdentity || Number.POSITIVE_INFINITY;
  const most = perAddress || Number.POSITIVE_INFINITY;
  const pairs = createCounters(MINUTE, now);
  const hosts = createCounters(MINUTE / 10, now);
  const shared = limits.shared ? createSharedFailures({ state, pairs, hosts, now }) : undefined;
  let delayed = 0;
  let warned = false;

  /** Decides about an attempt, or returns the counter with too many others that are being checked. */
  const decide = (pair: Counter, host: Counter): Admission | Counter => {
    const left = Math.max(pair.timeTo(free + SLOWED - 1), host.timeTo(most - 1));
    if (left > 0) return { left };
    if (pair.slowed) return { left: FIRST_DELAY };
    const full = (counter: Counter, limit: number) =>
      counter.running > 0 && counter.level() + counter.running > limit - 1;
    if (full(pair, free)) return pair;
    if (full(host, most)) return host;
    const beyond = Math.ceil(pair.level() - (free - 1));
    if (beyond <= 0) return { time: 0 };
    const time = FIRST_DELAY * 2 ** (beyond - 1);
    return delayed < MAX_DELAYED ? { time } : { left: time };
  };

  /** Counts an attempt as running from the decision on, before any other is decided about. */
  const admit = async (pair: Counter, host: Counter): Promise<Admission> => {
    for (;;) {
      const decision = decide(pair, host);
      if ("settled" in decision) {
        await decision.settled();
        continue;
      }
      if ("left" in decision) return decision;
      pair.running++;
      host.running++;
      if (decision.time > 0) {
        pair.slowed = true;
        delayed++;
        pair.wakeAll();
      }
      return decision;
    }
  };

  return {
    async check({ identity, address }, verify, succeeded) {
      const network = networkOf(address);
      if (network === undefined) {
        if (!warned) log?.warn("failed logins are not limited, because the address of a client is not known");
        warned = true;
        return { outcome: await verify() };
      }
      const { name, allKeys } = nameOf(identity);
      const key = digest(`${network} ${name}`);
      await shared?.hear();
      const pair = pairs.enter(key);
      const host = hosts.enter(network);
      try {
        const admission = await admit(pair, host);
        if ("left" in admission) return { retryAfter: Math.ceil(admission.left / 1000) };
        const slowed = admission.time > 0;
        let failed = false;
        try {
          if (slowed) await delay(admission.time).finally(() => delayed--);
          const outcome = await verify();
          failed = !succeeded(outcome);
          // Otherwise the owner of one key of a handle could go on guessing the others.
          if (!failed && !allKeys) {
            if (pair.level() > 0) shared?.succeeded(key);
            pair.reset();
          }
          return { outcome };
        } finally {
          pair.running--;
          host.running--;
          if (slowed) pair.slowed = false;
          for (const counter of failed ? [pair, host] : []) counter.add();
          if (failed) shared?.failed(key, network);
        }
      } finally {
        pairs.leave(pair);
        hosts.leave(host);
      }
    },
  };
}
