import type { Command } from "commander";
import type { SiteinfoCommand } from "./siteinfo-command.ts";

/** Adds `hdl-server siteinfo`. */
export function addSiteinfo(program: Command, siteinfo: SiteinfoCommand): void {
  program
    .command("siteinfo")
    .description(
      "Write the site of the server (HS_SITE) as the siteinfo.json of Handle.Net, with its public key.",
    )
    .argument("<directory>", "the server's data directory")
    .option("--output <file>", "the new file; - for standard output", "-")
    .option(
      "--address <address>",
      "the IP address of the server (default: the host of the setting publicUrl)",
    )
    .option("--force", "accept an address that only this machine or its network can reach")
    .addHelpText("after", "\nExample:\n  hdl-server siteinfo data --address 192.0.2.7 --output siteinfo.json")
    .action((directory, options) => siteinfo(directory, options));
}
