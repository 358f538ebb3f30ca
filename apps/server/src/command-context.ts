/** The surroundings of a command. */
export interface CommandContext {
  /** May contain settings, and the key of the ARDC clients. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes the result to standard output. */
  print(text: string): void;
  /** Writes a note to standard error. */
  note(text: string): void;
}
