import { describe, expect, it } from "vitest";
import { ADMIN, createFixture, OTHER, PASSWORD, PREFIX, path, seed } from "./support.ts";

const indexes = (json: Record<string, unknown> | undefined) =>
  (json?.values as { index: number }[] | undefined)?.map((value) => value.index);

describe("GET a handle", () => {
  it("returns the public values in the format of the API", async () => {
    const { call } = await createFixture();
    const answer = await call("GET", path("Record"));
    expect(answer.status).toBe(200);
    expect(answer.headers).toContainEqual(["Content-Type", "application/json;charset=utf-8"]);
    expect(
      answer.text.startsWith(
        `{"responseCode":1,"handle":"${PREFIX}/Record","values":[{"index":1,"type":"URL",`,
      ),
    ).toBe(true);
    expect(indexes(answer.json)).toEqual([1, 2, 3, 100]);
  });

  it.each([
    ["index=1&index=3", [1, 3]],
    ["type=url", [1]],
    ["type=URL.", [1, 3]],
    ["type=EMAIL&index=1", [1, 2]],
    ["index=20", []],
    ["type=NONE", []],
  ])("selects by ?%s", async (query, expected) => {
    const { call } = await createFixture();
    const answer = await call("GET", `${path("Record")}?${query}`);
    expect(indexes(answer.json)).toEqual(expected);
    expect([answer.status, answer.json?.responseCode]).toEqual([200, expected.length ? 1 : 200]);
  });

  it("keeps how it encoded a record that is read again, for one way to write its handle, until the record changes", async () => {
    const { service, store, call } = await createFixture();
    const get = (target: string, headers = {}) =>
      service.respond({
        method: "GET",
        target,
        headers,
        body: new Uint8Array(),
        connection: { secure: false },
      });
    const once = await get(path("Record"));
    // Its public values are the same array from the second time on, and their encoded form from the third time.
    await get(path("Record"));
    const [first, again, other] = [
      await get(path("Record")),
      await get(path("Record")),
      await get(path("RECORD")),
    ];
    expect(first.body).toEqual(once.body);
    expect(first.body).not.toBe(once.body);
    expect(again.body).toBe(first.body);
    expect(first.text).toBe(new TextDecoder().decode(first.body));
    expect(other.text).toBe(first.text?.replace(`${PREFIX}/Record`, `${PREFIX}/RECORD`));
    await call("PUT", `${path("Record")}?index=1`, {
      user: ADMIN,
      body: [{ index: 1, type: "URL", data: "https://example.org/changed" }],
    });
    expect((await get(path("Record"))).text).toContain("https://example.org/changed");
    await seed(store, `${PREFIX}/Long`, [{ index: 1, type: "NOTE", data: "ä".repeat(2000) }]);
    // Text is only there for what it says: not for bytes of another encoding, and not for compressed ones.
    expect((await get(path("Long"))).text).toBeUndefined();
    await seed(store, `${PREFIX}/Ascii`, [{ index: 1, type: "NOTE", data: "a".repeat(2000) }]);
    const zipped = await get(path("Ascii"), { "accept-encoding": "gzip" });
    expect([zipped.headers.some(([name]) => name === "Content-Encoding"), zipped.text]).toEqual([
      true,
      undefined,
    ]);
  });

  it("shows hidden values to an administrator and never after that to everybody", async () => {
    const { call } = await createFixture();
    for (const user of [undefined, ADMIN, undefined, ADMIN]) {
      const answer = await call("GET", path("Record"), user === undefined ? {} : { user });
      expect(indexes(answer.json)).toEqual(user === undefined ? [1, 2, 3, 100] : [1, 2, 3, 20, 100]);
    }
  });

  it("finds a handle in upper or lower case and returns it as the client wrote it", async () => {
    const { call } = await createFixture();
    const answer = await call("GET", path("rECORD"));
    expect(answer.json?.handle).toBe(`${PREFIX}/rECORD`);
  });

  it.each([
    [`/api/handles/${PREFIX}%2FRecord`, 200],
    [`/api/handles//${PREFIX}/Record`, 400],
    [`/api/handles/${PREFIX}/none`, 404],
    ["/api/handles/9999/none", 400],
    ["/api/handles/", 400],
    [`/api/handles/${PREFIX}`, 200],
    [`/api/handles/${PREFIX}/a%zz`, 400],
    [`/api/handles/${PREFIX}/a%ff`, 404],
    [`${path("Record")}?index=abc`, 400],
    ["/api/nothing", 404],
  ])("answers %s with %d", async (target, status) => {
    const { call } = await createFixture();
    expect((await call("GET", target)).status).toBe(status);
  });

  it("keeps plus signs, semicolons and dot segments of a handle", async () => {
    const { call, store } = await createFixture();
    for (const suffix of ["a+b", "a;b", "x/../y", "ü☃"]) {
      await seed(store, `${PREFIX}/${suffix}`, [{ index: 1, type: "URL", data: suffix }]);
      expect((await call("GET", `/api/handles/${PREFIX}/${encodeURI(suffix)}`)).status).toBe(200);
    }
  });

  it("shows hidden values only to users with the permission", async () => {
    const { call } = await createFixture();
    const all = await call("GET", path("Record"), { user: ADMIN });
    expect(indexes(all.json)).toEqual([1, 2, 3, 20, 100]);
    const hidden = `${path("Record")}?index=20`;
    expect((await call("GET", hidden, OTHER)).json).toEqual({
      responseCode: 400,
      handle: `${PREFIX}/Record`,
    });
    expect((await call("GET", `${path("Record")}?index=1`, OTHER)).status).toBe(200);
    expect((await call("GET", `${hidden}&publicOnly=false`)).status).toBe(401);
    expect((await call("GET", `${hidden}&publicOnly=false`, { secure: false })).status).toBe(403);
    expect(indexes((await call("GET", `${path("Record")}?publicOnly=true`, { user: ADMIN })).json)).toEqual([
      1, 2, 3, 100,
    ]);
  });

  it("never shows a secret key to the public, whatever permissions it was stored with", async () => {
    const { call, store } = await createFixture();
    await seed(store, `${PREFIX}/K`, [
      { index: 300, type: "HS_SECKEY", data: "S3CR3T", permissions: "1111" },
    ]);
    const answer = await call("GET", path("K"));
    expect(answer.json).toEqual({ responseCode: 200, values: [], handle: `${PREFIX}/K` });
  });

  it("responds to HEAD like GET", async () => {
    const { call } = await createFixture();
    expect((await call("HEAD", path("Record"))).status).toBe(200);
  });
});

