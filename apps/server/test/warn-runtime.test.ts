import { expect, it } from "vitest";
import { settingsSchema } from "../src/settings.ts";
import { warnOfRuntime } from "../src/warn-runtime.ts";

function warnings(versions: Readonly<Record<string, string>>, given: object = {}): unknown[] {
  const seen: unknown[] = [];
  const ignore = () => {};
  const log = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_: string, fields?: object) => void seen.push(fields),
  };
  warnOfRuntime(settingsSchema.parse(given), log, versions);
  return seen;
}

it("names the settings that have no effect on a runtime", () => {
  const tlsCiphers = "ECDHE-RSA-AES256-GCM-SHA384";
  expect(warnings({ node: "20.20.2" }, { tlsCiphers })).toEqual([]);
  expect(warnings({ node: "24.3.0", bun: "1.4.5" })).toEqual([
    { settings: ["requestTimeout", "idleTimeout"] },
  ]);
  expect(warnings({ node: "24.3.0", deno: "2.9.6" })).toEqual([]);
  expect(warnings({ node: "24.3.0", deno: "2.9.6" }, { tlsCiphers })).toEqual([{ settings: ["tlsCiphers"] }]);
});
