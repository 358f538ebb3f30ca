// The honest load of the soak, in a process of its own: four clients with a connection each, which read and change
// records. It is told a phase, and answers with the measurements of the last one.
import { Agent, request } from "node:https";

const [port = "", path = ""] = process.argv.slice(2);
const { HONEST_AUTHORIZATION: authorization = "" } = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false });

/** @type {number[]} */
let durations = [];
/** @type {string[]} */
let errors = [];
let isOver = false;

/**
 * @param {string} method
 * @param {string} target
 * @param {Record<string, string>} headers
 * @param {string} body
 * @returns {Promise<number>} the status
 */
const send = (method, target, headers, body) =>
  new Promise((resolve, reject) => {
    const options = { agent, port, host: "127.0.0.1", method, path: target, headers };
    const sent = request(options, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });

/** @param {number} client */
async function run(client) {
  const values = [{ index: 10 + client, type: "DESC", data: "honest" }];
  const change = JSON.stringify(values);
  for (let i = 0; !isOver; i++) {
    const begun = performance.now();
    const isChange = i % 10 === 9;
    try {
      const status = isChange
        ? await send(
            "PUT",
            `${path}?index=${10 + client}`,
            { authorization, "content-type": "application/json" },
            change,
          )
        : await send("GET", path, {}, "");
      if (status !== 200 && status !== 201) errors.push(`status ${status}`);
    } catch (error) {
      errors.push(String(error));
    }
    durations.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

process.on("message", (message) => {
  process.send?.({ durations, errors });
  durations = [];
  errors = [];
  if (message === "end") {
    isOver = true;
    process.disconnect();
    agent.destroy();
  }
});
await Promise.all([0, 1, 2, 3].map(run));
