import type { Change } from "@handlekit/client";
import { HandleError } from "@handlekit/core";
import { type Output, printable } from "../output.ts";
import { parseValueArgument } from "../values.ts";
import { type CommonFlags, withClient } from "../with-client.ts";

/** The options of every write. */
export interface WriteFlags extends CommonFlags {
  readonly dryRun?: boolean;
}

/** The options of `hdl create`. */
export interface CreateFlags extends WriteFlags {
  readonly overwrite?: boolean;
}

/** The options of `hdl set`. */
export interface SetFlags extends WriteFlags {
  readonly ttl?: number;
  readonly add?: boolean;
}

/** The options of `hdl delete`. */
export interface DeleteFlags extends WriteFlags {
  readonly index?: readonly number[];
  readonly type?: readonly string[];
  readonly yes?: boolean;
}

/** What a change wrote; secret keys are not shown. */
function resultOf({ handle, responseCode, created, dryRun, difference }: Change) {
  const values = difference.flatMap((item) => (item.kind === "removed" ? [] : [item.after]));
  const shown = values.map((value) =>
    value.type.toUpperCase() === "HS_SECKEY" ? { ...value, data: "[redacted]" } : value,
  );
  return { handle, responseCode, created, ...(dryRun ? { dryRun } : {}), values: shown };
}

/** With --json the result to stdout; else one line to stderr, and for a dry run the difference. */
function report(output: Output, change: Change): void {
  if (output.json) output.out(`${JSON.stringify(resultOf(change))}\n`);
  else if (change.dryRun) output.err(`${change}\n`);
  else output.err(`${String(change).split("\n")[0]}\n`);
}

/** `hdl create HANDLE TYPE=DATA...` */
export async function create(
  handle: string,
  values: readonly string[],
  options: CreateFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const wanted = values.map(parseValueArgument);
  const how = { signal, overwrite: options.overwrite ?? false, dryRun: options.dryRun ?? false };
  report(output, await withClient(options, output, (client) => client.create(handle, wanted, how)));
}

/** `hdl set HANDLE TYPE=DATA...` */
export async function set(
  handle: string,
  values: readonly string[],
  options: SetFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const wanted = values.map(parseValueArgument);
  const how = {
    signal,
    dryRun: options.dryRun ?? false,
    add: options.add ?? true,
    ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
  };
  report(output, await withClient(options, output, (client) => client.modify(handle, wanted, how)));
}

async function confirmed(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}

/** `hdl delete HANDLE`, whole or some of its values. */
export async function remove(
  handle: string,
  options: DeleteFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const which = [...(options.index ?? []), ...(options.type ?? [])];
  const whole = which.length === 0;
  const how = { signal, dryRun: options.dryRun ?? false };
  if (
    whole &&
    !options.yes &&
    !how.dryRun &&
    process.stdin.isTTY &&
    !(await confirmed(`Delete ${printable(handle)} and all its values?`))
  ) {
    throw new HandleError("aborted", { message: `${handle} was not deleted.`, handle });
  }
  const change = await withClient(options, output, (client) =>
    whole ? client.delete(handle, how) : client.deleteValues(handle, which, how),
  );
  report(output, change);
}
