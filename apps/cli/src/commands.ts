import type { CommandEntry } from "./command.ts";

/** Commands of two words, by the first. */
export const GROUPS: Readonly<Record<string, string>> = {};

/** Every command, in the order in which `hdl --help` lists them. The module of a command is loaded when it runs. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "get",
    summary: "Show the records of handles.",
    load: async () => (await import("./commands/get.ts")).command,
  },
];
