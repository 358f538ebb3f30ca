import type { AuditHead } from "@handlekit/core/store";
import { type Command, InvalidArgumentError } from "commander";
import type { AuditCommands } from "./audit-commands.ts";

const MAX_SHOWN = 1_000_000;

/** Parses the head of an audit. */
export function readHead(text: string): AuditHead {
  const [, count, digest] = /^(\d{1,15}):((?:[0-9a-f]{64})?)$/.exec(text) ?? [];
  if (count === undefined || digest === undefined) {
    throw new InvalidArgumentError(
      "It must be COUNT:DIGEST, as the log of the server and audit verify show it.",
    );
  }
  return { count: Number(count), digest };
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A date, or a date with a time, which is UTC unless it says otherwise. */
function readTime(text: string): Date {
  const [, time, zone] = TIME.exec(text) ?? [];
  const date = new Date(time !== undefined && zone === undefined ? `${text}Z` : text);
  if (!TIME.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError("It must be a date or a time such as 2026-01-31 or 2026-01-31T12:00:00Z.");
  }
  return date;
}

function readLimit(text: string): number {
  const limit = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_SHOWN) return limit;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_SHOWN}.`);
}

/** Adds the commands of `hdl-server audit`. */
export function addAudit(program: Command, commands: AuditCommands): void {
  const audit = program
    .command("audit")
    .description(
      "Read the audit: who changed which record, and what it was before. The server may be running.",
    );
  const command = (name: string, description: string, example: string) =>
    audit.command(name).description(description).addHelpText("after", `\nExample:\n  ${example}`);
  command(
    "verify",
    "Check the hash chain: entries that were changed, removed, added or moved are found.",
    "hdl-server audit verify data",
  )
    .argument("[directory]", "the server's data directory")
    .option(
      "--head <count:digest>",
      "an earlier head, from the log of the server: it must be in the chain",
      readHead,
    )
    .option("--file <file>", "check what audit export wrote instead; - for standard input")
    .action(async (directory, options) => {
      if (!(await commands.verify(directory, options))) process.exitCode = 1;
    });
  command(
    "show",
    "Show entries, the newest at the end.",
    "hdl-server audit show data --handle 20.500.12345/abc",
  )
    .argument("<directory>", "the server's data directory")
    .option("--handle <handle>", "only entries of this handle")
    .option("--identity <identity>", "only entries of this user, such as 300:20.500.12345/ADMIN")
    .option("--operation <name>", "only entries of this operation, such as create, change, delete or import")
    .option("--since <time>", "only entries of this time or later", readTime)
    .option("--until <time>", "only entries before this time", readTime)
    .option("--limit <number>", "the last entries of these", readLimit, 50)
    .option("--json", "the whole entries, as audit export writes them")
    .action((directory, options) => commands.show(directory, options));
  command(
    "export",
    "Write the whole audit as JSON lines, for other programs and for audit verify --file.",
    "hdl-server audit export data --output audit.jsonl",
  )
    .argument("<directory>", "the server's data directory")
    .option("--output <file>", "the new file, which only you can read; - for standard output", "-")
    .option("--force", "replace the file if it exists")
    .action((directory, options) => commands.export(directory, options));
}
