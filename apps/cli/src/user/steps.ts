import { HandleError, isHandleError, printable } from "@handlekit/core";
import type { Output } from "../output.ts";

/** The outcome of one step. */
export interface Step {
  readonly step: string;
  /** `planned` with --dry-run; `unchanged` if it was done before. */
  readonly outcome: "done" | "unchanged" | "planned";
  readonly detail: string;
}

/** The steps of a command that can be run again to be completed. */
export interface Steps {
  readonly all: readonly Step[];
  tell(step: string, outcome: Step["outcome"], detail: string): void;
  /** Returns an error that also says what was done, and how to go on. */
  explain(error: unknown): unknown;
}

const NAME_WIDTH = 13;
const OUTCOME_WIDTH = 11;

/** Creates a list of steps that tells each when it is done. */
export function createSteps(output: Output): Steps {
  const all: Step[] = [];
  return {
    all,
    tell(step, outcome, detail) {
      all.push({ step, outcome, detail });
      const { dim, green, yellow } = output.errStyle;
      const colour = { done: green, unchanged: dim, planned: yellow }[outcome];
      const shown = colour(outcome.padEnd(OUTCOME_WIDTH));
      output.say(`${step.padEnd(NAME_WIDTH)}${shown}${printable(detail)}`);
    },
    explain(error) {
      const done = all.filter(({ outcome }) => outcome === "done").map(({ step }) => step);
      if (!isHandleError(error) || done.length === 0) return error;
      const { code, message, handle, responseCode, status, retryable } = error;
      const goOn = `Done before: ${done.join(", ")}. Run the same command again to go on from there.`;
      const hint = [error.hint, goOn].filter((text) => text !== undefined).join(" ");
      return new HandleError(code, { message, hint, handle, responseCode, status, retryable, cause: error });
    },
  };
}
