import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { type Finding, saveFinding } from "./findings.ts";
import { mutated } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";
import type { Watchdog } from "./watchdog.ts";

/** Milliseconds of the processor that one input may take: several hundred times what an honest one of 64 KiB takes. */
const MAX_WORK = 2000;

/** A message may quote a few hundred characters of a server, each of which may be escaped with six. */
const MAX_SHOWN = 4000;

/** What would break a terminal or a log, and what nobody reads. */
function problemOfMessage({ message, hint = "" }: { message: string; hint?: string | undefined }) {
  const shown = `${message}\n${hint}`;
  if (message === "") return "an error without a message";
  if (/[\0-\x09\x0b-\x1f\x7f-\x9f]/.test(shown)) return `a control character in the message: ${shown}`;
  if (shown.length > MAX_SHOWN) return `a message of ${shown.length} characters`;
  return undefined;
}

/** Runs a target and returns what is wrong with it, or undefined. */
export async function problemOf(
  target: FuzzTarget,
  input: Uint8Array,
  maxWork: number = MAX_WORK,
): Promise<string | undefined> {
  const began = process.cpuUsage();
  try {
    await target.run(input);
  } catch (error) {
    if (!isHandleError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
    const problem = problemOfMessage(error);
    if (problem !== undefined) return problem;
  }
  const { user, system } = process.cpuUsage(began);
  const work = Math.round((user + system) / 1000);
  return work > maxWork ? `${work} ms of work for ${input.length} bytes` : undefined;
}

/** The number of inputs that were run, and the finding if there is one, which is saved. */
export interface FuzzResult {
  readonly runs: number;
  readonly finding?: Finding | undefined;
}

/** Runs a target with mutated inputs for some milliseconds, or until it fails; then the input is shrunk. */
export async function fuzz(
  target: FuzzTarget,
  { milliseconds, seed, watchdog }: { milliseconds: number; seed: number; watchdog: Watchdog },
): Promise<FuzzResult> {
  let problem = "";
  const property = fc.asyncProperty(mutated(target.corpus), async (input) => {
    watchdog.began(target.name, input);
    const found = await problemOf(target, input);
    watchdog.ended();
    if (found === undefined) return;
    problem = found;
    throw new Error(found);
  });
  const result = await fc.check(property, {
    seed,
    numRuns: 1_000_000_000,
    interruptAfterTimeLimit: milliseconds,
    markInterruptAsFailure: false,
  });
  if (!result.failed || result.counterexample === null) return { runs: result.numRuns };
  const [input] = result.counterexample;
  return { runs: result.numRuns, finding: await saveFinding({ target: target.name, seed, input, problem }) };
}
