import { printable } from "@handlekit/core";
import type { AuditHead } from "@handlekit/core/store";
import { checkSqlite } from "@handlekit/store-sqlite";
import { formatHead } from "../audit/format-head.ts";
import type { LongCommandContext } from "../command-context.ts";
import { assertStore } from "../control/assert-store.ts";
import { isDatabase } from "../open-database.ts";
import { readSettings } from "../read-settings.ts";
import { createProgress } from "../transfer/progress.ts";
import { createBackup } from "./backup.ts";
import { hasImport, reasonAgainstState, showCheck } from "./check.ts";
import { checkDatabase } from "./check-database.ts";
import { restoreBackup } from "./restore.ts";

/** The commands that look after a data directory. */
export interface CareCommands {
  /** Resolves to false if there is a problem. */
  check(directory: string, options: { readonly head?: AuditHead | undefined }): Promise<boolean>;
  backup(directory: string, target: string): Promise<void>;
  restore(backup: string, directory: string): Promise<void>;
}

const SECRETS = "It contains all keys of the server and its users: keep it as safe as the data directory.";

/**
 * Creates the commands `hdl-server check`, `backup` and `restore`. They read the store themselves, also while a server has
 * it open. A database is checked, and backed up by its own tools.
 *
 * @param version the version of hdl-server
 */
export function createCareCommands(context: LongCommandContext, version: string): CareCommands {
  const { environment, print, note, stopSignal } = context;
  return {
    async check(directory, { head }) {
      const settings = await readSettings(directory, {}, environment);
      const progress = await createProgress();
      let isStarted = false;
      try {
        // Without a terminal nothing needs to be counted.
        const shown = progress.isShown;
        const result = isDatabase(settings.store)
          ? await checkDatabase(directory, settings, {
              head,
              signal: stopSignal(),
              onProgress: shown ? (records, values, total) => show(values, total, records) : undefined,
            })
          : await checkSqlite({
              file: await assertStore(directory, settings.store),
              head,
              checkState: reasonAgainstState,
              signal: stopSignal(),
              onProgress: shown ? show : undefined,
            });
        progress.stop();
        for (const line of showCheck(result)) print(line);
        if (await hasImport(directory)) {
          note(
            "An import has not ended. Records that it has changed are not as their last audit entries say: continue it with hdl-server import --resume.",
          );
        }
        return result.found === 0;
      } finally {
        progress.stop();
      }
      function show(done: number, total: number, records?: number): void {
        if (!isStarted) progress.start("Checking", total);
        isStarted = true;
        progress.update(done, records);
      }
    },
    async backup(directory, target) {
      const settings = await readSettings(directory, {}, environment);
      await assertStore(directory, settings.store);
      const job = { directory, settings, target, version, signal: stopSignal() };
      const { manifest, left } = await createBackup(job);
      const { files, audit } = manifest;
      print(
        JSON.stringify({ backup: { directory: target, files: Object.keys(files), head: formatHead(audit) } }),
      );
      for (const path of left) {
        note(`It does not contain ${printable(path)}, which is outside of the data directory.`);
      }
      note(SECRETS);
    },
    async restore(backup, directory) {
      const { manifest, warnings } = await restoreBackup(backup, directory, stopSignal());
      const { time, files, audit } = manifest;
      print(
        JSON.stringify({ restored: { directory, time, files: Object.keys(files), head: formatHead(audit) } }),
      );
      for (const warning of warnings) note(warning);
    },
  };
}
