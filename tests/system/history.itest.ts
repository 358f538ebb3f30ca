// The history of a handle, and earlier states of it, from a server over TLS with its store in SQLite.
import { join } from "node:path";
import { createClient, digestOf, type HandleClient } from "@handlekit/client";
import { type HandleValue, isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hdl } from "../support/hdl.ts";
import { ADMIN, createSearchSite, OTHER, openSqliteFile, type SearchSite } from "../support/search-site.ts";
import { PASSWORD, PREFIX } from "../support/site.ts";

let site: SearchSite;
let client: HandleClient;
let file: string;
const clients: HandleClient[] = [];

async function clientOf(name: string, login: object, options = {}): Promise<HandleClient> {
  const made = createClient(await loadCredentials(await site.credentials(name, login)), options);
  clients.push(made);
  return made;
}

beforeAll(async () => {
  site = await createSearchSite(openSqliteFile);
  client = await clientOf("admin.json", { username: ADMIN, password: PASSWORD });
  file = join(site.folder, "admin.json");
});
afterAll(async () => {
  await Promise.all(clients.map((each) => each.close()));
  await site?.remove();
});

async function historyOf(handle: string, options = {}) {
  const found = [];
  for await (const entry of client.history(handle, options)) found.push(entry);
  return found;
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => (isHandleError(error) ? error.code : error),
  );
const texts = (values: readonly HandleValue[] = []) =>
  values.filter(({ type }) => type !== "HS_ADMIN").map(({ index, data }) => [index, data.value]);
const stored = async (handle: string) => (await client.read(handle, { authenticated: true })).values;

describe("client.history", () => {
  it("has every change, the newest first, over several pages", async () => {
    const handle = `${PREFIX}/pages`;
    await client.create(handle, { URL: "0" });
    for (const url of ["1", "2", "3", "4"]) await client.modify(handle, { URL: url });
    await client.delete(handle);
    const whole = await historyOf(handle);
    expect(whole.map(({ operation }) => operation)).toEqual([
      "delete",
      "change",
      "change",
      "change",
      "change",
      "create",
    ]);
    expect(await historyOf(handle, { pageSize: 2 })).toEqual(whole);
    expect(await historyOf(handle, { before: whole[3]?.number })).toEqual(whole.slice(4));
    const [deleted, changed] = whole;
    expect(deleted).toMatchObject({ identity: ADMIN, scheme: "basic", address: undefined, after: undefined });
    expect(texts(deleted?.before)).toEqual([[1, "4"]]);
    expect(String(changed).split("\n")).toEqual([
      expect.stringMatching(`^${changed?.number}  20.*Z  change by ${ADMIN} \\(basic\\)$`),
      "  - 1 URL  3",
      "  + 1 URL  4",
    ]);
  });

  it("is refused to who may not read, and without a login", async () => {
    const handle = `${PREFIX}/refused`;
    await client.create(handle, { URL: "0" });
    const other = await clientOf("other.json", OTHER);
    const anonymous = await clientOf("nobody.json", {});
    const first = async (from: HandleClient) => {
      for await (const entry of from.history(handle)) return entry;
      return undefined;
    };
    expect(await codeOf(first(other))).toBe("permission_denied");
    expect(await codeOf(first(anonymous))).toBe("authentication_failed");
    expect(await codeOf(client.restore(`${PREFIX}/never`, 1))).toBe("handle_not_found");
  });
});

