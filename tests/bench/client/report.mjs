/**
 * @typedef {import("./children.mjs").Sample} Sample
 * @typedef {{ operation: string, inFlight: number, subject: string, samples: Sample[] }} Series
 * @typedef {Series & { median: Sample, spread: number }} Row `spread`: from the lowest to the highest rate, in the median's
 */

/** Recorded with B2HANDLE itself on another day: its rate against that of bare requests.Session in the same minutes. */
export const B2HANDLE_OF_REQUESTS = 1320 / 1710;
export const RECORDED = { read: 1320, modify: 650 };
export const BARS = { 1: 3, 32: 10 };

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = 0, high = 0] =
    sorted.length % 2 ? [sorted[half], sorted[half]] : [sorted[half - 1], sorted[half]];
  return (low + high) / 2;
}

/** @param {Series} series @returns {Row} */
export function summarise(series) {
  const of = (/** @type {keyof Sample} */ key) => series.samples.map((sample) => sample[key]);
  const rate = median(of("rate"));
  const spread = (Math.max(...of("rate")) - Math.min(...of("rate"))) / rate;
  return {
    ...series,
    spread,
    median: { rate, cpu: median(of("cpu")), p50: median(of("p50")), p99: median(of("p99")) },
  };
}

const columns = [
  ["operation", 13],
  ["in flight", 10],
  ["subject", 17],
  ["ops/s", 8],
  ["spread", 8],
  ["CPU µs/op", 10],
  ["p50 ms", 8],
  ["p99 ms", 8],
  ["of undici", 10],
];

/** @param {(string | number)[]} cells */
const line = (cells) =>
  cells
    .map((cell, i) =>
      i === 0 || i === 2 ? String(cell).padEnd(columns[i]?.[1]) : String(cell).padStart(columns[i]?.[1]),
    )
    .join(" ");

/** @param {Row[]} rows */
export function formatTable(rows) {
  const lines = [line(columns.map(([title]) => title))];
  for (const [i, row] of rows.entries()) {
    const { operation, inFlight, subject, median: m, spread } = row;
    if (i > 0 && (rows[i - 1]?.operation !== operation || rows[i - 1]?.inFlight !== inFlight)) lines.push("");
    const bare = rows.find(
      (each) =>
        each.operation === operation && each.inFlight === inFlight && each.subject === "undici request",
    );
    lines.push(
      line([
        operation,
        inFlight,
        subject,
        Math.round(m.rate),
        `${Math.round(spread * 100)} %`,
        Math.round(m.cpu),
        m.p50.toFixed(2),
        m.p99.toFixed(2),
        bare ? `${Math.round((m.rate / bare.median.rate) * 100)} %` : "",
      ]),
    );
  }
  return lines.join("\n");
}

/**
 * How our rates stand to B2HANDLE's: to what it would reach here, which is that of requests.Session in this run, over plain
 * http as it was recorded, times the recorded share; without Python to the recorded rates themselves.
 *
 * @param {Row[]} rows
 */
export function compare(rows) {
  return rows
    .filter(({ subject }) => subject === "handlekit")
    .map(({ operation, inFlight, median: { rate } }) => {
      const what = operation.startsWith("read") ? "read" : "modify";
      const python = rows.find(
        (row) => row.subject === "requests.Session" && row.operation === `${what} http`,
      );
      const peer = python ? python.median.rate * B2HANDLE_OF_REQUESTS : RECORDED[what];
      const bar = BARS[inFlight === 1 ? 1 : 32];
      return { operation, inFlight, ratio: rate / peer, bar, reached: rate / peer >= bar };
    });
}
