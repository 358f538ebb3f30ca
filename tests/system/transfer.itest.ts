// hdl-server export and import as processes: pipes, exit codes, the progress bar.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { encodeValues, handleKey } from "@handlekit/core";
import { writeExport } from "@handlekit/core/export";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hdlServer, hdlServerWith, serve } from "../support/hdl.ts";
import { openTerminal } from "../support/terminal.ts";

const SERVER = fileURLToPath(new URL("../../apps/server/dist/main.js", import.meta.url));
const PASSWORD = "S3CR3T-of-the-administrator";
const run = promisify(execFile);

let folder: string;
let from: string;

const made = async (name: string, prefix: string): Promise<string> => {
  const directory = join(folder, name);
  const password = join(folder, "password");
  await writeFile(password, PASSWORD, { mode: 0o600 });
  const { code, stderr } = await hdlServer(
    "init",
    directory,
    "--prefix",
    prefix,
    "--password-file",
    password,
  );
  if (code !== 0) throw new Error(stderr);
  return directory;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  from = await made("from", "20.500.12345");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("moves a directory through a pipe", async () => {
  const to = await made("to", "20.500.99999");
  // Only the two commands: no shell reads the path of a folder.
  const script = '"$0" "$1" export "$2" | "$0" "$1" import "$3" -';
  const { stdout, stderr } = await run("sh", ["-c", script, process.execPath, SERVER, from, to]);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    imported: { records: 2, written: 2, replaced: 0, kept: 0 },
    prefixes: ["0.NA", "20.500.12345"],
    verified: { same: 2 },
  });
});

it("works through a running server, with a burst of more records than connections", async () => {
  const to = await made("served", "20.500.99999");
  await writeFile(join(to, "config.json"), '{"httpsPort":0}', { mode: 0o600 });
  const records = Array.from({ length: 1500 }, (_, i) => ({
    handle: handleKey(`20.500.12345/${String(i).padStart(4, "0")}`),
    values: encodeValues([{ index: 1, type: "URL", data: `https://example.org/${i}` }]),
  }));
  let input = "";
  for await (const line of writeExport(records, { prefixes: ["20.500.12345"] })) input += `${line}\n`;
  const server = await serve(to);
  try {
    const imported = await hdlServerWith(input, "import", to, "-");
    expect(imported).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(imported.stdout)).toMatchObject({
      imported: { written: 1500 },
      verified: { same: 1500 },
    });
    const file = join(folder, "served.jsonl");
    expect(await hdlServer("export", to, "--output", file)).toMatchObject({ code: 0 });
    expect(await hdlServer("import", to, file, "--verify-only")).toMatchObject({ code: 0 });
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(1500 + 2 + 2 + 1);
  } finally {
    await server.stop();
  }
});

it("ends with 0, with 1 where a verification finds differences, and with 2 for everything else", async () => {
  const file = join(folder, "from.jsonl");
  const exported = await hdlServer("export", from, "--output", file);
  expect(exported).toMatchObject({ code: 0 });
  expect(exported.stderr).toMatch(/contains secret keys as plain text/);
  expect(await readFile(file, "utf8")).toContain(PASSWORD);
  expect(await hdlServer("import", from, file, "--verify-only")).toMatchObject({ code: 0, stderr: "" });
  const other = await made("other", "20.500.1");
  expect(await hdlServer("import", other, file, "--verify-only")).toMatchObject({ code: 1, stderr: "" });
  const failures = [
    await hdlServer("export", from, "--output", file),
    await hdlServer("import", from, file),
    await hdlServer("import", from, `${file}x`),
    await hdlServer("import", from),
    await hdlServer("export", from, "--format", "csv"),
    await hdlServerWith("", "import", other, "-"),
    await hdlServerWith("CREATE x\n", "import", other, "-", "--format", "batch"),
  ];
  for (const { code, stdout, stderr } of failures) {
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toMatch(/\n {4}at |S3CR3T/);
    expect(stderr).toMatch(/^(hdl-server|error): /);
  }
});

it("warns of the secrets in its help", async () => {
  const { stdout } = await hdlServer("export", "--help");
  expect(stdout).toMatch(/contains secret keys \(HS_SECKEY\) as plain text/);
});

it("shows a bar on a terminal, and takes it away; it does not show secrets there", async () => {
  const file = join(folder, "terminal.jsonl");
  const terminal = openTerminal([process.execPath, SERVER, "export", from, "--output", file], {
    cwd: folder,
  });
  await terminal.until(/Exporting .*% .*left/);
  expect(await terminal.ended).toBe(0);
  expect(terminal.shown.trimEnd()).toMatch(
    /"exported".*\r?\n.*plain text: keep it as safe as the data directory\.$/s,
  );
  const shown = openTerminal([process.execPath, SERVER, "export", from], { cwd: folder });
  await shown.until("would be shown on the terminal");
  expect(await shown.ended).toBe(2);
  expect(shown.shown).not.toContain("S3CR3T");
});
