// The unit of systemd and the Containerfile: no container runtime is needed to read them.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settingNames, settingsSchema } from "../src/settings.ts";

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
const settings = settingsSchema.parse({});
const DATA = "/var/lib/hdl-server/data";
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe("packaging/hdl-server.service", () => {
  let text: string;
  /** The values of each key of the unit, in order. */
  const unit = new Map<string, string[]>();
  const only = (key: string) => {
    expect([key, unit.get(key)]).toEqual([key, [expect.anything()]]);
    return unit.get(key)?.[0] ?? "";
  };
  let folder: string;

  beforeAll(async () => {
    text = await read("packaging/hdl-server.service");
    for (const [, key = "", value = ""] of text.matchAll(/^(\w+)=(.*)$/gm)) {
      unit.set(key, [...(unit.get(key) ?? []), value]);
    }
    folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("runs as a user of its own, who can only write to its state", () => {
    expect([only("User"), only("Group"), only("StateDirectory"), only("StateDirectoryMode")]).toEqual([
      "hdl-server",
      "hdl-server",
      "hdl-server",
      "0700",
    ]);
    expect(only("ExecStart")).toMatch(new RegExp(` serve ${DATA}$`));
    for (const [key, value] of [
      ["ProtectSystem", "strict"],
      ["NoNewPrivileges", "yes"],
      ["UMask", "0077"],
      ["Restart", "on-failure"],
      ["ExecReload", "/bin/kill -HUP $MAINPID"],
    ] as const) {
      expect([key, only(key)]).toEqual([key, value]);
    }
    expect(text).not.toMatch(/^ReadWritePaths=/m);
  });

  it("has limits that fit those of the server", () => {
    expect(Number(only("TimeoutStopSec")) * 1000).toBeGreaterThan(settings.stopTimeout);
    expect(Number(only("LimitNOFILE"))).toBeGreaterThan(2 * settings.maxConnections);
    expect(only("MemoryMax")).toMatch(/^\d+[MG]$/);
  });

  it.skipIf(!hasSystemd)("is accepted by systemd, and exposes little", async () => {
    const file = join(folder, "hdl-server.service");
    // The program is not installed here.
    await writeFile(file, text.replace("/usr/local/bin/hdl-server", process.execPath));
    const verified = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
    expect(verified.stderr.split("\n").filter((line) => line.includes(file))).toEqual([]);
    const rated = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", file], {
      encoding: "utf8",
    });
    expect([rated.status, rated.stdout.trim().split("\n").at(-1)]).toEqual([0, expect.anything()]);
  });
});

describe("packaging/Containerfile", () => {
  /** The instructions, with their continuation lines. */
  let lines: readonly (readonly [instruction: string, rest: string])[];
  let last: typeof lines;
  const of = (instruction: string, from = last) =>
    from.flatMap(([name, rest]) => (name === instruction ? [rest] : []));

  beforeAll(async () => {
    const text = (await read("packaging/Containerfile")).replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "");
    lines = text
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [, name = "", rest = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
        expect([line, name]).toEqual([line, expect.stringMatching(/^[A-Z]+$/)]);
        return [name, rest] as const;
      });
    last = lines.slice(lines.findLastIndex(([name]) => name === "FROM"));
  });

  it("has two stages on the same image, and what runs is not root", () => {
    const images = of("FROM", lines).map((rest) => rest.split(" ")[0]);
    expect([images.length, new Set(images).size]).toEqual([2, 1]);
    expect(images[0]).toMatch(/^node:\d+-.*slim$/);
    expect(of("USER")).toEqual(["10001:10001"]);
    const after = last.slice(last.findIndex(([name]) => name === "USER") + 1).map(([name]) => name);
    expect(after).not.toContain("RUN");
    expect(after).not.toContain("COPY");
  });

  it("has one volume, in which the data directory is, and the server's port", () => {
    expect(of("VOLUME")).toEqual(["/var/lib/hdl-server"]);
    expect(of("WORKDIR")).toEqual(["/var/lib/hdl-server"]);
    expect(JSON.parse(of("CMD")[0] ?? "")).toEqual(["serve", DATA]);
    expect(of("EXPOSE")).toEqual([String(settings.httpsPort)]);
    expect(of("STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  it("takes nothing from the folder of the build into a layer but what npm installs, and no secret", () => {
    expect(of("COPY", lines)).toEqual(["--from=install /opt/hdl-server /opt/hdl-server"]);
    expect(of("ADD", lines)).toEqual([]);
    const variables = [...of("ENV", lines), ...of("ARG", lines)].join(" ");
    expect(variables).not.toMatch(/password|secret|key|token/i);
    const [install] = of("RUN", lines);
    expect(install).toMatch(/npm install --omit=dev /);
    expect(install).toContain("--ignore-scripts");
  });

  it("sets settings that exist, and asks the port of health and metrics", () => {
    const known = new Set(settingNames().map(({ variable }) => variable));
    const set = [...(of("ENV")[0] ?? "").matchAll(/\b(HDL_SERVER_\w+)=/g)].map(([, name]) => name);
    expect(set).toContain("HDL_SERVER_METRICS_PORT");
    expect(set.filter((name) => !known.has(name ?? ""))).toEqual([]);
    const [check = ""] = of("HEALTHCHECK");
    const command = JSON.parse(/CMD (\[.*\])$/.exec(check)?.[1] ?? "[]") as string[];
    expect(command.slice(0, 2)).toEqual(["node", "-e"]);
    expect(command[2]).toContain("process.env.HDL_SERVER_METRICS_PORT + '/health/live'");
    expect(() => new Function(command[2] ?? "(")).not.toThrow();
  });
});
