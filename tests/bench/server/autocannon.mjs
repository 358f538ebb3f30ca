// Runs one load with autocannon.
import autocannon from "autocannon";
import { NUMBER, padded } from "./record.mjs";

/** @param {import("./load.mjs").Load} load @returns {Promise<import("./load.mjs").Outcome>} */
async function run({ url, calls, connections, seconds, numbers, certificate }) {
  const { from, count, next } = numbers;
  let at = from - 1;
  const pick = () => {
    let rest = Math.random();
    return calls.find(({ share = 1 }) => {
      rest -= share;
      return rest < 0;
    });
  };
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    ...(certificate && { tlsOptions: certificate }),
    requests: [
      {
        setupRequest(/** @type {object} */ request) {
          at = next ? at + 1 : from + Math.floor(Math.random() * count);
          const { method, path = "", headers = {}, body } = pick() ?? calls[0] ?? {};
          const n = padded(at);
          return {
            ...request,
            method,
            headers,
            path: path.replaceAll(NUMBER, n),
            body: body?.replaceAll(NUMBER, n),
          };
        },
      },
    ],
  });
  const { latency, duration, errors, non2xx } = result;
  const answered = result["2xx"] + result["3xx"];
  const failed = errors + non2xx - result["3xx"];
  return {
    requests: answered + non2xx - result["3xx"],
    seconds: duration,
    p50: latency.p50,
    p99: latency.p99,
    failed,
  };
}

process.once("message", async (/** @type {import("./load.mjs").Load} */ load) =>
  process.send?.(await run(load)),
);
