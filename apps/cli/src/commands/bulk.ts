import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { extname } from "node:path";
import type { BulkOperation, BulkOutcome, BulkReport, HandleClient } from "@handlekit/client";
import { HandleError, printable } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import { Option } from "commander";
import { wholeNumber } from "../arguments.ts";
import { type DryRunReport, dryRun, type Sample } from "../bulk/dry-run.ts";
import { createProgressLine, describeProgress } from "../bulk/progress-line.ts";
import { type Format, type OperationName, readOperations } from "../bulk/read-operations.ts";
import { openResultFile, outcomeMembers } from "../bulk/result-file.ts";
import type { Call, CommandModule } from "../command.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { withClient } from "../open-client.ts";
import { reportItem } from "../report-error.ts";
import { confirm } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { addModifyAdmin, addYes, changeMembers, formatChange } from "../write-options.ts";

interface BulkFlags {
  readonly operation?: OperationName | undefined;
  readonly format?: Format | undefined;
  readonly overwrite?: boolean | undefined;
  readonly journal?: string | false | undefined;
  readonly result?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly modifyAdmin?: boolean | undefined;
}

type BulkCall = Call<BulkFlags, [file: string]>;

/** How many failures are shown; the result file has all. */
const SHOWN = 10;
const FORMATS: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".batch": "batch",
};

function formatOf(file: string, given: Format | undefined): Format {
  const format = given ?? FORMATS[extname(file).toLowerCase()];
  if (format !== undefined) return format;
  throw usageError(
    `It is not known what ${file === "-" ? "standard input" : printable(file)} is.`,
    "Give --format csv, jsonl or batch.",
  );
}

type Counts = Readonly<Record<BulkOperation["kind"], number>>;

/** Reads the whole file before anything is sent, so that a mistake in its last line is found first. */
async function countOperations(
  operations: AsyncIterable<BulkOperation>,
): Promise<Counts & { readonly total: number }> {
  const counts = { create: 0, modify: 0, deleteValues: 0, delete: 0, total: 0 };
  for await (const { kind } of operations) {
    counts[kind]++;
    counts.total++;
  }
  return counts;
}

function showDryRun(
  { output }: BulkCall,
  { report, samples }: { report: DryRunReport; samples: readonly Sample[] },
): void {
  const { total, created, changed, deleted, unchanged, failed, errors } = report;
  for (const sample of samples) {
    if ("change" in sample)
      output.result(changeMembers(sample.change, output), formatChange(sample.change, output.style));
    else reportItem(output, sample.error, sample.handle);
  }
  const why = Object.entries(errors).map(([code, count]) => `${count} ${code}`);
  const text = `would create ${created}, change ${changed}, delete ${deleted}; ${unchanged} are so already, ${failed} would fail${
    why.length === 0 ? "" : ` (${why.join(", ")})`
  }; ${total} in all`;
  output.result({ dryRun: report }, text);
}

interface Run {
  readonly client: HandleClient;
  readonly operations: AsyncGenerator<BulkOperation>;
  readonly total: number | undefined;
}

