/** The surroundings of a command. */
export interface CommandContext {
  /** May contain settings, and the key of the ARDC clients. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes the result to standard output. */
  print(text: string): void;
  /** Writes a note to standard error. */
  note(text: string): void;
}

/** The surroundings of a command that may take long. */
export interface LongCommandContext extends CommandContext {
  /** Returns a signal that is aborted when the process is to stop. */
  stopSignal(): AbortSignal;
}
