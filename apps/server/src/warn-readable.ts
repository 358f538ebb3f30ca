import { stat } from "node:fs/promises";
import type { Logger } from "@handlekit/core";

/**
 * Warns if other users of this machine can read a file with a secret. A group may read a file of root, as with the group
 * ssl-cert of Debian.
 */
export async function warnIfReadable(path: string, what: string, log: Logger): Promise<void> {
  if (process.platform === "win32") return;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  const others = found.uid === 0 && process.getuid?.() !== 0 ? 0o007 : 0o077;
  if ((found.mode & others) === 0) return;
  log.warn(`other users of this machine can access the ${what}; run chmod 600 on it`, { file: path });
}
