import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addAudit } from "../src/audit/add-audit.ts";
import { addCare } from "../src/care/add-care.ts";

/** Runs a command line and gives what was called. */
async function run(...args: readonly string[]): Promise<unknown[]> {
  const called: unknown[] = [];
  const note =
    (name: string) =>
    async (...given: readonly unknown[]): Promise<void> =>
      void called.push(name, ...given);
  const good =
    (name: string) =>
    async (...given: readonly unknown[]): Promise<boolean> => {
      called.push(name, ...given);
      return true;
    };
  const program = new Command("hdl-server");
  addAudit(program, { verify: good("verify"), show: note("show"), export: note("export") });
  addCare(program, { check: good("check"), backup: note("backup"), restore: note("restore") });
  for (const command of program.commands) {
    for (const each of [command, ...command.commands]) {
      each.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    }
  }
  await program.exitOverride().parseAsync(["node", "hdl-server", ...args]);
  return called;
}

const DIGEST = "0123456789abcdef".repeat(4);

describe("hdl-server audit, check, backup and restore", () => {
  it.each<[string, unknown[]]>([
    ["audit verify d", ["verify", "d", {}]],
    [`audit verify d --head 7:${DIGEST}`, ["verify", "d", { head: { count: 7, digest: DIGEST } }]],
    ["audit verify --file - --head 0:", ["verify", undefined, { file: "-", head: { count: 0, digest: "" } }]],
    ["audit show d", ["show", "d", { limit: 50 }]],
    [
      "audit show d --handle h --identity i --operation o --limit 3 --json",
      ["show", "d", { handle: "h", identity: "i", operation: "o", limit: 3, json: true }],
    ],
    [
      "audit show d --since 2026-01-31 --until 2026-02-01T12:30",
      [
        "show",
        "d",
        { limit: 50, since: new Date("2026-01-31T00:00:00Z"), until: new Date("2026-02-01T12:30:00Z") },
      ],
    ],
    [
      "audit show d --since 2026-01-31T01:00+01:00",
      ["show", "d", { limit: 50, since: new Date("2026-01-31") }],
    ],
    ["audit export d", ["export", "d", { output: "-" }]],
    ["audit export d --output f --force", ["export", "d", { output: "f", force: true }]],
    ["check d", ["check", "d", {}]],
    [`check d --head 7:${DIGEST}`, ["check", "d", { head: { count: 7, digest: DIGEST } }]],
    ["backup d t", ["backup", "d", "t"]],
    ["restore b d", ["restore", "b", "d"]],
  ])("%s", async (line, expected) => {
    const called = await run(...line.split(" "));
    // The last thing that commander gives is the command itself.
    expect(called.filter((each) => !(each instanceof Command))).toEqual(expected);
  });

  it.each([
    "audit",
    "audit verify d --head 7",
    `audit verify d --head x:${DIGEST}`,
    "audit show",
    "audit show d --limit 0",
    "audit show d --limit x",
    "audit show d --since yesterday",
    "audit show d --since 2026-13-01",
    "audit show d --until 2026",
    "check",
    "backup d",
    "restore b",
  ])("refuses: %s", async (line) => {
    await expect(run(...line.split(" "))).rejects.toMatchObject({ name: "CommanderError" });
  });
});
