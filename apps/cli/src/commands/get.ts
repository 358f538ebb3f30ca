import { digestOf, type HandleClient, type HandleRecord, type ReadOptions } from "@handlekit/client";
import { HandleError, hasType, isHandleError, printable } from "@handlekit/core";
import { collect, wholeNumber } from "../arguments.ts";
import type { Call, CommandModule } from "../command.ts";
import { dataText, formatValues, shownValues } from "../format-values.ts";
import { handlesFrom } from "../handles-argument.ts";
import { withClient } from "../open-client.ts";
import type { Output } from "../output.ts";
import { reportItem } from "../report-error.ts";
import { usageError } from "../usage-error.ts";

interface GetFlags {
  readonly index?: readonly number[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly value?: string | undefined;
  readonly digest?: boolean | undefined;
  readonly authoritative?: boolean | undefined;
  readonly authenticated?: boolean | undefined;
}

/** Says what a record has instead of what was selected. */
async function sayWhatIsThere(
  client: HandleClient,
  handle: string,
  how: ReadOptions,
  output: Output,
): Promise<void> {
  const selected = (how.indexes ?? []).length + (how.types ?? []).length > 0;
  const all = selected ? (await client.read(handle, { ...how, indexes: [], types: [] })).values : [];
  const types = [...new Set(all.map(({ type }) => printable(type)))];
  if (types.length === 0) {
    output.say(
      `hdl: ${printable(handle)} has no value to show here. Values that are not public need --authenticated.`,
    );
    return;
  }
  const alias = all.find(({ type }) => hasType(type, "HS_ALIAS"));
  const follow = alias ? ` It is an alias of ${printable(dataText(alias, output))}.` : "";
  output.say(`hdl: ${printable(handle)} has no such value. Its types are ${types.join(", ")}.${follow}`);
}

async function show(
  client: HandleClient,
  record: HandleRecord,
  how: ReadOptions,
  { output, flags }: Call<GetFlags>,
  several: boolean,
): Promise<void> {
  const { handle, values, warnings = [] } = record;
  for (const warning of warnings) output.warn(`${handle}: ${warning}.`);
  if (flags.value !== undefined) {
    if (values.length === 0) {
      await sayWhatIsThere(client, handle, how, output);
      throw new HandleError("values_not_found", {
        message: `${handle} has no value ${flags.value}.`,
        handle,
      });
    }
    // For programs the bare text is not escaped. Each value ends with one line break.
    const bare = output.terminal ? printable : String;
    output.result({ handle, values: shownValues(values, output) }, () =>
      values.map((value) => `${bare(dataText(value, output))}\n`).join(""),
    );
    return;
  }
  if (flags.digest) {
    const digest = await digestOf(values);
    output.result({ handle, digest }, several ? `${digest}  ${printable(handle)}` : digest);
    return;
  }
  const text = () =>
    `${several ? `${output.style.bold(printable(handle))}\n` : ""}${formatValues(values, output)}`;
  output.result({ handle, values: shownValues(values, output) }, text);
  if (values.length === 0) await sayWhatIsThere(client, handle, how, output);
}

/** `hdl get HANDLE...`: shows records. */
export const command: CommandModule<GetFlags, [readonly string[]]> = {
  define: (command) =>
    command
      .argument("<handles...>", "handles; - reads them from standard input, one per line")
      .option("-i, --index <n>", "only this index (repeatable)", collect(wholeNumber))
      .option("-t, --type <type>", "only this type, in any case (repeatable)", collect(String))
      .option("--value <type>", "print the bare text of the values of this type")
      .option("--digest", "print the digest of the whole record, for --if-unchanged of a later change")
      .option("--authenticated", "log in, to see values that are not public")
      .option("--authoritative", "ask the primary server and bypass caches")
      .option("--show-secrets", "show the data of HS_SECKEY values"),
  examples: [
    ["hdl get 20.500.12345/abc", "the record"],
    ["hdl get 20.500.12345/abc --value URL", "the address alone, for a shell"],
    ["hdl get 20.500.12345/abc 20.500.12345/def --json", "two records, one line of JSON each"],
  ],
  async run(call) {
    const { args, flags, output, signal } = call;
    if (flags.digest && (flags.index ?? flags.type ?? flags.value) !== undefined) {
      throw usageError("A digest is that of a whole record.", "Leave out --index, --type and --value.");
    }
    const how: ReadOptions = {
      signal,
      indexes: flags.index ?? [],
      types: flags.value === undefined ? (flags.type ?? []) : [flags.value],
      authoritative: flags.authoritative ?? false,
      authenticated: flags.authenticated ?? false,
    };
    const [handles] = args;
    const several = handles.length > 1 || handles[0] === "-";
    const showAll = async (client: HandleClient) => {
      let code: number | undefined;
      for await (const handle of handlesFrom(handles)) {
        try {
          await show(client, await client.read(handle, how), how, call, several);
        } catch (error) {
          if (!several || !isHandleError(error) || error.code === "aborted") throw error;
          const own = reportItem(output, error, handle);
          code ??= own;
        }
      }
      return code;
    };
    return withClient(call, showAll, { many: several });
  },
};
