import { printable } from "@handlekit/core";
import { formatValues, type Output, toJson } from "../output.ts";
import { type CommonFlags, withClient } from "../with-client.ts";

/** The options of `hdl get`. */
export interface GetFlags extends CommonFlags {
  readonly index?: readonly number[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly authoritative?: boolean | undefined;
  readonly authenticated?: boolean | undefined;
}

/** `hdl get HANDLE`: writes the record to stdout. */
export async function get(
  handle: string,
  options: GetFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const record = await withClient(options, output, (client) =>
    client.read(handle, {
      signal,
      indexes: options.index ?? [],
      types: options.type ?? [],
      authoritative: options.authoritative ?? false,
      authenticated: options.authenticated ?? false,
    }),
  );
  for (const warning of record.warnings ?? []) {
    output.err(`hdl: warning: ${printable(`${record.handle}: ${warning}`)}.\n`);
  }
  if (output.json) output.out(`${toJson(record)}\n`);
  else if (record.values.length > 0) output.out(formatValues(record.values));
  else
    output.err(
      `hdl: ${printable(record.handle)} has no value to show here. Values that are not public need --authenticated.\n`,
    );
}
