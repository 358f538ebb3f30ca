import { describe, expect, it } from "vitest";
import { createProgram } from "../src/program.ts";

/** Runs a command line and gives what was called. */
async function run(...args: readonly string[]): Promise<unknown[]> {
  const called: unknown[] = [];
  const note =
    (name: string) =>
    async (...given: readonly unknown[]) => {
      // The last thing that commander gives is the command itself.
      called.push(name, ...given);
    };
  const program = createProgram(
    {
      init: note("init"),
      serve: note("serve"),
      transfer: {
        export: note("export"),
        async import(...given) {
          called.push("import", ...given);
          return true;
        },
      },
      clients: {
        add: note("add"),
        list: note("list"),
        rotate: note("rotate"),
        revoke: note("revoke"),
        grant: note("grant"),
      },
    },
    "0.0.0",
  ).configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const command of program.commands) {
    for (const each of [command, ...command.commands]) each.configureOutput({ writeErr: () => {} });
  }
  await program.parseAsync(["node", "hdl-server", ...args]);
  return called;
}

describe("hdl-server export and import", () => {
  it.each<[string, unknown[]]>([
    ["export d", ["export", "d", { output: "-", format: "handlekit" }]],
    [
      "export d --output f --prefix a b --format batch --force",
      ["export", "d", { output: "f", prefix: ["a", "b"], format: "batch", force: true }],
    ],
    ["import d f", ["import", "d", "f", { format: "handlekit", onExisting: "refuse" }]],
    [
      "import d - --format batch --on-existing skip --resume",
      ["import", "d", "-", { format: "batch", onExisting: "skip", resume: true }],
    ],
    [
      "import d f --dry-run --verify-only",
      ["import", "d", "f", { format: "handlekit", onExisting: "refuse", dryRun: true, verifyOnly: true }],
    ],
  ])("%s", async (line, expected) => {
    expect(await run(...line.split(" "))).toEqual(expected);
  });

  it.each(["export", "export d --format csv", "import d", "import d f --on-existing merge"])(
    "refuses: %s",
    async (line) => {
      await expect(run(...line.split(" "))).rejects.toMatchObject({ name: "CommanderError" });
    },
  );
});

describe("hdl-server clients", () => {
  it.each<[string, unknown[]]>([
    ["add d --description x", ["add", "d", { description: "x", secret: true }]],
    [
      "add d --description x --app-id a --address 1.2.3.4 ::1 --no-secret",
      ["add", "d", { description: "x", appId: "a", address: ["1.2.3.4", "::1"], secret: false }],
    ],
    [
      "add d --description x --app-id a --secret-file -",
      ["add", "d", { description: "x", appId: "a", secret: true, secretFile: "-" }],
    ],
    ["list d", ["list", "d"]],
    ["rotate d a", ["rotate", "d", "a", {}]],
    ["rotate d a --number 2 --finish", ["rotate", "d", "a", { number: 2, finish: true }]],
    ["revoke d a --number 2", ["revoke", "d", "a", { number: 2 }]],
    ["grant d a user example.org", ["grant", "d", "a", "user", "example.org", {}]],
    [
      "grant d a user example.org --app-id b c --app-id e",
      ["grant", "d", "a", "user", "example.org", { appId: ["b", "c", "e"] }],
    ],
  ])("%s", async (line, expected) => {
    expect(await run("clients", ...line.split(" "))).toEqual(expected);
  });

  it.each([
    "add d",
    "add d --description x --no-secret --secret-file f",
    "rotate d",
    "rotate d a --number x",
    "revoke d a --number 0",
    "grant d a user",
    "remove d",
  ])("refuses: %s", async (line) => {
    await expect(run("clients", ...line.split(" "))).rejects.toMatchObject({ name: "CommanderError" });
  });
});
