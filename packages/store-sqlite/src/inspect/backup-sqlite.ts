import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { checkOptions } from "@handlekit/core";
import { syncDirectory } from "@handlekit/core/journal-file";
import type { AuditHead } from "@handlekit/core/store";
import { openDriver } from "../driver/open-driver.ts";
import { absolutePath } from "../file/open-file.ts";
import { createAuditReader } from "../read/audit-reader.ts";
import { inspect } from "./inspect.ts";

/** Options of {@link backupSqlite}. */
export interface SqliteBackupOptions {
  /** The path of the store. Another process may have it open. */
  readonly file: string;
  /** The path of the copy, which is created with mode 0600. */
  readonly target: string;
}

/**
 * Copies a store into a new file: one consistent state of it, with every commit that was durable before the call. The
 * store may be open, in this process or another one, whose writes do not wait. Resolves once the copy is durable.
 *
 * @returns the head of the audit in the copy
 * @throws HandleError `invalid_options` for an option of the wrong type; `store_failed` when there is no store of this
 *   version at `file`, `target` exists, or reading or writing fails. No copy is left then
 * @example
 * ```ts
 * await backupSqlite({ file: "/var/lib/hdl/handles.sqlite", target: "/backup/handles.sqlite" });
 * ```
 */
export async function backupSqlite(options: SqliteBackupOptions): Promise<{ readonly audit: AuditHead }> {
  checkOptions("backupSqlite", options, { file: ["string"], target: ["string"] });
  const target = absolutePath(options.target);
  return inspect(options.file, `be copied to ${target}`, async (driver) => {
    // VACUUM INTO accepts an empty file, whose mode it keeps.
    await (await open(target, "wx", 0o600)).close();
    try {
      // A read transaction beside the writer: it waits for nobody, and nobody for it. It keeps the row ids of records,
      // by which the search index knows what is in it.
      driver.prepare("VACUUM INTO ?").run([target]);
      const audit = await headOf(target);
      const copy = await open(target, "r+");
      await copy.sync().finally(() => copy.close());
      await syncDirectory(dirname(target));
      return { audit };
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
  });
}

async function headOf(file: string): Promise<AuditHead> {
  const driver = await openDriver(file);
  try {
    return createAuditReader(driver).head();
  } finally {
    driver.close();
  }
}
