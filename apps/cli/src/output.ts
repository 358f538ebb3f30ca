import { printable } from "@handlekit/core";
import { createStyle, type Style } from "./style.ts";
import { toJson } from "./to-json.ts";

/** Where a program writes. */
export interface Stream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * The one way in which commands write. Results go to stdout, everything else to stderr. With --json both have one JSON
 * object per line, which begins with the name of the command.
 */
export interface Output {
  readonly command: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Secret values may be shown. */
  readonly showSecrets: boolean;
  /** Colours of stdout; without colours, each function returns its text unchanged. */
  readonly style: Style;
  /** Colours of stderr. */
  readonly errStyle: Style;
  /** True if stdout is a terminal. */
  readonly terminal: boolean;
  /** True if stderr is a terminal and neither --json nor --quiet is given: then progress may be shown. */
  readonly progress: boolean;
  /**
   * Writes one result: with --json its members, else the text, to which a line break is added if it has none.
   *
   * @param text must have passed `printable`, apart from line breaks and colours
   */
  result(members: object, text: string | (() => string)): void;
  /** Says what was done or what is there instead; not with --json or --quiet. */
  say(text: string): void;
  /** Warns, with --quiet too. */
  warn(text: string): void;
  /** Shows a line of --verbose. */
  trace(text: string): void;
  /** Writes to stderr as it is: for progress and reports of errors. */
  err(text: string): void;
}

/** The options of an output. */
export interface OutputOptions {
  readonly command: string;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly showSecrets?: boolean | undefined;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Creates the output of a command. */
export function createOutput(options: OutputOptions): Output {
  const {
    command,
    json = false,
    quiet = false,
    verbose = false,
    showSecrets = false,
    stdout,
    stderr,
  } = options;
  const err = (text: string) => stderr.write(text);
  const errStyle = createStyle(stderr, options.env);
  return {
    command,
    json,
    quiet,
    verbose,
    showSecrets,
    style: createStyle(stdout, options.env),
    errStyle,
    terminal: stdout.isTTY === true,
    progress: stderr.isTTY === true && !json && !quiet,
    result(members, text) {
      if (json) return void stdout.write(`${toJson({ command, ...members })}\n`);
      const line = typeof text === "string" ? text : text();
      if (line !== "") stdout.write(line.endsWith("\n") ? line : `${line}\n`);
    },
    say(text) {
      if (!json && !quiet) err(`${text}\n`);
    },
    warn(text) {
      if (json) err(`${toJson({ command, warning: text })}\n`);
      else err(`hdl: ${errStyle.yellow("warning:")} ${printable(text)}\n`);
    },
    trace(text) {
      if (verbose) err(json ? `${toJson({ command, trace: text })}\n` : `${errStyle.dim(printable(text))}\n`);
    },
    err,
  };
}
