import { normalizeHandle, parseReference } from "@handlekit/core";
import { collect, wholeNumber } from "../arguments.ts";
import type { Call, CommandModule } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { withClient } from "../open-client.ts";
import { readValues, VALUES_HELP } from "../value-arguments.ts";
import { explain } from "../why/explain.ts";
import { explanationMembers, formatExplanation } from "../why/format-explanation.ts";
import { OPERATIONS, readOperationName, toOperation } from "../why/operation.ts";
import { fileRecords, type RecordSource, serverRecords } from "../why/record-source.ts";

interface WhyFlags {
  readonly records?: string | undefined;
  readonly remove?: readonly number[] | undefined;
}
type WhyArgs = readonly [
  identity: string,
  handle: string,
  operation: string | undefined,
  values: readonly string[],
];

async function explainFrom(
  source: RecordSource,
  { args, flags, output }: Call<WhyFlags, WhyArgs>,
): Promise<number> {
  const identity = parseReference(args[0]);
  const handle = normalizeHandle(args[1]);
  const record = await source.read(handle);
  const name = args[2] === undefined ? (record ? "change" : "create") : readOperationName(args[2]);
  const operation = toOperation(name, record, await readValues(args[3]), flags.remove ?? []);
  const explanation = await explain(identity, handle, operation, source);
  output.result(explanationMembers(explanation), () => formatExplanation(explanation, output.style));
  return explanation.decision.allowed ? EXIT.ok : EXIT.permission;
}

/** `hdl why IDENTITY HANDLE [OPERATION]`: explains a permission. */
export const command: CommandModule<WhyFlags, WhyArgs> = {
  define: (command) =>
    command
      .argument("<identity>", "whose permission, as index:prefix/suffix")
      .argument("<handle>")
      .argument(
        "[operation]",
        `${OPERATIONS.join(", ")}; default: change, or create if there is no such handle`,
      )
      .argument("[values...]", `what a change would write: ${VALUES_HELP}`)
      .option(
        "--remove <n>",
        "the index of a value that a change would delete (repeatable)",
        collect(wholeNumber),
      )
      .option(
        "--records <file>",
        "ask no server; the records are in this file, as hdl get --json writes them",
      ),
  examples: [
    ["hdl why 300:20.500.12345/ADMIN 20.500.12345/new create", "may this user create the handle, and why"],
    ["hdl why 301:20.500.12345/alice 20.500.12345/abc change URL=https://example.org/", "or change its URL"],
    ["hdl why 301:20.500.12345/alice 20.500.12345/abc delete --records records.jsonl", "without a server"],
  ],
  async run(call) {
    const { records } = call.flags;
    if (records !== undefined) return explainFrom(await fileRecords(records), call);
    return withClient(
      call,
      (client, { login }) => explainFrom(serverRecords(client, login !== undefined, call.signal), call),
      { many: true },
    );
  },
};
