// fast-check with an `assert` that repeats each property HANDLEKIT_FC_RUNS times, each time with a seed of its own.
import original from "../../node_modules/fast-check/lib/fast-check.js";

const { HANDLEKIT_FC_RUNS: times = 1 } = process.env;

/**
 * @param {any} property
 * @param {any} [parameters]
 */
function assert(property, parameters) {
  if (property.isAsync()) {
    return (async () => {
      for (let run = 0; run < Number(times); run += 1) await original.assert(property, parameters);
    })();
  }
  for (let run = 0; run < Number(times); run += 1) original.assert(property, parameters);
}

const repeated = { ...original, assert };

// biome-ignore lint/style/noDefaultExport: it replaces the default export of fast-check.
export { repeated as default };
