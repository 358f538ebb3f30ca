import type { WriteResult } from "@handlekit/client";
import { HandleError } from "@handlekit/core";
import { type Output, printable } from "../output.ts";
import { parseValueArgument } from "../values.ts";
import { type CommonOptions, withClient } from "../with-client.ts";

/** The options of `hdl create`. */
export interface CreateOptions extends CommonOptions {
  readonly overwrite?: boolean;
}

/** The options of `hdl set`. */
export interface SetOptions extends CommonOptions {
  readonly ttl?: number;
  readonly add?: boolean;
}

/** The options of `hdl delete`. */
export interface DeleteOptions extends CommonOptions {
  readonly index?: readonly number[];
  readonly type?: readonly string[];
  readonly yes?: boolean;
}

function report(output: Output, done: string, { handle, responseCode, created, values }: WriteResult): void {
  if (output.json) output.out(`${JSON.stringify({ handle, responseCode, created, values })}\n`);
  else output.err(`${done} ${printable(handle)}\n`);
}

/** `hdl create HANDLE TYPE=DATA...` */
export async function create(
  handle: string,
  values: readonly string[],
  options: CreateOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const wanted = values.map(parseValueArgument);
  const result = await withClient(options, output, (client) =>
    client.create(handle, wanted, { signal, overwrite: options.overwrite ?? false }),
  );
  report(output, result.created ? "created" : "replaced", result);
}

/** `hdl set HANDLE TYPE=DATA...` */
export async function set(
  handle: string,
  values: readonly string[],
  options: SetOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const wanted = values.map(parseValueArgument);
  const how = {
    signal,
    add: options.add ?? true,
    ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
  };
  report(
    output,
    "changed",
    await withClient(options, output, (client) => client.modify(handle, wanted, how)),
  );
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
  options: DeleteOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const which = [...(options.index ?? []), ...(options.type ?? [])];
  const whole = which.length === 0;
  if (
    whole &&
    !options.yes &&
    process.stdin.isTTY &&
    !(await confirmed(`Delete ${printable(handle)} and all its values?`))
  ) {
    throw new HandleError("aborted", { message: `${handle} was not deleted.`, handle });
  }
  const result = await withClient(options, output, (client) =>
    whole ? client.delete(handle, { signal }) : client.deleteValues(handle, which, { signal }),
  );
  report(output, whole ? "deleted" : "deleted values of", result);
}
