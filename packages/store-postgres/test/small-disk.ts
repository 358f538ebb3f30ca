import { NOBODY, runAs } from "./native-postgres.ts";

/**
 * Returns the command that runs a command with a small disk, which is there for it alone and gone after it: a file system
 * in memory. The command runs as the user who runs PostgreSQL, with the process id of what is returned.
 */
export function withSmallDisk(at: string, megabytes: number, command: readonly string[]): string[] {
  const mount = (more: string) => `mount -t tmpfs -o "size=$0m,mode=0700${more}" small "$1" && shift && exec`;
  const [how, script] =
    runAs.uid === undefined
      ? [["--user", "--map-root-user"], `${mount("")} unshare --user --map-user=1000 --map-group=1000 "$@"`]
      : [
          ["--propagation", "private"],
          `${mount(`,uid=${NOBODY},gid=${NOBODY}`)} setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$@"`,
        ];
  return ["unshare", "--mount", ...how, "sh", "-c", script, `${megabytes}`, at, ...command];
}
