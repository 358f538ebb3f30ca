import type { Command } from "commander";
import type { ConfigCommand } from "./config-command.ts";

const CHECKS = `
Checks what serve checks before it listens. The exit code is 1 if serve would not start.

Example:
  hdl-server config data`;

/** Adds `hdl-server config`. */
export function addConfig(program: Command, config: ConfigCommand): void {
  program
    .command("config")
    .description("Show every setting, its value and where it was set, and whether the server would start.")
    .argument("<directory>", "the data directory")
    .option("--json", "print one JSON object")
    .addHelpText("after", CHECKS)
    .action(async (directory, options) => {
      if (!(await config(directory, options))) process.exitCode = 1;
    });
}
