import { createSign, generateKeyPairSync } from "node:crypto";
import { signedBytes } from "@handlekit/auth/wire";
import {
  decodeBase64,
  encodeBase64,
  encodeUtf8,
  encodeValues,
  type HandleValueInput,
  handleKey,
} from "@handlekit/core";
import { type HandleStore, type StateStore, updateRecord } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { createKeyMark } from "../src/identify/key-mark.ts";
import { createSessions } from "../src/identify/sessions.ts";
import { ADMIN, admin, createFixture, NOW, PASSWORD, PREFIX, path, seed } from "./support.ts";

const USER = `${PREFIX}/ADMIN`;
const secretKey = (data: string, index = 300, type = "HS_SECKEY"): HandleValueInput => ({
  index,
  type,
  data,
  permissions: "1100",
});
const write = (store: HandleStore, handle: string, values: readonly HandleValueInput[] | null) =>
  updateRecord(store, handleKey(handle), () => values && encodeValues(values));
const header = (sessionId: string) => ({ headers: { authorization: `Handle sessionId="${sessionId}"` } });

type Fixture = Awaited<ReturnType<typeof createFixture>>;
const use = ({ call }: Fixture, sessionId: string) => call("GET", path("Record?index=20"), header(sessionId));

async function login({ call }: Fixture, user = ADMIN): Promise<string> {
  const { json } = await call("POST", "/api/sessions", { user });
  expect(json?.authenticated).toBe(true);
  return json?.sessionId as string;
}

describe("a session", () => {
  it.each<[string, readonly HandleValueInput[] | null]>([
    ["its key was changed", [admin(), secretKey("S3CR3T-new")]],
    ["its key was moved to another index", [admin(), secretKey(PASSWORD, 301)]],
    ["its key became a value of another type", [admin(), secretKey(PASSWORD, 300, "DESC")]],
    ["its key was removed", [admin()]],
    ["the user was removed", null],
  ])("ends when %s", async (_what, values) => {
    const fixture = await createFixture();
    const sessionId = await login(fixture);
    expect((await use(fixture, sessionId)).status).toBe(200);
    await write(fixture.store, USER, values);
    expect((await use(fixture, sessionId)).status).toBe(401);
    expect((await fixture.call("GET", "/api/sessions/this", header(sessionId))).status).toBe(403);
    await write(fixture.store, USER, [admin(), secretKey(PASSWORD)]);
    expect((await use(fixture, sessionId)).status).toBe(401);
  });

  it("is kept when other values of the user change", async () => {
    const fixture = await createFixture();
    const sessionId = await login(fixture);
    const note = { index: 1, type: "NOTE", data: "new" };
    await write(fixture.store, USER, [note, admin(), secretKey(PASSWORD), secretKey("S3CR3T-2", 301)]);
    expect((await use(fixture, sessionId)).status).toBe(200);
  });

  it("of an identity without an index ends with the key that it was opened with", async () => {
    const fixture = await createFixture();
    await seed(fixture.store, `${PREFIX}/TWO`, [secretKey(PASSWORD, 300), secretKey("S3CR3T-2", 301)]);
    const sessionId = await login(fixture, `0:${PREFIX}/TWO`);
    const show = async () => (await fixture.call("GET", "/api/sessions/this", header(sessionId))).status;
    await write(fixture.store, `${PREFIX}/TWO`, [secretKey(PASSWORD, 300)]);
    expect(await show()).toBe(200);
    await write(fixture.store, `${PREFIX}/TWO`, [secretKey("S3CR3T-2", 301)]);
    expect(await show()).toBe(403);
  });

  it("of a public key ends with it", async () => {
    const fixture = await createFixture();
    const [mine, next] = [1, 2].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }));
    const value = (key: typeof mine): HandleValueInput => ({
      index: 300,
      type: "HS_PUBKEY",
      data: { format: "key", value: key?.publicKey.export({ format: "jwk" }) as never },
    });
    await seed(fixture.store, `${PREFIX}/KEY`, [value(mine)]);
    const { json } = await fixture.call("POST", "/api/sessions");
    const cnonce = encodeBase64(encodeUtf8("a client's nonce"));
    const nonce = decodeBase64(json?.nonce as string) ?? new Uint8Array();
    const signature = createSign("sha256")
      .update(signedBytes(nonce, encodeUtf8("a client's nonce")))
      .sign(mine?.privateKey ?? "", "base64");
    const sessionId = json?.sessionId as string;
    const fields = { id: `${PREFIX}/KEY`, type: "HS_PUBKEY", alg: "SHA256", cnonce, signature };
    const body = { sessionId, ...fields };
    expect((await fixture.call("PUT", "/api/sessions/this", { body })).json?.authenticated).toBe(true);
    const show = async () => (await fixture.call("GET", "/api/sessions/this", header(sessionId))).status;
    expect(await show()).toBe(200);
    await write(fixture.store, `${PREFIX}/KEY`, [value(next)]);
    expect(await show()).toBe(403);
  });

  it("ends after its lifetime, however often it is used", async () => {
    let now = NOW;
    const fixture = await createFixture({ now: () => now });
    const sessionId = await login(fixture);
    for (let minutes = 20; minutes <= 720; minutes += 20) {
      now = NOW + minutes * 60_000;
      expect((await use(fixture, sessionId)).status).toBe(200);
    }
    now += 60_000;
    expect((await use(fixture, sessionId)).status).toBe(401);
  });

  it("has the lifetime of the option", async () => {
    let now = NOW;
    const fixture = await createFixture({ now: () => now, maxSessionSeconds: 60 });
    const sessionId = await login(fixture);
    now += 60_000;
    expect((await use(fixture, sessionId)).status).toBe(200);
    now += 1;
    expect((await use(fixture, sessionId)).status).toBe(401);
  });
});

