import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPrefixCommands, type PrefixCommands } from "../src/prefixes/prefix-commands.ts";
import { createUserCommands } from "../src/users/user-commands.ts";
import { ADMIN, createDirectories, type DataDirectory, PREFIX } from "./command-support.ts";
import { refusal } from "./transfer-support.ts";

const SECOND = "20.500.Second";
let directories: Awaited<ReturnType<typeof createDirectories>>;

beforeAll(async () => {
  directories = await createDirectories();
});
afterAll(() => directories.remove());

describe("hdl-server prefix, through the running server", () => {
  let data: DataDirectory;
  let commands: PrefixCommands;

  beforeAll(async () => {
    data = await directories.create();
    await data.start();
    commands = createPrefixCommands(data.context);
  });
  beforeEach(() => {
    data.printed.length = 0;
    data.notes.length = 0;
  });

  const create = (suffix: string, who: { user: string; password: string } = ADMIN) =>
    data.call("PUT", `/api/handles/${SECOND}/${suffix}`, {
      ...who,
      body: [{ index: 1, type: "URL", data: "https://example.org/" }],
    });

  it("homes a prefix without an administrator, and says what is missing", async () => {
    await commands.home(data.directory, SECOND, {});
    expect(data.notes[0]).toBe(`Homed ${SECOND}.`);
    expect(data.notes.join("\n")).toContain(`Nobody can create handles of ${SECOND}`);
    expect((await create("early")).status).toBe(403);
    await commands.list(data.directory);
    expect(data.printed).toEqual(["0.NA", PREFIX, SECOND.toUpperCase()]);
    expect(data.notes.at(-1)).toContain("prefix home");
  });

  it("makes the prefix handle with its administrator, who can create handles at once", async () => {
    await commands.home(data.directory, SECOND, { admin: ADMIN.user });
    expect(data.notes).toEqual([
      `Created the prefix handle 0.NA/${SECOND}.`,
      `${ADMIN.user} is an administrator of ${SECOND}.`,
      `${SECOND} is homed already.`,
    ]);
    expect((await create("first")).status).toBe(201);
  });

  it("makes a further user an administrator, once", async () => {
    const password = "S3CR3T-of-a-user";
    const passwordFile = await data.file("password", password);
    await commands.home(data.directory, SECOND, { admin: `${SECOND}/USER` });
    expect(data.notes).toContain(
      `It has no key here yet: hdl-server user add ${data.directory} 300:${SECOND}/USER`,
    );
    await createUserCommands(data.context).add(data.directory, `${SECOND}/USER`, { passwordFile });
    await commands.home(data.directory, SECOND, { admin: `${SECOND}/USER` });
    expect(data.notes).toContain(`300:${SECOND}/USER is already an administrator of ${SECOND}.`);
    expect((await create("second", { user: `300:${SECOND}/USER`, password })).status).toBe(201);
    expect((await create("third")).status).toBe(201);
  });

  it("unhomes a prefix, and keeps its records", async () => {
    await commands.unhome(data.directory, SECOND.toLowerCase());
    const get = () => data.call("GET", `/api/handles/${SECOND}/first`);
    // A server knows the homed prefixes for a second.
    await expect.poll(async () => (await get()).json.responseCode, { timeout: 5000 }).toBe(301);
    expect(await refusal(commands.unhome(data.directory, SECOND))).toMatch(/^prefix_not_served/);
    await commands.home(data.directory, SECOND, {});
    expect(data.notes.at(-1)).toBe(`Homed ${SECOND}.`);
    expect((await get()).status).toBe(200);
  });

  it("writes all of it into the audit", async () => {
    // After the two of init.
    const entries = await data.use(
      async ({ store }) => (await store.audit?.read({ after: 2, limit: 100 })) ?? [],
    );
    const ofCommands = entries.filter(({ entry }) => entry.scheme === "command");
    expect(
      ofCommands.map(({ entry: { operation, handle } }) => `${operation} ${handle}`.toUpperCase()),
    ).toEqual(
      [
        `home 0.NA/${SECOND}`,
        `create 0.NA/${SECOND}`,
        `change 0.NA/${SECOND}`,
        `create ${SECOND}/USER`,
        `unhome 0.NA/${SECOND}`,
        `home 0.NA/${SECOND}`,
      ].map((line) => line.toUpperCase()),
    );
  });

  it.each(["0.NA/20.500.12345", "a:b", ""])("refuses %j, which is no prefix", async (prefix) => {
    expect(await refusal(commands.home(data.directory, prefix, {}))).toMatch(/^invalid_handle/);
    expect(await refusal(commands.unhome(data.directory, prefix))).toMatch(/^invalid_handle/);
  });
});

it("does the same while no server runs", async () => {
  const data = await directories.create();
  const commands = createPrefixCommands(data.context);
  await commands.home(data.directory, SECOND, { admin: ADMIN.user });
  await commands.unhome(data.directory, PREFIX);
  await commands.list(data.directory);
  expect(data.printed).toEqual(["0.NA", SECOND.toUpperCase()]);
  await data.start();
  const statuses = [SECOND, PREFIX].map(async (prefix) => {
    const { json } = await data.call("PUT", `/api/handles/${prefix}/x`, { ...ADMIN, body: [] });
    return json.responseCode;
  });
  expect(await Promise.all(statuses)).toEqual([1, 301]);
});
