import { invalidOptions, type Logger } from "@handlekit/core";
import { DEFAULT_TLS_CIPHERS, type Settings } from "./settings.ts";

/** The first Bun whose node:tls takes connections that something else has accepted. */
const BUN = [1, 4] as const;

/**
 * Warns of what Bun and Deno do not do. Both name themselves in `process.versions`.
 *
 * @throws HandleError `invalid_options` for a Bun on which nobody could connect over TLS
 */
export function checkRuntime(
  { tlsCiphers }: Pick<Settings, "tlsCiphers">,
  log: Logger,
  { bun, deno }: Readonly<Record<string, string | undefined>> = process.versions,
): void {
  if (bun !== undefined) {
    const [major = 0, minor = 0] = bun.split(".").map(Number);
    if (major < BUN[0] || (major === BUN[0] && minor < BUN[1])) {
      throw invalidOptions(
        `hdl-server needs Bun ${BUN.join(".")} or later; this is ${bun}.`,
        "Update Bun, or run it with Node.",
      );
    }
    log.warn(
      "Bun does not close idle connections, nor those on which half a header arrives; serve the public with Node",
      {
        settings: ["requestTimeout", "idleTimeout"],
      },
    );
  }
  if (deno !== undefined && tlsCiphers !== DEFAULT_TLS_CIPHERS) {
    log.warn("Deno chooses the cipher suites itself", { settings: ["tlsCiphers"] });
  }
}
