import { unwatchFile, watchFile } from "node:fs";

/**
 * Calls a function when files have changed, once they have stayed the same for a while: those that belong together are
 * not replaced at the same moment. The paths are looked at again and again, because watching a file would miss that a
 * symbolic link, as those of certbot, leads to another one.
 *
 * @param every how often they are looked at, in milliseconds; they must stay the same for twice as long
 * @returns a function that ends it
 */
export function watchFiles(paths: readonly string[], every: number, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onChange = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, 2 * every).unref();
  };
  for (const path of paths) watchFile(path, { interval: every, persistent: false }, onChange);
  return () => {
    clearTimeout(timer);
    for (const path of paths) unwatchFile(path, onChange);
  };
}
