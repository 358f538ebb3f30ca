import { encodeUtf8, encodeValues, handleKey } from "@handlekit/core";
import { openMemory, type ServiceEvent } from "@handlekit/service";
import { expect, it } from "vitest";
import { ALICE, createArdcFixture } from "./ardc-support.ts";
import { createLog } from "./resolver-support.ts";
import { ADMIN, admin, createFixture, headerOf, OTHER, PASSWORD, PREFIX, path } from "./support.ts";

async function createObserved(options: Parameters<typeof createFixture>[0] = {}) {
  const events: ServiceEvent[] = [];
  const log = createLog();
  const fixture = await createFixture({ observe: (event) => events.push(event), log, ...options });
  /** Sends a request and returns its event. */
  const seen = async (...request: Parameters<typeof fixture.call>) => {
    await fixture.call(...request);
    return events.at(-1);
  };
  return { ...fixture, log, events, seen };
}

const value = { index: 1, type: "URL", data: { format: "string", value: "https://example.org/new" } };

it("gets the scheme of each login that succeeds, and none for others", async () => {
  const { seen, call } = await createObserved();
  expect(await seen("GET", path("Record"), { user: ADMIN })).toMatchObject({ scheme: "basic" });
  expect(await seen("GET", path("Record"))).toMatchObject({ scheme: undefined, failedLogin: undefined });
  expect(await seen("GET", path("Record"), { user: ADMIN, password: "S3CR3T-x" })).toMatchObject({
    scheme: undefined,
    failedLogin: { scheme: "basic", reason: "The password is wrong", throttled: undefined },
  });
  const { json } = await call("POST", "/api/sessions", { user: ADMIN });
  const session = { headers: { authorization: `Handle sessionId="${json?.sessionId}"` } };
  expect(await seen("GET", path("Record"), session)).toMatchObject({
    scheme: "session",
    identity: { index: 300 },
  });
  expect(await seen("GET", "/api/sessions/this", session)).toMatchObject({ scheme: "session" });
});

it("tells a user that is not there from a wrong password, and a session whose key is gone from others", async () => {
  const { seen, call, store } = await createObserved();
  const { json } = await call("POST", "/api/sessions", { user: OTHER.user, password: OTHER.password });
  expect(await seen("GET", path("Record"), { user: `300:${PREFIX}/NOBODY` })).toMatchObject({
    failedLogin: { identity: `300:${PREFIX}/NOBODY`, reason: "The identity has no HS_SECKEY value here" },
  });
  const key = handleKey(`${PREFIX}/OTHER`);
  const record = await store.read(key);
  await store.commit(key, record?.revision ?? "absent", encodeValues([admin()]));
  const authorization = `Handle sessionId="${json?.sessionId}"`;
  expect(await seen("GET", path("Record"), { headers: { authorization } })).toMatchObject({
    failedLogin: {
      scheme: "session",
      identity: OTHER.user,
      reason: "The key of the login was changed or removed; the session is ended",
    },
  });
  expect(await seen("GET", path("Record"), { headers: { authorization } })).toMatchObject({
    failedLogin: { identity: undefined, reason: "Unknown or expired session" },
  });
});

it("gets the reason of a refusal, with the permission that is missing", async () => {
  const { seen } = await createObserved();
  const put = { user: OTHER.user, password: OTHER.password, body: [value] };
  const named = `no HS_ADMIN value of 0.NA/${PREFIX} names the identity`;
  expect(await seen("PUT", path("new"), put)).toMatchObject({ reason: `addHandle is needed, and ${named}` });
  expect((await seen("PUT", `${path("Record")}?index=1`, put))?.reason).toMatch(
    new RegExp(`^modifyValue.* is needed, and no HS_ADMIN value of ${PREFIX}/Record names the identity$`),
  );
  expect(await seen("POST", "/api/prefixes/0.NA/X", OTHER)).toMatchObject({
    reason: "The identity is not a server administrator",
  });
  expect(await seen("PUT", "/api/handles/9999/x", { ...put, user: ADMIN, password: PASSWORD })).toMatchObject(
    {
      reason: "That prefix doesn't live here",
      responseCode: 301,
    },
  );
  const late = { user: ADMIN, body: [value], headers: { "if-match": '"x"' } };
  expect(await seen("PUT", `${path("Record")}?index=1`, late)).toMatchObject({
    status: 412,
    reason: "The record has been changed since it was read (If-Match)",
  });
});

it("gets no reason that quotes the request", async () => {
  const { seen } = await createObserved();
  const how = { user: ADMIN, body: [{ index: 1, type: "URL", data: { format: "S3CR3T", value: 1 } }] };
  expect(await seen("PUT", path("x"), how)).toMatchObject({ status: 400, reason: undefined });
  expect(await seen("GET", `${path("Record")}?index=S3CR3T`)).toMatchObject({
    status: 400,
    reason: undefined,
  });
});

it("gets ids that differ, and that of an unexpected error is in the log and the response", async () => {
  const { store } = openMemory();
  const { seen, call, log, events } = await createObserved({ store });
  expect((await seen("GET", path("Record")))?.id).not.toBe((await seen("GET", path("Record")))?.id);
  expect(headerOf(await call("GET", path("Record")), "X-Request-Id")).toBeUndefined();
  await store.close();
  const response = await call("GET", path("Record"));
  const { id } = events.at(-1) ?? {};
  expect([response.status, headerOf(response, "X-Request-Id")]).toEqual([500, id]);
  expect(log.messages).toEqual(["unexpected error"]);
  expect(log.fields).toMatchObject([{ id, error: { code: "store_failed" } }]);
});

it("gets the account of an ARDC login, and that a failure with status 200 is one", async () => {
  const { call, events, store, log } = await createArdcFixture();
  await call("mint", { type: "DESC", value: "x" });
  const login = { scheme: "ardc", account: expect.stringMatching(/^App Id aaaaaaaa…, /) };
  expect(events.at(-1)).toMatchObject({ ...login, status: 200, reason: undefined });
  await call("mint", { type: "DESC" });
  expect(events.at(-1)).toMatchObject({ ...login, status: 200, reason: "A failure with status 400" });
  await call("mint", { type: "DESC", value: "x" }, { ...ALICE, secret: "S3CR3T-wrong" });
  expect(events.at(-1)).toMatchObject({
    scheme: undefined,
    account: undefined,
    failedLogin: { scheme: "ardc" },
  });
  await store.close();
  await call("mint", { type: "DESC", value: "x" });
  expect(log.lines.at(-1)).toContain(`unexpected error {"id":"${events.at(-1)?.id}"`);
});

it("gets the account of a search, and the reason of its refusal", async () => {
  const events: ServiceEvent[] = [];
  const password = "S3CR3T-of-reader";
  const account = { username: "reader", password: { reveal: () => encodeUtf8(password) }, prefixes: ["9"] };
  const { call } = await createFixture({
    observe: (event) => events.push(event),
    search: { accounts: [account] },
  });
  const authorization = `Basic ${btoa(`reader:${password}`)}`;
  await call("GET", `/hrls/handles/${PREFIX}?URL=*`, { headers: { authorization } });
  expect(events).toMatchObject([
    {
      status: 403,
      scheme: "basic",
      account: "reader",
      reason: "The login may not list the handles of this prefix",
    },
  ]);
});