describe("authentication", () => {
  it.each([
    ["a wrong password", { user: ADMIN, password: "S3CR3T-no" }],
    ["an unknown user", { user: `300:${PREFIX}/NOBODY`, password: PASSWORD }],
    ["another index", { user: `301:${PREFIX}/ADMIN`, password: PASSWORD }],
    ["an unknown scheme", { headers: { authorization: "Bearer abc" } }],
    ["a header that cannot be read", { headers: { authorization: "Basic !!!" } }],
  ])("refuses %s with an empty 401, even for public values", async (_what, how) => {
    const { call } = await createFixture();
    const answer = await call("GET", path("Record"), how);
    expect([answer.status, answer.text]).toEqual([401, ""]);
  });

  it("refuses clientCert=true without a certificate, with a message", async () => {
    const { call } = await createFixture();
    const answer = await call("GET", path("Record"), {
      headers: { authorization: 'Handle clientCert="true"' },
    });
    expect([answer.status, answer.json?.responseCode]).toEqual([401, 402]);
    expect(answer.headers.at(0)?.[1]).toContain('error="No client certificate was presented');
  });

  it("asks for Basic unless the request is from a script or has another scheme", async () => {
    const { call } = await createFixture();
    const schemes = async (headers: Record<string, string>) =>
      (await call("PUT", path("x"), { body: [], headers })).headers
        .filter(([name]) => name === "WWW-Authenticate")
        .map(([, value]) => value.split(" ")[0]);
    expect(await schemes({})).toEqual(["Basic", "Handle"]);
    expect(await schemes({ "x-requested-with": "XMLHttpRequest" })).toEqual(["Handle"]);
    expect(await schemes({ authorization: "Bearer x" })).toEqual(["Handle"]);
  });

  it("accepts index 0 for any key of the handle", async () => {
    const { call } = await createFixture();
    expect((await call("GET", path("Record"), { user: `0:${PREFIX}/ADMIN` })).status).toBe(403);
    expect((await call("GET", `${path("Record")}?index=1`, { user: `0:${PREFIX}/ADMIN` })).status).toBe(200);
  });

  it("ignores credentials over plain HTTP, right or wrong", async () => {
    const { call } = await createFixture();
    const wrong = await call("GET", path("Record"), { user: ADMIN, password: "S3CR3T-no", secure: false });
    expect(wrong.status).toBe(200);
    const write = await call("PUT", path("new"), { user: ADMIN, secure: false, body: [] });
    expect([write.status, write.json?.responseCode]).toEqual([403, 402]);
    expect(write.headers.some(([name]) => name === "WWW-Authenticate")).toBe(false);
  });

  it("never accepts an empty secret key", async () => {
    const { call, store } = await createFixture();
    await seed(store, `${PREFIX}/EMPTY`, [{ index: 300, type: "HS_SECKEY", data: "" }]);
    expect((await call("GET", path("Record"), { user: `300:${PREFIX}/EMPTY`, password: "" })).status).toBe(
      401,
    );
  });
});
