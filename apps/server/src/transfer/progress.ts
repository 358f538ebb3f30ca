import type { SingleBar } from "cli-progress";

/** Shows how far a long job is. */
export interface Progress {
  /** Begins a step of the job. Without a total, neither a bar nor the time left is shown. */
  start(what: string, total: number | undefined): void;
  /** @param value how much of the total is done; records the number of records */
  update(value: number, records?: number): void;
  /** Takes the bar away. */
  stop(): void;
}

const BAR = "{what} {bar} {percentage} %  {records} records  {rate}/s  {eta_formatted} left";
const COUNT = "{what}  {records} records  {rate}/s";

/** Creates a progress bar on standard error; it shows nothing unless that is a terminal. */
export async function createProgress(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): Promise<Progress & { readonly isShown: boolean }> {
  const library = stream.isTTY ? await import("cli-progress") : undefined;
  let bar: SingleBar | undefined;
  let began = 0;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    isShown: stream.isTTY === true,
    start(what, total) {
      stop();
      if (library === undefined) return;
      began = now();
      const format = total === undefined ? COUNT : BAR;
      const options = {
        stream,
        format,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
        fps: 5,
      };
      bar = new library.SingleBar(options, library.Presets.shades_classic);
      bar.start(Math.max(1, total ?? 1), 0, { what, records: 0, rate: 0 });
    },
    update(value, records = value) {
      if (bar === undefined) return;
      const rate = Math.round((1000 * records) / Math.max(1, now() - began));
      bar.update(Math.min(value, bar.getTotal()), { records, rate });
    },
    stop,
  };
}
