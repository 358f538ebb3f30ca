import {
  HandleError,
  handleKey,
  invalidOptions,
  normalizeHandle,
  parseReference,
  printable,
} from "@handlekit/core";
import {
  type AuditHead,
  type AuditProblem,
  type AuditTrail,
  type ChainedEntry,
  verifyAudit,
} from "@handlekit/core/store";
import type { LongCommandContext } from "../command-context.ts";
import { withDirectory } from "../control/with-directory.ts";
import { openInput } from "../transfer/open-input.ts";
import { type Write, writeOutputFile, writeOutputStream } from "../transfer/output-file.ts";
import { sha256 } from "../transfer/sha256.ts";
import { formatEntryLine } from "./entry-line.ts";
import { formatHead } from "./format-head.ts";
import { readEntries, readEntryFile } from "./read-entries.ts";
import { selectEntries } from "./select-entries.ts";
import { showEntry } from "./show-entry.ts";

/** Options of `hdl-server audit show`. */
export interface ShowOptions {
  readonly handle?: string | undefined;
  readonly identity?: string | undefined;
  readonly operation?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit: number;
  readonly json?: boolean | undefined;
}

/** The commands of `hdl-server audit`. */
export interface AuditCommands {
  /** Resolves to false if there is a problem. */
  verify(
    directory: string | undefined,
    options: { readonly head?: AuditHead | undefined; readonly file?: string | undefined },
  ): Promise<boolean>;
  show(directory: string, options: ShowOptions): Promise<void>;
  export(
    directory: string,
    options: { readonly output: string; readonly force?: boolean | undefined },
  ): Promise<void>;
}

const HIDDEN = "It contains values that are not public: keep it as safe as the data directory.";

/** Creates the commands of `hdl-server audit`, which read the audit of data directories. */
export function createAuditCommands({
  environment,
  print,
  note,
  stopSignal,
}: LongCommandContext): AuditCommands {
  /** Opens the audit of a data directory, or reaches it through its running server, calls `use`, and closes it. */
  function withAudit<T>(directory: string, use: (audit: AuditTrail) => Promise<T>): Promise<T> {
    return withDirectory(
      directory,
      environment,
      ({ store }) => {
        if (store.audit !== undefined) return use(store.audit);
        throw new HandleError("not_supported", { message: "The store of this directory keeps no audit." });
      },
      { cacheBytes: 0 },
    );
  }

  async function verify(
    entries: AsyncIterable<ChainedEntry>,
    head: AuditHead | undefined,
    damaged: readonly string[],
  ): Promise<boolean> {
    const found = await verifyAudit(entries, { head, sha256 });
    const { first, problems } = found;
    print(
      first === undefined ? "0 entries" : `${found.entries} entries, from ${first} to ${found.head.count}`,
    );
    print(`head ${formatHead(found.head)}`);
    if (head !== undefined && first !== undefined && head.count < first) {
      note(`The entry ${head.count} is older than those that are kept: the head was not compared.`);
    }
    const words = ({ number, reason }: AuditProblem) => `entry ${number}: ${reason}`;
    const all = [...damaged, ...problems.map(words)];
    for (const problem of all) print(`problem: ${printable(problem)}`);
    if (all.length === 0) print("no problems");
    return all.length === 0;
  }

  async function writeAll(audit: AuditTrail, signal: AbortSignal, write: Write) {
    let entries = 0;
    let head: AuditHead = { count: 0, digest: "" };
    const all = readEntries(audit, signal, (number) => {
      throw new HandleError("store_failed", {
        message: `Entry ${number} of the audit cannot be read.`,
        hint: "hdl-server audit verify DIRECTORY names all such entries.",
      });
    });
    for await (const entry of all) {
      await write(`${formatEntryLine(entry)}\n`);
      head = { count: entry.number, digest: entry.digest };
      entries++;
    }
    return { entries, head: formatHead(head) };
  }

  return {
    async verify(directory, { head, file }) {
      const signal = stopSignal();
      const damaged: string[] = [];
      if (file !== undefined && directory === undefined) {
        const input = await openInput(file, signal);
        const entries = readEntryFile(input, signal, (where, reason) => damaged.push(`${where}: ${reason}`));
        return verify(entries, head, damaged);
      }
      if (directory === undefined || file !== undefined) {
        throw invalidOptions(
          "Give either a data directory or an exported file.",
          "hdl-server audit verify DIRECTORY, or hdl-server audit verify --file FILE",
        );
      }
      return withAudit(directory, (audit) => {
        const entries = readEntries(audit, signal, (number) =>
          damaged.push(`entry ${number}: it cannot be read`),
        );
        return verify(entries, head, damaged);
      });
    },
    async show(directory, { handle, identity, json = false, ...rest }) {
      const selection = {
        ...rest,
        key: handle === undefined ? undefined : handleKey(normalizeHandle(handle)),
        identity: identity === undefined ? undefined : parseReference(identity),
      };
      const signal = stopSignal();
      const entries = await withAudit(directory, (audit) => selectEntries(audit, selection, signal));
      for (const entry of entries) print(json ? formatEntryLine(entry) : showEntry(entry));
      if (entries.length === 0) note("There is no such entry.");
    },
    async export(directory, { output, force = false }) {
      const signal = stopSignal();
      await withAudit(directory, async (audit) => {
        const fill = (write: Write) => writeAll(audit, signal, write);
        if (output === "-") return void (await writeOutputStream(process.stdout, fill));
        const result = await writeOutputFile(output, force, fill);
        print(JSON.stringify({ exported: { file: output, ...result } }));
        note(HIDDEN);
      });
    },
  };
}
