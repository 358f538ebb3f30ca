import { expect, it } from "vitest";
import { checkRuntime } from "../src/check-runtime.ts";
import { settingsSchema } from "../src/settings.ts";

function warnings(versions: Readonly<Record<string, string>>, given: object = {}): unknown[] {
  const seen: unknown[] = [];
  const ignore = () => {};
  const log = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_: string, fields?: object) => void seen.push(fields),
  };
  checkRuntime(settingsSchema.parse(given), log, versions);
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

it.each(["1.3.14", "1.0.0", "0.8.1"])("refuses Bun %s, on which nobody could connect over TLS", (bun) => {
  expect(() => warnings({ node: "24.3.0", bun })).toThrow(
    `hdl-server needs Bun 1.4 or later; this is ${bun}.`,
  );
});

it.each(["1.4.0", "1.10.2", "2.0.0"])("takes Bun %s", (bun) => {
  expect(warnings({ node: "24.3.0", bun })).toHaveLength(1);
});