describe("an ended session", () => {
  /** A state store that calls `between` once, after the next read. */
  function interleaving(state: StateStore) {
    let between: (() => Promise<void>) | undefined;
    const get: StateStore["get"] = async (key) => {
      const entry = await state.get(key);
      const now = between;
      between = undefined;
      await now?.();
      return entry;
    };
    const after = (next: () => Promise<void>) => {
      between = next;
    };
    return { state: { ...state, get }, after };
  }

  const LOGIN = { identity: { handle: USER, index: 300 }, claimed: ADMIN, keyMark: "mark" };

  it("is not revived by a request that had read it before", async () => {
    let now = NOW;
    const { state, after } = interleaving(openMemory().state);
    const sessions = createSessions({ state, key: new Uint8Array(32), maxSeconds: 43_200, now: () => now });
    const session = sessions.open();
    expect(await sessions.authenticate(session, LOGIN)).toBe(true);
    now += 10 * 60_000;
    after(() => sessions.end({ ...session, login: LOGIN }));
    expect(await sessions.find(session.id)).toBe(undefined);
    expect(await sessions.find(session.id)).toBe(undefined);
  });

  it("is not revived by a login that began before", async () => {
    const { state, after } = interleaving(openMemory().state);
    const sessions = createSessions({ state, key: new Uint8Array(32), maxSeconds: 43_200, now: () => NOW });
    const session = sessions.open();
    await sessions.authenticate(session, LOGIN);
    after(() => sessions.end({ ...session, login: LOGIN }));
    expect(await sessions.authenticate(session, LOGIN)).toBe(false);
    expect(await sessions.find(session.id)).toBe(undefined);
  });

  it("is found by two requests that use it at once", async () => {
    let now = NOW;
    const { state, after } = interleaving(openMemory().state);
    const sessions = createSessions({ state, key: new Uint8Array(32), maxSeconds: 43_200, now: () => now });
    const session = sessions.open();
    await sessions.authenticate(session, LOGIN);
    now += 10 * 60_000;
    after(async () => void (await sessions.find(session.id)));
    expect((await sessions.find(session.id))?.login).toEqual(LOGIN);
  });
});

describe("the mark of a key", () => {
  it("depends on the secret, the type and the data", () => {
    const mark = createKeyMark(new Uint8Array(32));
    const other = createKeyMark(new Uint8Array(32).fill(1));
    const key = { type: "HS_SECKEY", data: encodeUtf8(PASSWORD) };
    const changed = [
      { ...key, data: encodeUtf8("x") },
      { ...key, type: "HS_PUBKEY" },
    ].map(mark);
    expect(new Set([mark(key), other(key), ...changed]).size).toBe(4);
    expect(mark({ ...key, type: "hs_seckey" })).toBe(mark(key));
  });
});
