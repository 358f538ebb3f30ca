/**
 * @typedef {object} Sample
 * @property {number} rate requests a second
 * @property {number} cpu µs of the subject a request; not a number where it cannot be asked
 * @property {number} p50 ms
 * @property {number} p99 ms
 * @property {number} failed
 * @property {number} memory bytes
 *
 * @typedef {{ work: string, scheme: string, connections: number, subject: string, handles: number, samples: Sample[] }} Series
 * @typedef {Series & { median: Sample, spread: number }} Row `spread`: lowest to highest rate, as a share of the median
 */

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** @param {Series} series @returns {Row} */
export function summarise(series) {
  const of = (/** @type {keyof Sample} */ key) => series.samples.map((sample) => sample[key]);
  const middle = {
    rate: median(of("rate")),
    cpu: median(of("cpu")),
    p50: median(of("p50")),
    p99: median(of("p99")),
    memory: median(of("memory")),
    failed: of("failed").reduce((sum, each) => sum + each, 0),
  };
  return {
    ...series,
    spread: (Math.max(...of("rate")) - Math.min(...of("rate"))) / middle.rate,
    median: middle,
  };
}

const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;
const times = (/** @type {number} */ ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)} x` : "");
const whole = (/** @type {number} */ number) => (Number.isFinite(number) ? number.toFixed(0) : "");

/** A table in Markdown, so that it can be put into docs/performance.md. @param {readonly (readonly string[])[]} rows */
function markdown(rows) {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const [head = [], ...rest] = rows;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join(
    "\n",
  );
}

/** Handlekit's rows with the ratios to the others of the same work. @param {readonly Row[]} rows */
export function formatTable(rows) {
  const titles = [
    "work",
    "subject",
    "conn.",
    "req/s",
    "spread",
    "CPU µs",
    "p50 ms",
    "p99 ms",
    "failed",
    "rate / ours",
    "CPU / ours",
  ];
  const lines = rows.map((row) => {
    const { work, scheme, connections, subject, handles, median: middle, spread } = row;
    const ours = rows.find(
      (other) =>
        other.subject === "handlekit" &&
        `${other.work} ${other.scheme} ${other.connections} ${other.handles}` ===
          `${work} ${scheme} ${connections} ${handles}`,
    )?.median;
    const isOurs = subject === "handlekit" || ours === undefined;
    return [
      `${work}, ${scheme}, ${handles}`,
      subject,
      String(connections),
      whole(middle.rate),
      percent(spread),
      Number.isFinite(middle.cpu) ? middle.cpu.toFixed(1) : "",
      middle.p50.toFixed(2),
      middle.p99.toFixed(2),
      String(middle.failed),
      isOurs ? "" : times(middle.rate / ours.rate),
      isOurs ? "" : times(middle.cpu / ours.cpu),
    ];
  });
  return markdown([titles, ...lines]);
}

/** How the figures change from the smallest to the largest number of handles. @param {readonly Row[]} rows */
export function formatChange(rows) {
  const scales = [...new Set(rows.map(({ handles }) => handles))].toSorted((a, b) => a - b);
  const [least, most] = [scales[0], scales.at(-1)];
  if (least === most) return "";
  const ours = rows.filter(({ subject }) => subject === "handlekit");
  const lines = ours
    .filter(({ handles }) => handles === most)
    .flatMap(({ work, scheme, connections, median: large }) => {
      const small = ours.find(
        (row) =>
          row.handles === least &&
          `${row.work} ${row.scheme} ${row.connections}` === `${work} ${scheme} ${connections}`,
      )?.median;
      return small
        ? [
            [
              `${work}, ${scheme}`,
              `${connections}`,
              times(large.cpu / small.cpu),
              times(small.rate / large.rate),
            ],
          ]
        : [];
    });
  return markdown([["work", "conn.", `CPU at ${most} / at ${least}`, "time per request"], ...lines]);
}
