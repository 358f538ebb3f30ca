import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { HandleError, invalidOptions, parseUrl, printable, type Site } from "@handlekit/core";
import { readKey } from "@handlekit/keys";
import type { CommandContext } from "../command-context.ts";
import { readSettings } from "../read-settings.ts";
import type { Settings } from "../settings.ts";
import { siteOf } from "../site.ts";
import { reachableAddress } from "./reachable-address.ts";

/** Options of `hdl-server siteinfo`. */
export interface SiteinfoOptions {
  /** The new file; `-` for standard output. */
  readonly output: string;
  /** The IP address of the server. Default the host of the setting publicUrl. */
  readonly address?: string | undefined;
  /** Whether an address that only this machine or network can reach is accepted. */
  readonly force?: boolean | undefined;
}

/** Writes the site of a server of a data directory. */
export type SiteinfoCommand = (directory: string, options: SiteinfoOptions) => Promise<void>;

/** Returns the URLs of a server with its address in place of a host name: HTTPS, and HTTP if it serves that. */
function urlsAt(address: string, { publicUrl, httpsPort, httpPort }: Settings): string[] {
  const host = address.includes(":") ? `[${address}]` : address;
  // A proxy in front of the server has ports of its own, and forwards plain HTTP only if it likes.
  if (publicUrl !== undefined) {
    const url = parseUrl(publicUrl);
    if (url === undefined)
      throw invalidOptions("The setting publicUrl is not a URL.", "Write https://host:port.");
    const { protocol, port } = url;
    return [`${protocol}//${host}${port === "" ? "" : `:${port}`}`];
  }
  if (httpsPort === 0 || httpPort === 0) {
    throw invalidOptions(
      "The server chooses its port when it starts, because httpsPort or httpPort is 0.",
      "Set it to a number in config.json.",
    );
  }
  return [`https://${host}:${httpsPort}`, ...(httpPort === undefined ? [] : [`http://${host}:${httpPort}`])];
}

async function siteAt(
  directory: string,
  settings: Settings,
  { address, force = false }: SiteinfoOptions,
): Promise<Site> {
  const reachable = reachableAddress(address, settings.publicUrl, force);
  const path = resolve(directory, settings.tlsKey);
  const pem = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const message = `The server key ${printable(path)} cannot be read (${cause.code}).`;
    throw new HandleError("invalid_key", { message, hint: "Check the setting tlsKey.", cause });
  });
  return siteOf(urlsAt(reachable, settings), (await readKey(pem)).publicKey);
}

/** Creates the command `hdl-server siteinfo`. */
export function createSiteinfoCommand({ environment, print, note }: CommandContext): SiteinfoCommand {
  return async (directory, options) => {
    const { output } = options;
    const settings = await readSettings(directory, {}, environment);
    const json = JSON.stringify(await siteAt(directory, settings, options), null, 2);
    if (output === "-") return print(json);
    await writeFile(output, `${json}\n`, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
      const shown = printable(output);
      if (cause.code === "EEXIST") {
        throw invalidOptions(`${shown} exists; nothing was changed.`, "Remove it, or choose another file.");
      }
      const message = `${shown} cannot be written (${cause.code}).`;
      throw new HandleError("invalid_options", { message, hint: "Check its folder.", cause });
    });
    note(`Wrote ${printable(output)}. It contains no secrets.`);
  };
}
