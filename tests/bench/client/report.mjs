/**
 * @typedef {import("./children.mjs").Sample} Sample
 * @typedef {{ operation: string, inFlight: number, subject: string, samples: Sample[] }} Series
 * @typedef {Series & { median: Sample, spread: number }} Row `spread`: lowest to highest rate, as a share of the median
 */

/**
 * B2HANDLE as it was recorded: operations a second and µs of CPU each, with those of a bare requests.Session.get in the
 * same minutes. What it would reach here is estimated from the requests.Session of this run.
 */
const RECORDED = {
  read: { rate: 1320, cpu: 630 },
  modify: { rate: 650, cpu: 1300 },
  bare: { rate: 1710, cpu: 500 },
};

/** How many times B2HANDLE's rate the client is to reach. */
const BAR_SEQUENTIAL = 3;
const BAR_CONCURRENT = 10;

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** @param {Series} series @returns {Row} */
export function summarise(series) {
  const of = (/** @type {keyof Sample} */ key) => series.samples.map((sample) => sample[key]);
  const rate = median(of("rate"));
  const spread = (Math.max(...of("rate")) - Math.min(...of("rate"))) / rate;
  const middle = { rate, cpu: median(of("cpu")), p50: median(of("p50")), p99: median(of("p99")) };
  return { ...series, spread, median: middle };
}

const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;

/** @param {string[]} cells operation, in flight, subject and numbers */
function line([operation = "", inFlight = "", subject = "", ...numbers]) {
  const head = [operation.padEnd(13), inFlight.padStart(9), subject.padEnd(17)];
  return [...head, ...numbers.map((number) => number.padStart(9))].join(" ");
}

/** @param {Row[]} rows */
export function formatTable(rows) {
  const title = ["operation", "in flight", "subject", "ops/s", "spread", "CPU µs/op", "p50 ms", "p99 ms"];
  const lines = [line([...title, "of undici"])];
  let last = "";
  for (const { operation, inFlight, subject, median: middle, spread } of rows) {
    const group = `${operation} ${inFlight}`;
    if (group !== last) lines.push("");
    last = group;
    const bare = rows.find(
      (row) => `${row.operation} ${row.inFlight} ${row.subject}` === `${group} undici request`,
    );
    lines.push(
      line([
        operation,
        String(inFlight),
        subject,
        middle.rate.toFixed(0),
        percent(spread),
        middle.cpu.toFixed(0),
        middle.p50.toFixed(2),
        middle.p99.toFixed(2),
        bare ? percent(middle.rate / bare.median.rate) : "",
      ]),
    );
  }
  return lines.join("\n");
}

/**
 * How our rates and CPU stand to B2HANDLE's as estimated: those of requests.Session in this run, over plain http as was
 * recorded, times B2HANDLE's recorded share of them; without Python those recorded.
 *
 * @param {Row[]} rows
 */
export function compare(rows) {
  return rows
    .filter(({ subject }) => subject === "handlekit")
    .map(({ operation, inFlight, median: { rate, cpu } }) => {
      const what = operation.startsWith("read") ? "read" : "modify";
      const python = rows.find(
        (row) => `${row.subject} ${row.operation}` === `requests.Session ${what} http`,
      );
      const { read, bare } = RECORDED;
      const peer = python
        ? {
            rate: (python.median.rate * read.rate) / bare.rate,
            cpu: (python.median.cpu * read.cpu) / bare.cpu,
          }
        : RECORDED[what];
      const bar = inFlight === 1 ? BAR_SEQUENTIAL : BAR_CONCURRENT;
      return { operation, inFlight, rates: rate / peer.rate, cpu: peer.cpu / cpu, bar };
    });
}

/** @param {ReturnType<typeof compare>} comparisons */
export function formatComparisons(comparisons) {
  return comparisons
    .map(({ operation, inFlight, rates, cpu, bar }) => {
      const verdict = `bar ${bar} ${rates >= bar ? "reached" : "not reached"}`;
      const what = `${operation}, ${inFlight} in flight`.padEnd(26);
      return `${what} ${rates.toFixed(1).padStart(5)} x the rate of B2HANDLE as estimated (${verdict}), ${cpu.toFixed(1)} x less CPU`;
    })
    .join("\n");
}
