import type { Change } from "@handlekit/client";
import { HandleError, hasType, printable } from "@handlekit/core";
import { parseValueArgument } from "../arguments.ts";
import { type Output, toJson } from "../output.ts";
import { type CommonFlags, withClient } from "../with-client.ts";

/** The options of every write. */
export interface WriteFlags extends CommonFlags {
  readonly dryRun?: boolean | undefined;
}

/** The options of `hdl create`. */
export interface CreateFlags extends WriteFlags {
  readonly overwrite?: boolean | undefined;
  readonly allowUnusual?: boolean | undefined;
}

/** The options of `hdl set`. */
export interface SetFlags extends WriteFlags {
  readonly ttl?: number | undefined;
  readonly add?: boolean | undefined;
}

/** The options of `hdl delete`. */
export interface DeleteFlags extends WriteFlags {
  readonly index?: readonly number[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly yes?: boolean | undefined;
}

/** Returns the result of a change for --json, with secret keys redacted. */
function resultOf({ handle, responseCode, created, written, difference }: Change) {
  const values = difference.flatMap((item) => (item.kind === "removed" ? [] : [item.after]));
  const shown = values.map((value) =>
    hasType(value.type, "HS_SECKEY") ? { ...value, data: "[redacted]" } : value,
  );
  return { handle, responseCode, created, ...(written ? {} : { dryRun: true }), values: shown };
}

/** Writes the result to stdout with --json; else one line to stderr and, if nothing was written, the difference. */
function report(output: Output, change: Change): void {
  if (output.json) output.out(`${toJson(resultOf(change))}\n`);
  else if (!change.written) output.err(`${change}\n`);
  else {
    const warnings = change.warnings.map((warning) => `hdl: warning: ${printable(warning)}\n`);
    output.err(`${String(change).split("\n")[0]}\n${warnings.join("")}`);
  }
}

/** `hdl create HANDLE TYPE=DATA...`: creates a handle. */
export async function create(
  handle: string,
  values: readonly string[],
  options: CreateFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const wanted = values.map(parseValueArgument);
  const { overwrite, dryRun, allowUnusual } = options;
  const how = { signal, overwrite, dryRun, allowUnusual };
  report(output, await withClient(options, output, (client) => client.create(handle, wanted, how)));
}

/** `hdl set HANDLE TYPE=DATA...`: changes or adds values. */
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
    ttl: options.ttl,
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

/** `hdl delete HANDLE`: deletes the handle, or some of its values. */
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
