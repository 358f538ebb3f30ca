import type { Change, ValueDifference } from "@handlekit/client";
import type { HandleValueInput } from "@handlekit/core";
import type { Command } from "commander";
import { shownValues } from "./format-values.ts";
import type { Output } from "./output.ts";
import type { Style } from "./style.ts";

/** The options of commands that write. */
export interface WriteFlags {
  readonly dryRun?: boolean | undefined;
  readonly ifUnchanged?: string | undefined;
  readonly modifyAdmin?: boolean | undefined;
  readonly showSecrets?: boolean | undefined;
}

/** Adds --dry-run and --show-secrets, which every command that writes has. */
export function addDryRun(command: Command): Command {
  return command
    .option("--dry-run", "change nothing, show what would change")
    .option("--show-secrets", "show the data of HS_SECKEY values in the result");
}

/** Adds the options of commands that change a record. */
export function addWriteOptions(command: Command): Command {
  return addDryRun(command).option(
    "--if-unchanged <digest>",
    "only if the record still has this digest, see hdl get --digest",
  );
}

/** Adds --modify-admin, for commands that may change HS_ADMIN. */
export function addModifyAdmin(command: Command): Command {
  return command.option("--modify-admin", "allow HS_ADMIN to be changed or deleted");
}

/** Adds --yes, for what cannot be undone; use it with `confirm` of terminal.ts. */
export function addYes(command: Command): Command {
  return command.option("-y, --yes", "do not ask for confirmation");
}

function colourLine(line: string, style: Style): string {
  if (line.startsWith("  - ")) return style.red(line);
  if (line.startsWith("  + ")) return style.green(line);
  return line.startsWith("  warning:") ? style.yellow(line) : line;
}

/** Returns a change, or an entry of a history, as lines for people, with secret keys redacted. */
export function formatChange(change: { toString(): string }, style: Style): string {
  return String(change)
    .split("\n")
    .map((line) => colourLine(line, style))
    .join("\n");
}

/** The differences of a change with --json. */
export function shownDifference(difference: readonly ValueDifference[], output: Output): readonly object[] {
  const shown = (value: HandleValueInput) => shownValues([value], output)[0];
  return difference.map(({ kind, index, ...values }) => ({
    kind,
    index,
    ...("before" in values ? { before: shown(values.before) } : {}),
    ...("after" in values ? { after: shown(values.after) } : {}),
  }));
}

/** The members of a change with --json. */
export function changeMembers(change: Change, output: Output): object {
  const { handle, created, written, responseCode, after, difference } = change;
  return {
    handle,
    change: { created, written, responseCode, difference: shownDifference(difference, output) },
    values: shownValues(after, output),
  };
}

/**
 * Reports a change: what was done in one line on stderr, and with --verbose the difference; if nothing was written, as
 * for a dry run, the difference on stdout.
 */
export function reportChange(change: Change, output: Output): void {
  const text = formatChange(change, change.written ? output.errStyle : output.style);
  if (output.json || !change.written) output.result(changeMembers(change, output), text);
  if (change.written) output.say(output.verbose ? text : (text.split("\n")[0] ?? ""));
  // The text of a change that was not written has its warnings.
  else if (!output.json) return;
  for (const warning of change.warnings) output.warn(`${change.handle}: ${warning}`);
}
