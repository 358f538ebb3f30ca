/** The process that holds a lock. */
export interface LockHolder {
  readonly host: string;
  /** Identifies the boot of the system, if it says so; else empty. */
  readonly boot: string;
  readonly pid: number;
  /** The start time of the process since boot, if the system says so; else empty. */
  readonly start: string;
}

/** Returns the end of a lock file's name. */
export function formatLockHolder({ host, boot, pid, start }: LockHolder): string {
  return `${encodeURIComponent(host)}-${boot}-${pid}-${start}`;
}

/** Parses the end of a lock file's name. Returns undefined if it is not one. */
export function parseLockHolder(name: string): LockHolder | undefined {
  const [, host = "", boot = "", pid, start = ""] = /^(.+)-([0-9a-f]*)-(\d{1,10})-(\d*)$/.exec(name) ?? [];
  if (pid === undefined) return undefined;
  try {
    return { host: decodeURIComponent(host), boot, pid: Number(pid), start };
  } catch {
    return undefined;
  }
}
