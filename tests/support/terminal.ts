import { spawn } from "node:child_process";

/** A program at a terminal. */
export interface Terminal {
  /** What the terminal showed so far. */
  readonly shown: string;
  /** Resolves once the terminal shows it, after what was awaited before. */
  until(text: string | RegExp): Promise<void>;
  type(text: string): void;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
}

/** Ctrl-C. */
export const INTERRUPT = "\u0003";

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Runs a command at a pseudo-terminal, that of `script` of util-linux.
 *
 * @param env beside those of this process; undefined takes one away
 */
export function openTerminal(
  words: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Terminal {
  const child = spawn("script", ["-q", "-e", "-c", words.map(quote).join(" "), "/dev/null"], {
    cwd,
    env: { ...process.env, TERM: "xterm", NO_COLOR: undefined, SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let seen = 0;
  let over = false;
  const waiting = new Set<() => void>();
  const look = () => {
    for (const each of waiting) each();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    shown += chunk;
    look();
  });
  const ended = new Promise<number | null>((resolve) =>
    child.on("close", (code) => {
      over = true;
      look();
      resolve(code);
    }),
  );
  return {
    get shown() {
      return shown;
    },
    ended,
    type: (text) => child.stdin.write(text),
    until: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const rest = shown.slice(seen);
          const at = typeof text === "string" ? rest.indexOf(text) : rest.search(text);
          if (at < 0 && !over) return;
          waiting.delete(check);
          if (at < 0) return reject(new Error(`It ended without showing ${text}:\n${shown}`));
          seen += at + (typeof text === "string" ? text.length : (text.exec(rest)?.[0].length ?? 0));
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
