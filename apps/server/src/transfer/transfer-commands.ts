import { foldCase, invalidOptions, printable } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { forgetArdcIndex } from "@handlekit/service";
import type { LongCommandContext } from "../command-context.ts";
import { withDirectory } from "../control/with-directory.ts";
import { readPrefix } from "../read-prefix.ts";
import type { OnExisting } from "./change-record.ts";
import { exportStore, type TransferFormat } from "./export-store.ts";
import { importInto } from "./import-into.ts";
import { openInput } from "./open-input.ts";
import { createProgress } from "./progress.ts";
import { readLines } from "./read-lines.ts";
import { type Verification, verifyExport } from "./verify-export.ts";

/** Options of `hdl-server export`. */
export interface ExportOptions {
  /** The file; `-` for standard output. */
  readonly output: string;
  readonly prefix?: readonly string[] | undefined;
  readonly format: TransferFormat;
  readonly force?: boolean | undefined;
}

/** Options of `hdl-server import`. */
export interface ImportOptions {
  readonly format: TransferFormat;
  readonly onExisting: OnExisting;
  readonly dryRun?: boolean | undefined;
  readonly resume?: boolean | undefined;
  readonly verifyOnly?: boolean | undefined;
}

/** The commands `hdl-server export` and `import`. */
export interface TransferCommands {
  export(directory: string, options: ExportOptions): Promise<void>;
  /** Resolves to false if the store and the file differ. */
  import(directory: string, file: string, options: ImportOptions): Promise<boolean>;
}

const SECRETS = "It contains secret keys as plain text: keep it as safe as the data directory.";

/** Opens the store of a data directory for reading or writing all of it. */
async function withStore<T>(
  directory: string,
  { environment }: LongCommandContext,
  mustExist: boolean,
  use: (store: HandleStore, forgetIndex: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return withDirectory(
    directory,
    environment,
    ({ store, state, settings: { ardcPrefix } }) =>
      use(store, async () => {
        if (ardcPrefix !== undefined) await forgetArdcIndex(state, ardcPrefix);
      }),
    // Each record is read once; what is read back must come from the file.
    { create: !mustExist, cacheBytes: 0 },
  );
}

/** Returns true if a store has everything that an export has, and nothing else. */
function isEqual({ missing, different, extra, notHomed }: Verification): boolean {
  return missing + different + extra + notHomed.length === 0;
}

/** Creates the commands `hdl-server export` and `import`, which work on data directories. */
export function createTransferCommands(context: LongCommandContext): TransferCommands {
  const { print, note } = context;
  return {
    async export(directory, { output, prefix, format, force = false }) {
      const selected = prefix && [...new Set(prefix.map((each) => foldCase(readPrefix(each))))];
      const toFile = output !== "-";
      if (!toFile && process.stdout.isTTY) {
        throw invalidOptions(
          "The export contains secret keys and would be shown on the terminal.",
          "Give --output FILE, or write it to a pipe.",
        );
      }
      const progress = await createProgress();
      const signal = context.stopSignal();
      const result = await withStore(directory, context, true, (store) =>
        exportStore({
          store,
          format,
          output: toFile ? output : undefined,
          selected,
          force,
          progress,
          signal,
        }),
      );
      if (!toFile) return;
      print(JSON.stringify({ exported: { file: output, ...result } }));
      note(SECRETS);
    },
    async import(
      directory,
      file,
      { format, onExisting, dryRun = false, resume = false, verifyOnly = false },
    ) {
      if (verifyOnly && format === "batch") {
        throw invalidOptions(
          "--verify-only needs an export: a batch does not say what a store contains.",
          "Leave out --format batch.",
        );
      }
      if (Number(verifyOnly) + Number(dryRun) + Number(resume) > 1) {
        throw invalidOptions(
          "--verify-only, --dry-run and --resume exclude each other.",
          "Give one of them.",
        );
      }
      const signal = context.stopSignal();
      const input = await openInput(file, signal);
      if (input.isReadableByOthers) {
        note(
          `Other users of this machine have access to ${printable(file)}. Run: chmod 600 ${printable(file)}`,
        );
      }
      const progress = await createProgress();
      return withStore(directory, context, verifyOnly || dryRun, async (store, forgetIndex) => {
        try {
          if (!verifyOnly) {
            const job = {
              store,
              directory,
              input,
              format,
              onExisting,
              dryRun,
              resume,
              progress,
              signal,
              note,
            };
            // Also before the import, which may be interrupted.
            if (!dryRun) await forgetIndex();
            const { isWhole, ...result } = await importInto(job);
            if (!dryRun) await forgetIndex();
            print(JSON.stringify(result));
            return isWhole;
          }
          progress.start("Comparing", undefined);
          const found = await verifyExport(store, readLines(input.read()), signal, progress.update);
          progress.stop();
          print(JSON.stringify({ verified: found }));
          return isEqual(found);
        } finally {
          progress.stop();
        }
      });
    },
  };
}
