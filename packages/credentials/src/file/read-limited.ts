import { MAX_SIZE } from "../problem.ts";

/** What was read of a file, or why it was not, to follow "which". */
export type FileContent =
  | { readonly bytes: Uint8Array; readonly mode: number | undefined }
  | { readonly problem: string; readonly hint?: string };

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EACCES: "this user may not read",
  EPERM: "this user may not read",
  EISDIR: "is a directory, not a file",
  ENAMETOOLONG: "is too long for a path",
};

/** Reads a file of at most 1 MiB. `mode` is undefined for what is no regular file and on Windows. */
export async function readLimited(path: string): Promise<FileContent> {
  const { open } = await import("node:fs/promises");
  const { platform } = await import("node:os");
  try {
    const file = await open(path, "r");
    try {
      const status = await file.stat();
      const bytes = new Uint8Array(MAX_SIZE + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > MAX_SIZE) return { problem: `is larger than ${MAX_SIZE} bytes` };
      return {
        bytes: bytes.slice(0, length),
        mode: status.isFile() && platform() !== "win32" ? status.mode : undefined,
      };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return { problem: PROBLEMS[code] ?? `cannot be read (${code})` };
  }
}
