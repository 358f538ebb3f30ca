// hdl-server backup while many clients write: what is restored passes hdl-server check, and has every write that was
// answered before the backup began.
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { handleKey } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { openSqlite } from "@handlekit/store-sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hdlServer } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const LANES = 8;
const BEFORE = 200;

let site: Site;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
});
afterAll(() => site?.remove());

it("restores what was answered before a backup under load, in a store that passes the check", async () => {
  const client = createClient(await loadCredentials(site.credentials.password));
  const answered: string[] = [];
  let isRunning = true;
  let reached = () => {};
  const enough = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const write = async (lane: number) => {
    for (let i = 0; isRunning; i++) {
      const handle = `${PREFIX}/${lane}-${i}`;
      await client.create(handle, { URL: `https://example.org/${i}` });
      if (i % 5 === 0) await client.modify(handle, { URL: `https://example.org/changed/${i}` });
      if (answered.push(handle) === BEFORE) reached();
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, (_, lane) => write(lane)));
  await Promise.race([enough, lanes]);
  const before = [...answered];

  const backup = join(site.folder, "backup");
  const made = await hdlServer("backup", site.directory, backup);
  isRunning = false;
  await lanes;
  await client.close();
  expect(made.code, made.stderr).toBe(0);
  expect(answered.length).toBeGreaterThan(before.length);

  const directory = join(site.folder, "restored");
  expect(await hdlServer("restore", backup, directory)).toMatchObject({ code: 0, stderr: "" });
  const { head } = JSON.parse(made.stdout).backup;
  const checked = await hdlServer("check", directory, "--head", head);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toMatch(/no problems\n$/);
  const { store, close } = await openSqlite({ file: join(directory, "store.sqlite") });
  const read = await Promise.all(before.map((handle) => store.read(handleKey(handle))));
  await close();
  expect(before.filter((_, i) => read[i] === undefined)).toEqual([]);

  // The server goes on, and its audit begins with that of the backup.
  expect(await hdlServer("audit", "verify", site.directory, "--head", head)).toMatchObject({ code: 0 });
  expect(await hdlServer("check", site.directory)).toMatchObject({ code: 0, stderr: "" });
  const stopped = await site.server.stop();
  const heads = stopped.stderr.match(/"head":"\d+:[0-9a-f]*"/g) ?? [];
  expect(heads).toHaveLength(2);
  const [, last = ""] = /"head":"([^"]+)"/.exec(heads[1] ?? "") ?? [];
  expect(await hdlServer("audit", "verify", site.directory, "--head", last)).toMatchObject({ code: 0 });
});
