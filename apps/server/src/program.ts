import { Command } from "commander";
import { addAudit } from "./audit/add-audit.ts";
import type { AuditCommands } from "./audit/audit-commands.ts";
import { addCare } from "./care/add-care.ts";
import type { CareCommands } from "./care/care-commands.ts";
import { addClients } from "./clients/add-clients.ts";
import type { ClientCommands } from "./clients/client-commands.ts";
import { addConfig } from "./config/add-config.ts";
import type { ConfigCommand } from "./config/config-command.ts";
import { addInit } from "./init/add-init.ts";
import type { InitCommand } from "./init/init-command.ts";
import { addPrefixes } from "./prefixes/add-prefixes.ts";
import type { PrefixCommands } from "./prefixes/prefix-commands.ts";
import { addSessions } from "./sessions/add-sessions.ts";
import type { SessionCommands } from "./sessions/session-commands.ts";
import { settingNames } from "./settings.ts";
import { addSiteinfo } from "./siteinfo/add-siteinfo.ts";
import type { SiteinfoCommand } from "./siteinfo/siteinfo-command.ts";
import { addTransfer } from "./transfer/add-transfer.ts";
import type { TransferCommands } from "./transfer/transfer-commands.ts";
import { addUsers } from "./users/add-users.ts";
import type { UserCommands } from "./users/user-commands.ts";

/** Serves a data directory until a signal. */
export type ServeCommand = (directory: string, flags: Readonly<Record<string, unknown>>) => Promise<void>;

/** The functions that carry out the commands. The program only parses the command line. */
export interface Commands {
  readonly init: InitCommand;
  readonly serve: ServeCommand;
  readonly config: ConfigCommand;
  readonly users: UserCommands;
  readonly prefixes: PrefixCommands;
  readonly sessions: SessionCommands;
  readonly transfer: TransferCommands;
  readonly audit: AuditCommands;
  readonly care: CareCommands;
  readonly siteinfo: SiteinfoCommand;
  readonly clients: ClientCommands;
}

/** Adds `hdl-server serve`. Its flags are generated from the settings. */
function addServe(program: Command, serve: ServeCommand): void {
  const command = program
    .command("serve")
    .description(
      "Serve a data directory until SIGTERM or SIGINT. A flag takes precedence over its environment variable, which takes precedence over config.json.",
    )
    .argument("<directory>", "the data directory, created by hdl-server init")
    .addHelpText("after", "\nExample:\n  hdl-server serve data --host 0.0.0.0")
    .action((directory, flags) => serve(directory, flags));
  for (const { flag, variable, description, defaultText } of settingNames()) {
    command.option(`${flag} <value>`, `${description} (${variable}; default: ${defaultText})`);
  }
}

/** Creates the command line of `hdl-server`. */
export function createProgram(commands: Commands, version: string): Command {
  // Its commands take over exitOverride and showSuggestionAfterError.
  const program = new Command("hdl-server")
    .description("A handle server on one SQLite file, or on PostgreSQL.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride();
  addInit(program, commands.init);
  addServe(program, commands.serve);
  addConfig(program, commands.config);
  addUsers(program, commands.users);
  addPrefixes(program, commands.prefixes);
  addSessions(program, commands.sessions);
  addTransfer(program, commands.transfer);
  addAudit(program, commands.audit);
  addCare(program, commands.care);
  addSiteinfo(program, commands.siteinfo);
  addClients(program, commands.clients);
  return program;
}
