import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@handlekit/core";
import { openSqlite } from "@handlekit/store-sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startControl } from "../src/control/control-server.ts";
import { auditOf, createCareAndAudit, makeHistory } from "./audit-support.ts";
import { makeDirectory, refusal, withStore } from "./transfer-support.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const HANDLES = Array.from({ length: 40 }, (_, i) => `20.500.12345/h${i}`);
const COUNT = 3 * HANDLES.length;
const SHOW = { limit: 50 };

let folder: string;
let directory: string;
const { audit, printed, notes } = createCareAndAudit();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = await makeDirectory(join(folder, "data"));
  const { store, close } = await openSqlite({ file: join(directory, "store.sqlite") });
  for (const handle of HANDLES) await makeHistory(store, handle);
  await close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The head that audit verify prints. */
async function head(): Promise<{ count: number; digest: string }> {
  await audit.verify(directory, {});
  const [, count, digest = ""] = /^head (\d+):(.*)$/.exec(printed()[1] ?? "") ?? [];
  return { count: Number(count), digest };
}

function describeAudit(): void {
  it("verify reads the whole chain in pages, and compares an earlier head", async () => {
    expect(await audit.verify(directory, {})).toBe(true);
    const [entries, line, end] = printed();
    expect([entries, end]).toEqual([`${COUNT} entries, from 1 to ${COUNT}`, "no problems"]);
    expect(line).toMatch(new RegExp(`^head ${COUNT}:[0-9a-f]{64}$`));
    expect(await audit.verify(directory, { head: await head() })).toBe(true);
    printed();
    expect(await audit.verify(directory, { head: { count: COUNT + 1, digest: "0".repeat(64) } })).toBe(false);
    expect(printed().at(-1)).toBe(
      `problem: entry ${COUNT + 1}: the entries from ${COUNT + 1} to at least this one were cut off`,
    );
  });

  it("show prints the last entries, and what has changed", async () => {
    await audit.show(directory, SHOW);
    const lines = printed();
    expect(lines).toHaveLength(50);
    expect(lines.slice(-3)).toEqual([
      `${COUNT - 2}  2026-01-01T00:00:00.000Z  create  20.500.12345/h39  by 300:20.500.12345/ADMIN (basic) from 192.0.2.7  added 1 URL, 300 HS_SECKEY`,
      `${COUNT - 1}  2026-01-02T00:00:00.000Z  change  20.500.12345/h39  by 300:20.500.12345/ADMIN (basic) from 192.0.2.7  changed 1 URL, 300 HS_SECKEY`,
      `${COUNT}  2026-01-03T00:00:00.000Z  delete  20.500.12345/h39  by 300:20.500.12345/ADMIN (basic) from 192.0.2.7  removed 1 URL, 300 HS_SECKEY`,
    ]);
  });

  it("show selects by handle, user, operation and time", async () => {
    const numbers = async (options: object) => {
      await audit.show(directory, { ...SHOW, ...options });
      return printed().map((line) => Number(line.split(" ")[0]));
    };
    expect(await numbers({ handle: "hdl:20.500.12345/H1" })).toEqual([4, 5, 6]);
    expect(await numbers({ handle: "20.500.12345/h1", operation: "change" })).toEqual([5]);
    expect(await numbers({ operation: "delete", limit: 2 })).toEqual([COUNT - 3, COUNT]);
    expect(await numbers({ identity: "300:20.500.12345/ADMIN", limit: 1 })).toEqual([COUNT]);
    expect(await numbers({ identity: "20.500.12345/ADMIN", limit: 1 })).toEqual([COUNT]);
    expect(await numbers({ identity: "301:20.500.12345/ADMIN" })).toEqual([]);
    const day = (number: number) => new Date(Date.UTC(2026, 0, number));
    const between = { since: day(2), until: day(3), limit: 1000 };
    expect(await numbers(between)).toHaveLength(HANDLES.length);
    expect(await numbers({ since: day(4) })).toEqual([]);
    expect(notes()).toContain("There is no such entry.");
  });

  it("show --json prints whole entries, as export does", async () => {
    await audit.show(directory, { limit: COUNT, json: true });
    const shown = printed();
    const output = join(folder, "audit.jsonl");
    await audit.export(directory, { output, force: true });
    expect(`${shown.join("\n")}\n`).toBe(await readFile(output, "utf8"));
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    const { count, digest } = await head();
    expect(notes().at(-1)).toMatch(/values that are not public/);
    expect(await audit.verify(undefined, { file: output, head: { count, digest } })).toBe(true);
    expect(printed()[0]).toBe(`${COUNT} entries, from 1 to ${COUNT}`);
  });
}

