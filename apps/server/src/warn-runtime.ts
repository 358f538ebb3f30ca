import type { Logger } from "@handlekit/core";
import { DEFAULT_TLS_CIPHERS, type Settings } from "./settings.ts";

/** Warns of the settings that have no effect on Bun or Deno. Both name themselves in `process.versions`. */
export function warnOfRuntime(
  { tlsCiphers }: Pick<Settings, "tlsCiphers">,
  log: Logger,
  { bun, deno }: Readonly<Record<string, string | undefined>> = process.versions,
): void {
  if (bun !== undefined) {
    log.warn(
      "Bun closes no connection on which nothing or half a request arrives; let a proxy in front of the server do that, or use Node",
      { settings: ["requestTimeout", "idleTimeout"] },
    );
  }
  if (deno !== undefined && tlsCiphers !== DEFAULT_TLS_CIPHERS) {
    log.warn("Deno chooses the cipher suites itself", { settings: ["tlsCiphers"] });
  }
}