async function carryOut(call: BulkCall, { client, operations, total }: Run): Promise<number | undefined> {
  const { output, flags, signal, args } = call;
  const [file] = args;
  const path =
    flags.journal === false ? undefined : (flags.journal ?? (file === "-" ? undefined : `${file}.journal`));
  if (path !== undefined && existsSync(path)) output.say(`hdl: Going on with ${printable(path)}.`);
  const journal = path === undefined ? undefined : await openJournalFile(path);
  const result = flags.result === undefined ? undefined : await openResultFile(flags.result);
  const line = createProgressLine(output);
  const began = performance.now();
  let failures = 0;
  let code: number | undefined;
  const onProgress = (outcome: BulkOutcome, { done, failed, unknown, skipped }: BulkReport) => {
    result?.write(outcome);
    if (output.json) output.result(outcomeMembers(outcome), "");
    if (outcome.error !== undefined && outcome.error.code !== "aborted") {
      code = outcome.status === "unknown" ? EXIT.unknownOutcome : (code ?? exitCodeOf(outcome.error.code));
      if (++failures <= SHOWN && !output.json) {
        line.clear();
        reportItem(output, outcome.error, outcome.operation.handle);
      }
    }
    const counts = {
      ended: done + failed + unknown + skipped,
      fresh: done + failed + unknown,
      failed: failed + unknown,
    };
    line.update(describeProgress(counts, total, (performance.now() - began) / 1000));
  };
  let report: BulkReport;
  try {
    report = await client.bulk(operations, { signal, journal, onProgress, concurrency: flags.concurrency });
  } finally {
    line.clear();
    await journal?.close();
    await result?.close();
  }
  if (failures > SHOWN && !output.json)
    output.say(`hdl: ${failures - SHOWN} more failed${result ? "" : "; --result FILE lists them"}.`);
  const { done, failed, unknown, skipped, aborted } = report;
  output.result({ report }, `${done} done, ${failed} failed, ${unknown} unknown, ${skipped} done before`);
  const open = aborted || failed + unknown > 0;
  if (path !== undefined && flags.journal === undefined && !open) await rm(path, { force: true });
  if (open && path !== undefined) output.say("hdl: Run the same command again to go on with the others.");
  if (aborted) throw new HandleError("aborted", { message: "Stopped." });
  return code;
}

async function bulk(call: BulkCall): Promise<number | undefined> {
  const { args, flags, output, signal } = call;
  const [file] = args;
  const options = {
    format: formatOf(file, flags.format),
    operation: flags.operation,
    overwrite: flags.overwrite,
  };
  const counts = file === "-" ? undefined : await countOperations(readOperations(file, options));
  const risky = counts === undefined || counts.delete > 0 || flags.overwrite === true;
  if (risky && !flags.dryRun) {
    const what =
      counts === undefined
        ? "what standard input says"
        : `${counts.total} operations, ${counts.delete} of them deletions`;
    await confirm(`Carry out ${what}?`, flags.yes);
  }
  return withClient(
    call,
    async (client) => {
      const operations = readOperations(file, options);
      if (!flags.dryRun) return carryOut(call, { client, operations, total: counts?.total });
      const line = createProgressLine(output);
      const previewed = await dryRun(client, operations, signal, (ended) =>
        line.update(`${ended} read`),
      ).finally(line.clear);
      showDryRun(call, previewed);
      return undefined;
    },
    { modifyAdmin: flags.modifyAdmin, many: true },
  );
}

/** `hdl bulk FILE`: carries out many writes. */
export const command: CommandModule<BulkFlags, [file: string]> = {
  define: (command) =>
    addModifyAdmin(
      addYes(
        command
          .argument(
            "<file>",
            "CSV with a header, JSON lines, or a batch of GenericBatch; - for standard input",
          )
          .addOption(
            new Option("--operation <name>", "what to do with rows that do not say it").choices([
              "create",
              "set",
              "unset",
              "delete",
            ]),
          )
          .addOption(
            new Option("--format <name>", "default: by the name of the file").choices([
              "csv",
              "jsonl",
              "batch",
            ]),
          )
          .option("--dry-run", "read the records, say what would be done, change nothing")
          .option("--overwrite", "creating replaces the whole record of a handle that exists")
          .option(
            "--journal <file>",
            "where the progress is kept; default: FILE.journal, removed when all is done",
          )
          .option("--no-journal", "keep no progress: an interrupted run cannot go on")
          .option("--result <file>", "write a CSV with the outcome of each operation")
          .option("--concurrency <n>", "how many at the same time; default 8", wholeNumber),
      ),
    ),
  examples: [
    ["hdl bulk moves.csv --operation set --dry-run", "what would change: counts, and samples"],
    [
      "hdl bulk moves.csv --operation set --result moved.csv",
      "changes it; after Ctrl-C, the same line goes on",
    ],
    [
      "hdl list 20.500.12345 --json | hdl bulk - --format jsonl --operation delete --yes",
      "deletes every handle of a prefix",
    ],
  ],
  run: bulk,
};