describe("hdl-server audit", describeAudit);

describe("hdl-server audit, while the server runs", () => {
  const endings: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const opened = await openSqlite({ file: join(directory, "store.sqlite") });
    endings.push(await startControl(directory, opened, silent), opened.close);
  });
  afterAll(async () => {
    for (const end of endings) await end();
  });
  describeAudit();
});

describe("hdl-server audit finds", () => {
  let template: string;
  beforeAll(async () => {
    template = await makeDirectory(join(folder, "template"));
    await withStore(template, async (store) => {
      for (const handle of HANDLES.slice(0, 3)) await makeHistory(store, handle);
      await auditOf(store).removeBefore(new Date("2026-01-02"));
    });
  });

  /** The entry 5 as it is in the file. */
  const ENTRY = '"operation":"change","handle":"20.500.12345/h1"';

  /** Makes a directory whose file has other text of the same length in place of {@link ENTRY}. */
  async function changed(text: string): Promise<string> {
    const made = join(await mkdtemp(join(folder, "changed-")), "data");
    await cp(template, made, { recursive: true });
    const bytes = await readFile(join(made, "store.sqlite"));
    // Pages that are free now have older copies of it.
    for (let at = bytes.indexOf(ENTRY); at >= 0; at = bytes.indexOf(ENTRY, at + 1)) bytes.write(text, at);
    await writeFile(join(made, "store.sqlite"), bytes);
    return made;
  }

  it.each<[string, string, RegExp]>([
    ["an entry that was changed", ENTRY.replace("h1", "h2"), /^problem: entry 5: it was changed/],
    ["one that cannot be read", ENTRY.replace("handle", "handel"), /^problem: entry 5: it cannot be read/],
  ])("%s", async (_, text, problem) => {
    const made = await changed(text);
    expect(await audit.verify(made, {})).toBe(false);
    expect(printed()).toContainEqual(expect.stringMatching(problem));
  });

  it("no problem in entries that were removed because they were old, and says what it does not compare", async () => {
    const made = await changed(ENTRY);
    expect(await audit.verify(made, { head: { count: 1, digest: "0".repeat(64) } })).toBe(true);
    expect(printed()[0]).toBe("9 entries, from 2 to 10");
    expect(notes().at(-1)).toMatch(/older than those that are kept/);
  });

  it("no export of an audit that cannot be read", async () => {
    const made = await changed(ENTRY.replace("handle", "handel"));
    const output = join(folder, "none.jsonl");
    expect(await refusal(audit.export(made, { output }))).toMatch(/Entry 5 of the audit cannot be read/);
    await expect(stat(output)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("hdl-server audit refuses", () => {
  it("a directory without a store, a file that exists, and both or neither of directory and file", async () => {
    expect(await refusal(audit.verify(folder, {}))).toMatch(/is not a data directory/);
    const output = join(folder, "there.jsonl");
    await audit.export(directory, { output });
    expect(await refusal(audit.export(directory, { output }))).toMatch(/exists; nothing was written/);
    expect(await refusal(audit.verify(undefined, {}))).toMatch(/either a data directory or an exported file/);
    expect(await refusal(audit.verify(directory, { file: output }))).toMatch(/either a data directory/);
    expect(await refusal(audit.verify(undefined, { file: `${output}x` }))).toMatch(/cannot be read/);
    expect(await refusal(audit.show(directory, { limit: 1, handle: "x" }))).toMatch(/is not a handle/);
  });
});
