import { printable } from "@handlekit/core";
import { collect } from "../arguments.ts";
import type { CommandModule } from "../command.ts";
import { withClient } from "../open-client.ts";
import { type ResolveContext, resolveHandle } from "../resolve-handle.ts";

interface ResolveFlags {
  readonly trace?: boolean | undefined;
  readonly locatt?: readonly string[] | undefined;
  readonly country?: string | undefined;
  readonly accept?: string | undefined;
  readonly ignoreAliases?: boolean | undefined;
  readonly authoritative?: boolean | undefined;
}

/** The preferences that a resolver derives from the Accept header of a browser, or of a program that wants a media type. */
function negotiated(accept: string | undefined): readonly string[] {
  return accept === undefined
    ? ["http_role:browser", "ctype:text/html", "media-type:text/html"]
    : [`ctype:${accept}`, `media-type:${accept}`, "http_role:conneg"];
}

/** `hdl resolve HANDLE`: prints the URL that a resolver would redirect to. */
export const command: CommandModule<ResolveFlags, [handle: string]> = {
  define: (command) =>
    command
      .argument("<handle>")
      .option("--trace", "show each step: aliases, locations, how one was chosen")
      .option("--locatt <name:value>", "ask for locations with this attribute (repeatable)", collect(String))
      .option("--country <code>", "the country of the client, two letters")
      .option("--accept <type>", "the media type that the client wants; default: a browser")
      .option("--ignore-aliases", "do not follow HS_ALIAS")
      .option("--authoritative", "ask the primary server and bypass caches"),
  examples: [
    ["hdl resolve 20.500.12345/abc", "the address that the handle leads to"],
    ["hdl resolve 20.500.12345/abc --trace --country de", "and why, for a client in Germany"],
  ],
  async run(call) {
    const { args, flags, output, signal } = call;
    const steps: string[] = [];
    return withClient(call, async (client) => {
      const context: ResolveContext = {
        read: (handle) =>
          client.read(handle, { signal, publicOnly: true, authoritative: flags.authoritative ?? false }),
        step(text) {
          steps.push(text);
          if (flags.trace && !output.json) output.err(`${output.errStyle.dim(printable(text))}\n`);
        },
        choice: { locatt: [...(flags.locatt ?? []), ...negotiated(flags.accept)], country: flags.country },
        ignoreAliases: flags.ignoreAliases ?? false,
      };
      const { url, handle, aliases } = await resolveHandle(args[0], context);
      output.result({ handle, url, aliases, ...(flags.trace ? { steps } : {}) }, printable(url));
      return undefined;
    });
  },
};
