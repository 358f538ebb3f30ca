import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { planReload, RELOADABLE } from "../src/plan-reload.ts";
import { settingsSchema } from "../src/settings.ts";

const settings = settingsSchema.parse({});

describe("planReload", () => {
  it("takes on what can change, and keeps what needs a restart", () => {
    const wanted = { ...settings, httpsPort: 1, httpPort: 2, maxConnections: 3, serverAdmins: ["300:a/b"] };
    const plan = planReload(settings, wanted);
    expect(plan.settings).toEqual({ ...settings, maxConnections: 3, serverAdmins: ["300:a/b"] });
    expect(plan.changed.toSorted()).toEqual(["maxConnections", "serverAdmins"]);
    expect(plan.needRestart.toSorted()).toEqual(["httpPort", "httpsPort"]);
  });

  it("creates no other service when only listeners change, so that failed logins stay counted", () => {
    expect(planReload(settings, { ...settings, maxConnections: 3, tlsKey: "x" }).changesService).toBe(false);
    expect(planReload(settings, { ...settings, failedLoginsPerAddress: 3 }).changesService).toBe(true);
  });

  it("sees a setting that is no longer set, and no difference in equal lists", () => {
    const before = { ...settings, publicUrl: "https://hdl.example", serverAdmins: ["300:a/b"] };
    const plan = planReload(before, { ...settings, serverAdmins: ["300:a/b"] });
    expect([plan.changed, plan.settings.publicUrl]).toEqual([["publicUrl"], undefined]);
  });
});

it("takes on the settings that the README lists", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, table = ""] = /## Reload\n([\s\S]*?)\| all others /.exec(readme) ?? [];
  const listed = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(listed.toSorted()).toEqual([...RELOADABLE].toSorted());
});
