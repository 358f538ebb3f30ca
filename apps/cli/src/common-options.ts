import { Command, InvalidArgumentError } from "commander";

/** The options of every command. */
export interface CommonFlags {
  readonly credentials?: string | undefined;
  readonly profile?: string | undefined;
  readonly server?: string | undefined;
  readonly ca?: string | undefined;
  readonly trust?: string | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

const MAX_SECONDS = 86_400;

/**
 * Reads a number of seconds, such as 30 or 0.5.
 *
 * @returns milliseconds
 * @throws InvalidArgumentError of commander, which names the option
 */
export function seconds(text: string): number {
  const number = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= MAX_SECONDS) return Math.ceil(number * 1000);
  throw new InvalidArgumentError(`It must be a number of seconds up to ${MAX_SECONDS}.`);
}

/** Adds the options of every command. They may stand before or after its name. */
export function addCommonOptions(command: Command): Command {
  return command
    .optionsGroup("Options of every command:")
    .option("-c, --credentials <file>", "credentials file (JSON): the server and a login")
    .option("--profile <name>", "saved credentials, see hdl auth save")
    .option("-s, --server <url>", "address of the server; takes precedence over the credentials")
    .option("--ca <file>", "PEM certificates to trust: a CA's, or the server's own")
    .option(
      "--trust <what>",
      "the server's own certificate: its SHA-256 fingerprint, or a PEM file of it or its key",
    )
    .option(
      "--timeout <seconds>",
      "how long to wait for the server; default 10, and 30 with repetitions",
      seconds,
    )
    .option("--json", "write JSON: results to stdout, errors and warnings to stderr")
    .option("-q, --quiet", "write results and errors only")
    .option("-v, --verbose", "show the requests and replies, without secrets");
}

/** The options of every command: the words that introduce them, and whether a value follows. */
function commonWords(): ReadonlyMap<string, boolean> {
  return new Map(
    addCommonOptions(new Command()).options.flatMap(({ short, long, required }) =>
      [short, long].flatMap((word) => (word == null ? [] : [[word, required] as const])),
    ),
  );
}

/** A command line, divided. */
export interface SplitLine {
  /** The words that are no options, as far as they were needed. */
  readonly words: readonly string[];
  /** All others, in their order. */
  readonly rest: readonly string[];
}

/**
 * Takes the name of the command out of a command line, in front of which options of every command may stand.
 *
 * @param continues returns true while the words so far are only the beginning of a name
 */
export function splitLine(
  argv: readonly string[],
  continues: (words: readonly string[]) => boolean,
): SplitLine {
  const takesValue = commonWords();
  const words: string[] = [];
  const rest: string[] = [];
  let at = 0;
  while (at < argv.length && continues(words)) {
    const word = argv[at++] ?? "";
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    rest.push(word);
    if (word === "--") break;
    if (takesValue.get(word) && at < argv.length) rest.push(argv[at++] ?? "");
  }
  return { words, rest: [...rest, ...argv.slice(at)] };
}
