import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { type Commands, createProgram } from "../src/program.ts";

/** A command with all those below it. */
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

/** Runs a command line and gives what was called. */
async function run(...args: readonly string[]): Promise<unknown[]> {
  const called: unknown[] = [];
  const note =
    (name: string) =>
    async (...given: readonly unknown[]) => {
      // The last thing that commander gives is the command itself.
      called.push(name, ...given);
    };
  const good =
    (name: string) =>
    async (...given: readonly unknown[]) => {
      called.push(name, ...given);
      return true;
    };
  const program = createProgram(
    {
      init: note("init"),
      serve: note("serve"),
      config: good("config"),
      siteinfo: note("siteinfo"),
      users: {
        add: note("user add"),
        password: note("password"),
        key: note("key"),
        revoke: note("user revoke"),
        list: note("user list"),
      },
      prefixes: { list: note("prefix list"), home: note("home"), unhome: note("unhome") },
      sessions: { list: note("sessions list"), revoke: note("sessions revoke") },
      transfer: { export: note("export"), import: good("import") },
      audit: { verify: good("verify"), show: note("show"), export: note("export") },
      care: { check: good("check"), backup: note("backup"), restore: note("restore") },
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
  for (const each of all(program)) each.configureOutput({ writeErr: () => {}, writeOut: () => {} });
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

describe("hdl-server user", () => {
  it.each<[string, unknown[]]>([
    ["add d u", ["user add", "d", "u", {}]],
    ["add d u --password-file - --admin", ["user add", "d", "u", { passwordFile: "-", admin: true }]],
    ["add d u --public-key f", ["user add", "d", "u", { publicKey: "f" }]],
    ["password d u", ["password", "d", "u", {}]],
    ["password d u --password-file f", ["password", "d", "u", { passwordFile: "f" }]],
    ["key d u --public-key f", ["key", "d", "u", { publicKey: "f" }]],
    ["revoke d u", ["user revoke", "d", "u"]],
    ["list d", ["user list", "d", {}]],
    ["list d --prefix a b", ["user list", "d", { prefix: ["a", "b"] }]],
  ])("%s", async (line, expected) => {
    expect(await run("user", ...line.split(" "))).toEqual(expected);
  });

  it.each([
    "add d",
    "add d u --password-file f --public-key g",
    "add d u --password x",
    "key d u",
    "revoke d",
    "remove d u",
  ])("refuses: %s", async (line) => {
    await expect(run("user", ...line.split(" "))).rejects.toMatchObject({ name: "CommanderError" });
  });
});

describe("hdl-server prefix, sessions, config and siteinfo", () => {
  it.each<[string, unknown[]]>([
    ["prefix list d", ["prefix list", "d"]],
    ["prefix home d p", ["home", "d", "p", {}]],
    ["prefix home d p --admin u", ["home", "d", "p", { admin: "u" }]],
    ["prefix unhome d p", ["unhome", "d", "p"]],
    ["sessions list d", ["sessions list", "d"]],
    ["sessions revoke d --all", ["sessions revoke", "d", { all: true }]],
    ["sessions revoke d --identity u", ["sessions revoke", "d", { identity: "u" }]],
    ["config d", ["config", "d", {}]],
    ["config d --json", ["config", "d", { json: true }]],
    ["siteinfo d", ["siteinfo", "d", { output: "-" }]],
    [
      "siteinfo d --output f --address 192.0.2.7 --force",
      ["siteinfo", "d", { output: "f", address: "192.0.2.7", force: true }],
    ],
  ])("%s", async (line, expected) => {
    expect(await run(...line.split(" "))).toEqual(expected);
  });

  it.each(["prefix home d", "prefix add d p", "sessions", "config", "siteinfo d f"])(
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

it("has an example in the help of each command, which it accepts", async () => {
  const helps = await Promise.all(
    all(createProgram({} as Commands, "0.0.0")).map(async (command) => {
      let text = "";
      command.configureOutput({
        writeOut(part) {
          text += part;
        },
      });
      command.outputHelp();
      return { name: command.name(), isGroup: command.commands.length > 0, text };
    }),
  );
  for (const { name, isGroup, text } of helps) {
    if (isGroup) continue;
    const [, example] = /\nExample:\n {2}hdl-server (.*)/.exec(text) ?? [];
    expect(example, name).toBeDefined();
    const words = example?.match(/"[^"]*"|\S+/g)?.map((word) => word.replace(/"/g, "")) ?? [];
    expect(await run(...words), name).not.toEqual([]);
  }
});
