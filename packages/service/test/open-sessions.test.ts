import { parseReference } from "@handlekit/core";
import { endSessions, listSessions, openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { digest } from "../src/identify/stored-session.ts";
import { ADMIN, createFixture, NOW, OTHER, PASSWORD, PREFIX } from "./support.ts";

const MINUTE = 60_000;

/** A service with a clock, and what its users see of their sessions. */
async function createLogins() {
  const { state } = openMemory();
  let time = NOW;
  const now = () => time;
  const { call } = await createFixture({ state, now, maxSessionSeconds: 45 * 60 });
  return {
    state,
    now,
    pass(minutes: number) {
      time += minutes * MINUTE;
    },
    async login(user = ADMIN, password = PASSWORD): Promise<string> {
      const { json } = await call("POST", "/api/sessions", { user, password });
      expect(json?.authenticated).toBe(true);
      return json?.sessionId as string;
    },
    async isOpen(sessionId: string): Promise<boolean> {
      const headers = { authorization: `Handle sessionId="${sessionId}"` };
      return (await call("GET", "/api/sessions/this", { headers })).status === 200;
    },
  };
}

describe("listSessions", () => {
  it("shows who is logged in, and no session id", async () => {
    const { state, now, pass, login, isOpen } = await createLogins();
    const first = await login();
    pass(20);
    await login(OTHER.user, OTHER.password);
    await isOpen(first);
    const sessions = await listSessions(state, { maxSessionSeconds: 45 * 60, now });
    const at = (minutes: number) => new Date(NOW + minutes * MINUTE);
    expect(new Map(sessions.map((each) => [each.identity.handle, each]))).toEqual(
      new Map([
        [
          `${PREFIX}/ADMIN`,
          {
            digest: digest(first),
            identity: parseReference(ADMIN),
            since: at(0),
            lastUsed: at(20),
            expires: at(45),
          },
        ],
        [
          `${PREFIX}/OTHER`,
          {
            digest: expect.stringMatching(/^[\w-]{43}$/),
            identity: parseReference(OTHER.user),
            since: at(20),
            lastUsed: at(20),
            expires: at(50),
          },
        ],
      ]),
    );
    expect(JSON.stringify(sessions)).not.toContain(first);
  });

  it("leaves out what is over, and what was ended", async () => {
    const { state, now, pass, login } = await createLogins();
    await login();
    pass(31);
    expect(await listSessions(state, { now })).toEqual([]);
    await login();
    await endSessions(state, { now });
    expect(await listSessions(state, { now })).toEqual([]);
  });
});

describe("endSessions", () => {
  it.each<[string, string, readonly boolean[]]>([
    ["of one key", ADMIN, [false, true]],
    ["of all keys of a handle", `${PREFIX}/ADMIN`, [false, true]],
    ["whose handle is written in another case", ADMIN.toLowerCase(), [false, true]],
    ["of none, for another key of the handle", `301:${PREFIX}/ADMIN`, [true, true]],
  ])("ends the sessions %s", async (_what, identity, open) => {
    const { state, now, login, isOpen } = await createLogins();
    const ids = [await login(), await login(OTHER.user, OTHER.password)];
    const count = open.filter((each) => !each).length;
    expect(await endSessions(state, { identity: parseReference(identity), now })).toBe(count);
    expect(await Promise.all(ids.map(isOpen))).toEqual(open);
  });

  it("ends all sessions, each once", async () => {
    const { state, now, login, isOpen } = await createLogins();
    const ids = [await login(), await login(OTHER.user, OTHER.password)];
    expect(await endSessions(state, { now })).toBe(2);
    expect(await endSessions(state, { now })).toBe(0);
    expect(await Promise.all(ids.map(isOpen))).toEqual([false, false]);
  });
});
