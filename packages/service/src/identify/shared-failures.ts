import { randomUUID } from "node:crypto";
import type { StateStore } from "@handlekit/core/store";
import type { Counters } from "./counters.ts";

/** The failed logins that the processes on one state tell each other. */
export interface SharedFailures {
  /** Counts what the others have told. Resolves at once if that was done just before. */
  hear(): Promise<void>;
  /** Tells the others of a failure, soon. */
  failed(pair: string, host: string): void;
  /** Tells the others, soon, that a login has succeeded, which forgets the failures before it. */
  succeeded(pair: string): void;
}

/** One counter of a process: its key, the failures since the last success, the time of the last one, the successes. */
type Told = [key: string, failures: number, time: number, successes: number];

interface Message {
  readonly time: number;
  readonly pairs: readonly Told[];
  readonly hosts: readonly Told[];
}

/** Options of {@link createSharedFailures}. */
export interface SharedFailuresOptions {
  readonly state: StateStore;
  /** Counters by identity and address. */
  readonly pairs: Counters;
  /** Counters by address. */
  readonly hosts: Counters;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
}

const PREFIX = "failed-logins/";
const HEAR_EVERY_MS = 250;
const TELL_AFTER_MS = 100;
/** The counters have forgotten what is older. */
const KEPT_MS = 20 * 60_000;
/** The counters of each kind that a process tells of, so that an attack from many addresses does not grow the state. */
const MAX_TOLD = 1000;
const MAX_PROCESSES = 1000;

type Kind = "pairs" | "hosts";

/** The counters that one process tells of, the one that changed last at the end. */
function createTold(now: () => number) {
  const told = new Map<string, Told>();
  const change = (key: string, next: (before: Told) => Told) => {
    const before = told.get(key) ?? [key, 0, 0, 0];
    told.delete(key);
    told.set(key, next(before));
    const [oldest] = told.keys();
    if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest);
  };
  return {
    failed: (key: string) =>
      change(key, ([, failures, , successes]) => [key, failures + 1, now(), successes]),
    succeeded: (key: string) => change(key, ([, , , successes]) => [key, 0, now(), successes + 1]),
    list(): Told[] {
      for (const [key, [, , time]] of told) if (now() - time > KEPT_MS) told.delete(key);
      return [...told.values()];
    },
  };
}

/**
 * Creates the exchange of failed logins through the state, so that an attacker does not get the limits once per process.
 * It is bounded in time, not exact: a failure is known to the other processes after a third of a second.
 */
export function createSharedFailures(options: SharedFailuresOptions): SharedFailures {
  const { state, now } = options;
  const key = `${PREFIX}${randomUUID()}`;
  const own = { pairs: createTold(now), hosts: createTold(now) };
  /** The counters that each other process had told before, by its key. */
  let heard = new Map<string, Readonly<Record<Kind, ReadonlyMap<string, Told>>>>();
  let heardAt = Number.NEGATIVE_INFINITY;
  let hearing: Promise<void> | undefined;
  let isTelling = false;

  const tell = () => {
    if (isTelling) return;
    isTelling = true;
    setTimeout(() => {
      isTelling = false;
      const message: Message = { time: now(), pairs: own.pairs.list(), hosts: own.hosts.list() };
      // It is told again with the next failure. The requests that follow say that the state is away.
      state.put(key, JSON.stringify(message), "any").catch(() => undefined);
    }, TELL_AFTER_MS).unref();
  };

  /** Counts the difference to what a process had told before. */
  function count(kind: Kind, told: readonly Told[], before: ReadonlyMap<string, Told> | undefined): void {
    const every = options[kind].every;
    for (const [name, failures, time, successes] of told) {
      const [, known, , knownSuccesses] = before?.get(name) ?? ["", 0, 0, 0];
      const isReset = successes > knownSuccesses;
      // What was told some time ago has been forgotten in part.
      const more = failures - (isReset ? 0 : known) - Math.max(0, now() - time) / every;
      if (!isReset && more <= 0) continue;
      const counter = options[kind].enter(name);
      if (isReset) counter.reset();
      if (more > 0) counter.add(more);
      options[kind].leave(counter);
    }
  }

  async function hearNow(): Promise<void> {
    const next: typeof heard = new Map();
    for (const [from, { value }] of await state.scan(PREFIX, undefined, MAX_PROCESSES)) {
      if (from === key) continue;
      const { time, pairs, hosts } = JSON.parse(value) as Message;
      if (now() - time > KEPT_MS) {
        await state.delete(from);
        continue;
      }
      count("pairs", pairs, heard.get(from)?.pairs);
      count("hosts", hosts, heard.get(from)?.hosts);
      const byName = (told: readonly Told[]) => new Map(told.map((each) => [each[0], each]));
      next.set(from, { pairs: byName(pairs), hosts: byName(hosts) });
    }
    heard = next;
  }

  return {
    async hear() {
      // Heard again at once after the clock was set back.
      if (Math.abs(now() - heardAt) < HEAR_EVERY_MS) return;
      hearing ??= hearNow()
        // Without the state nobody can log in either.
        .catch(() => undefined)
        .finally(() => {
          heardAt = now();
          hearing = undefined;
        });
      await hearing;
    },
    failed(pair, host) {
      own.pairs.failed(pair);
      own.hosts.failed(host);
      tell();
    },
    succeeded(pair) {
      own.pairs.succeeded(pair);
      tell();
    },
  };
}
