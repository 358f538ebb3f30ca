/** The process that holds a lock. */
export interface LockHolder {
  readonly host: string;
  /** Which run of the system, where it tells; else empty. */
  readonly boot: string;
  readonly pid: number;
  /** When in that run the process began, where the system tells; else empty. */
  readonly start: string;
}

/** The holder as a part of a file name. */
export function formatLockHolder({ host, boot, pid, start }: LockHolder): string {
  return `${encodeURIComponent(host)}-${boot}-${pid}-${start}`;
}

/** The holder that a part of a file name tells of; undefined when it tells of none. */
export function parseLockHolder(name: string): LockHolder | undefined {
  const [, host = "", boot = "", pid, start = ""] = /^(.+)-([0-9a-f]*)-(\d{1,10})-(\d*)$/.exec(name) ?? [];
  if (pid === undefined) return undefined;
  try {
    return { host: decodeURIComponent(host), boot, pid: Number(pid), start };
  } catch {
    return undefined;
  }
}
