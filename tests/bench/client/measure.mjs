// One subject in a process of its own. Forked by run.mjs with the subject's name; ends with its parent.
import { RECORD } from "./record.mjs";
import { openSubject } from "./subjects.mjs";

/** @param {number[]} sorted @param {number} share */
const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/**
 * @param {() => Promise<unknown>} operation
 * @param {number} inFlight
 * @param {number} seconds
 */
async function measure(operation, inFlight, seconds) {
  /** @type {number[]} */
  const latencies = [];
  const before = process.cpuUsage();
  const began = performance.now();
  const until = began + seconds * 1000;
  const repeat = async () => {
    for (let at = performance.now(); at < until; ) {
      await operation();
      const done = performance.now();
      latencies.push(done - at);
      at = done;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, repeat));
  const elapsed = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  latencies.sort((a, b) => a - b);
  return {
    rate: latencies.length / elapsed,
    cpu: (user + system) / latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

const name = process.argv[2] ?? "";
/** @type {import("./subjects.mjs").Subject} */
let subject = {};

process.once("disconnect", () => process.exit());
process.on("message", async (/** @type {any} */ message) => {
  if (message.site) {
    subject = await openSubject(name, message.site);
    for (const [operation, run] of Object.entries(subject)) {
      const result = /** @type {{ values?: unknown[] }} */ (await run());
      if (operation.startsWith("read") && result.values?.length !== RECORD.values.length) {
        throw new Error(`${name} did not get the record`);
      }
    }
    process.send?.({ operations: Object.keys(subject) });
  } else {
    const operation = subject[message.operation];
    if (operation) process.send?.(await measure(operation, message.inFlight, message.seconds));
  }
});