describe("client.restore", () => {
  it("brings a state back: values added, changed and removed since", async () => {
    const handle = `${PREFIX}/restore`;
    await client.create(handle, [
      { index: 1, type: "URL", data: "old", ttl: 60 },
      { index: 2, type: "NOTE", data: "hidden", permissions: "1100" },
      { index: 3, type: "EMAIL", data: "gone later" },
    ]);
    const before = await stored(handle);
    await client.modify(handle, { URL: "new", TITLE: "added" }, { ttl: 5 });
    await client.deleteValues(handle, ["EMAIL"]);
    const number = (await historyOf(handle)).at(-1)?.number ?? 0;
    const planned = await client.restore(handle, number, { dryRun: true });
    expect(planned.written).toBe(false);
    expect(planned.difference.map(({ kind, index }) => `${kind} ${index}`)).toEqual([
      "changed 1",
      "added 3",
      "removed 4",
    ]);
    expect(texts(await stored(handle))[0]).toEqual([1, "new"]);
    const change = await client.restore(handle, number);
    expect([change.written, change.created, change.warnings]).toEqual([true, false, []]);
    expect(await digestOf(await stored(handle))).toBe(await digestOf(before));
    expect((await client.restore(handle, number)).written).toBe(false);
  });

  it("brings a deleted handle back as it was, and never over a new one", async () => {
    const handle = `${PREFIX}/deleted`;
    await client.create(handle, { URL: "u", NOTE: "n" });
    const before = await stored(handle);
    await client.delete(handle);
    const [deleted] = await historyOf(handle);
    const number = deleted?.number ?? 0;
    expect(await codeOf(client.restore(handle, number))).toBe("invalid_options");
    expect(await codeOf(client.restore(handle, number, { state: "before", ifUnchanged: "x" }))).toBe(
      "record_changed",
    );
    const planned = await client.restore(handle, number, { state: "before", dryRun: true });
    expect([planned.created, planned.written]).toEqual([true, false]);
    const change = await client.restore(handle, number, { state: "before" });
    expect([change.created, change.written]).toEqual([true, true]);
    expect(await digestOf(await stored(handle))).toBe(await digestOf(before));
    const [, , created] = await historyOf(handle);
    expect(await codeOf(client.restore(handle, created?.number ?? 0, { state: "before" }))).toBe(
      "invalid_options",
    );
  });

  it("neither writes nor deletes secret keys, and names their indexes", async () => {
    const handle = `${PREFIX}/keys`;
    const keyOf = async () => (await stored(handle)).find(({ type }) => type === "HS_SECKEY")?.data.value;
    await client.create(handle, [
      { index: 1, type: "URL", data: "old" },
      { index: 300, type: "HS_SECKEY", data: "S3CR3T-1" },
    ]);
    const [{ number } = { number: 0 }] = await historyOf(handle);
    await client.modify(handle, [{ index: 300, type: "HS_SECKEY", data: "S3CR3T-2" }]);
    await client.modify(handle, { URL: "new" });
    const change = await client.restore(handle, number);
    expect(change.difference.map(({ index }) => index)).toEqual([1]);
    expect(change.warnings).toEqual([expect.stringContaining("index 300 is kept")]);
    expect(await keyOf()).toBe("S3CR3T-2");
    await client.delete(handle);
    const again = await client.restore(handle, number);
    expect(again.warnings).toEqual([expect.stringMatching("index 300 is not restored.*set it anew")]);
    expect(await keyOf()).toBe(undefined);
  });

  it("changes HS_ADMIN only if that is allowed, and obeys ifUnchanged", async () => {
    const handle = `${PREFIX}/rights`;
    await client.create(handle, { URL: "u" });
    const free = await clientOf("free.json", { username: ADMIN, password: PASSWORD }, { modifyAdmin: true });
    const admin = (await stored(handle)).find(({ type }) => type === "HS_ADMIN");
    const ifUnchanged = await digestOf(await stored(handle));
    await free.modify(handle, [{ ...admin, ttl: 5 } as never]);
    const [, created] = await historyOf(handle);
    const number = created?.number ?? 0;
    expect(await codeOf(client.restore(handle, number))).toBe("invalid_options");
    expect(await codeOf(free.restore(handle, number, { ifUnchanged }))).toBe("record_changed");
    await free.restore(handle, number, { ifUnchanged: await digestOf(await stored(handle)) });
    expect(await digestOf(await stored(handle))).toBe(ifUnchanged);
  });
});

describe("hdl history", () => {
  const run = (...args: readonly string[]) => hdl("history", ...args, "--credentials", file);

  it("needs --yes without a terminal, and refuses options that do not go together", async () => {
    const handle = `${PREFIX}/asked`;
    await client.create(handle, { URL: "u", NOTE: "m" });
    await client.modify(handle, { NOTE: "x" });
    const [{ number } = { number: 0 }] = await historyOf(handle);
    const restore = [handle, "--restore", String(number)];
    const refused = await Promise.all([
      run(...restore, "--before"),
      run(handle, "--before"),
      run(...restore, "--limit", "1"),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(refused.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(
        / {2}- 2 NOTE {2}x\n {2}\+ 2 NOTE {2}m\n[\s\S]*There is no terminal to ask: Restore .*state before entry/,
      ),
      expect.stringContaining("--before is for --restore"),
      expect.stringContaining("exclude each other"),
    ]);
    expect(texts(await stored(handle))).toEqual([
      [1, "u"],
      [2, "x"],
    ]);
  });
});
