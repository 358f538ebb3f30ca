import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { HandleError, invalidOptions, printable } from "@handlekit/core";
import * as z from "zod";

/** The name of the manifest in a backup. */
export const MANIFEST = "manifest.json";
const MAX_BYTES = 2 ** 20;

/** A path below a directory, with slashes. */
const path = z
  .string()
  .max(1000)
  .refine(
    (name) => name !== MANIFEST && name.split("/").every((part) => /^(?!\.{1,2}$)[^\\:\p{Cc}]+$/u.test(part)),
  );

const manifestSchema = z.strictObject({
  format: z.literal("handlekit-backup"),
  version: z.literal(1),
  /** When the backup was begun. */
  time: z.string(),
  /** The version of hdl-server that wrote it. */
  server: z.string(),
  /** The head of the audit in the copy of the store. */
  audit: z.strictObject({ count: z.int().min(0), digest: z.string().regex(/^(?:[0-9a-f]{64})?$/) }),
  /** The name of the copy of the store. */
  store: path,
  files: z.record(
    path,
    z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** The contents of a backup. */
export type BackupManifest = z.output<typeof manifestSchema>;

/** Resolves to the length and the SHA-256 of a file. */
export async function digestFile(file: string): Promise<BackupManifest["files"][string]> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/**
 * Reads the manifest of a backup.
 *
 * @throws HandleError `invalid_options` if it is missing or cannot be read, `invalid_value` if it is none
 */
export async function readManifest(backup: string): Promise<BackupManifest> {
  const file = join(backup, MANIFEST);
  let text: string;
  try {
    if ((await stat(file)).size > MAX_BYTES) text = "";
    else text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw invalidOptions(
        `${printable(backup)} is not a backup: it has no ${MANIFEST}.`,
        "Give a directory that hdl-server backup has made.",
      );
    }
    throw new HandleError("invalid_options", {
      message: `${printable(file)} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      hint: "Check the path and the permissions.",
      cause,
    });
  }
  const damaged = () =>
    new HandleError("invalid_value", {
      message: `${printable(file)} is damaged, or of a newer version of hdl-server.`,
      hint: "Use another copy of the backup.",
    });
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(text));
    if (parsed.success && Object.hasOwn(parsed.data.files, parsed.data.store)) return parsed.data;
  } catch {
    // The error of JSON.parse may quote the file.
  }
  throw damaged();
}
