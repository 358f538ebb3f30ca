import { parseReference } from "@handlekit/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSessionCommands, type SessionCommands } from "../src/sessions/session-commands.ts";
import { createUserCommands } from "../src/users/user-commands.ts";
import { ADMIN, createDirectories, type DataDirectory, PREFIX } from "./command-support.ts";
import { refusal } from "./transfer-support.ts";

const USER = { user: `300:${PREFIX}/USER`, password: "S3CR3T-of-a-user" };
let directories: Awaited<ReturnType<typeof createDirectories>>;

beforeAll(async () => {
  directories = await createDirectories();
});
afterAll(() => directories.remove());

describe("hdl-server sessions, through the running server", () => {
  let data: DataDirectory;
  let commands: SessionCommands;

  beforeAll(async () => {
    data = await directories.create();
    await data.start();
    commands = createSessionCommands(data.context);
    const passwordFile = await data.file("password", USER.password);
    await createUserCommands(data.context).add(data.directory, USER.user, { passwordFile });
  });
  beforeEach(() => {
    data.printed.length = 0;
    data.notes.length = 0;
  });

  const login = async (who: typeof USER): Promise<string> =>
    (await data.call("POST", "/api/sessions", who)).json.sessionId as string;
  const isOpen = async (id: string) => {
    const headers = { authorization: `Handle sessionId="${id}"` };
    return (await data.call("GET", "/api/sessions/this", { headers })).status === 200;
  };
  const listed = async () => {
    await commands.list(data.directory);
    return data.printed.at(-1)?.split("\n").slice(1) ?? [];
  };

  it("shows who is logged in, and no session id", async () => {
    const ids = [await login(ADMIN), await login(USER)];
    const lines = await listed();
    const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
    expect(lines).toHaveLength(2);
    for (const { user } of [ADMIN, USER]) {
      const line = new RegExp(`^[\\w-]{8} +${user} +${time}  ${time}  ${time}$`);
      expect(lines.filter((each) => line.test(each))).toHaveLength(1);
    }
    for (const id of ids) expect(lines.join()).not.toContain(id);
  });

  it("ends the sessions of a user, and then all, at once", async () => {
    const [admin, user] = [await login(ADMIN), await login(USER)];
    await commands.revoke(data.directory, { identity: `${PREFIX}/USER` });
    expect([await isOpen(admin), await isOpen(user)]).toEqual([true, false]);
    expect((await listed()).join()).not.toContain(USER.user);
    await commands.revoke(data.directory, { all: true });
    expect(await isOpen(admin)).toBe(false);
    expect(await listed()).toEqual([]);
    expect(data.notes).toEqual(["Sessions that were ended: 2", "Sessions that were ended: 2"]);
    expect(await isOpen(await login(USER))).toBe(true);
  });

  it.each([{}, { identity: USER.user, all: true }])("refuses the options %j", async (options) => {
    expect(await refusal(commands.revoke(data.directory, options))).toMatch(/^invalid_options/);
  });
});

it("does the same while no server runs", async () => {
  const data = await directories.create();
  const commands = createSessionCommands(data.context);
  const { handle, index } = parseReference(USER.user);
  const login = { identity: { handle, index }, claimed: USER.user, keyMark: "" };
  const stored = { login, lastUsed: Date.now(), since: Date.now() };
  await data.use(({ state }) => state.put("session/digest", JSON.stringify(stored), "absent"));
  await commands.list(data.directory);
  expect(data.printed[0]).toContain(USER.user);
  await commands.revoke(data.directory, { identity: USER.user });
  expect(data.notes).toEqual(["Sessions that were ended: 1"]);
});
