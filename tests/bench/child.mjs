import { once } from "node:events";

/** The next message of a child; rejects when it ends instead. @param {import("node:child_process").ChildProcess} child */
export async function nextMessage(child) {
  const over = new AbortController();
  const ended = once(child, "exit", { signal: over.signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.slice(1).join(" ")} ended with exit code ${code}`);
  });
  ended.catch(() => {});
  try {
    return await Promise.race([once(child, "message").then(([message]) => message), ended]);
  } finally {
    over.abort();
  }
}

/** Ends a child that ends with its input, and waits. @param {import("node:child_process").ChildProcess} child */
export async function end(child) {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  if (child.connected) child.disconnect();
  else child.stdin?.end();
  await exited;
}
