import { handleKey } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, NOW, OTHER, PREFIX, path } from "./support.ts";

const url = (index: number, data = "https://example.org/new") => ({ index, type: "URL", data });

async function stored(fixture: Awaited<ReturnType<typeof createFixture>>, suffix: string) {
  return (await fixture.store.read(handleKey(`${PREFIX}/${suffix}`)))?.values;
}

describe("PUT a record", () => {
  it("creates it with 201 and a timestamp, and replaces it with 200", async () => {
    const fixture = await createFixture();
    const made = await fixture.call("PUT", path("New"), { user: ADMIN, body: [url(1), admin()] });
    expect([made.status, made.json]).toEqual([201, { responseCode: 1, handle: `${PREFIX}/New` }]);
    expect((await stored(fixture, "New"))?.map((value) => value.timestamp)).toEqual([NOW / 1000, NOW / 1000]);
    const again = await fixture.call("PUT", path("NEW"), {
      user: ADMIN,
      body: { values: [url(1), admin()] },
    });
    expect(again.status).toBe(200);
  });

  it("keeps the timestamp of an unchanged value", async () => {
    const fixture = await createFixture();
    const same = { index: 1, type: "URL", data: "https://example.org/" };
    await fixture.call("PUT", path("Record"), {
      user: ADMIN,
      body: [same, { ...url(2), type: "EMAIL" }, admin()],
    });
    expect((await stored(fixture, "Record"))?.map((value) => [value.index, value.timestamp])).toEqual([
      [1, 1_700_000_000],
      [2, NOW / 1000],
      [100, 1_700_000_000],
    ]);
  });

  it("keeps values in index order, whatever their order in the request", async () => {
    const fixture = await createFixture();
    await fixture.call("PUT", path("New"), { user: ADMIN, body: [admin(), url(7), url(3)] });
    expect((await stored(fixture, "New"))?.map((value) => value.index)).toEqual([3, 7, 100]);
  });

  it("removes the public permissions of a secret key", async () => {
    const fixture = await createFixture();
    const body = [{ index: 300, type: "HS_SECKEY", data: "S3CR3T", permissions: "1111" }, admin()];
    await fixture.call("PUT", path("K"), { user: ADMIN, body });
    expect((await stored(fixture, "K"))?.find((value) => value.index === 300)?.permissions).toBe(0b1100);
  });

  it.each([
    ["an existing handle with overwrite=false", path("Record?overwrite=false"), [url(1)], 409, 101],
    ["another prefix", "/api/handles/9999/x", [url(1)], 400, 301],
    ["an index of 0", path("x"), [url(0)], 400, 202],
    ["an index twice", path("x"), [url(1), url(1)], 409, 201],
    ["no list", path("x"), "text", 400, 4],
    ["a value without data", path("x"), [{ index: 1, type: "URL" }], 400, 4],
    ["another handle in the body", path("x"), { handle: `${PREFIX}/y`, values: [] }, 400, 4],
    ["indexes that differ from the query", path("Record?index=1"), [url(2)], 400, 4],
    ["values of a missing handle", path("none?index=1"), [url(1)], 404, 100],
    ["an empty list of values", path("Record?index=various"), [], 400, 202],
    ["a used index with overwrite=false", path("Record?index=1&overwrite=false"), [url(1)], 409, 201],
  ])("refuses %s", async (_what, target, body, status, responseCode) => {
    const fixture = await createFixture();
    const before = await stored(fixture, "Record");
    const answer = await fixture.call("PUT", target, { user: ADMIN, body });
    expect([answer.status, answer.json?.responseCode]).toEqual([status, responseCode]);
    expect(await stored(fixture, "Record")).toEqual(before);
  });

  it("refuses users who may not create or replace", async () => {
    const { call } = await createFixture();
    expect((await call("PUT", path("New"), { ...OTHER, body: [url(1)] })).json?.responseCode).toBe(400);
    expect((await call("PUT", path("Record"), { ...OTHER, body: [url(1)] })).status).toBe(403);
    expect((await call("PUT", path("New"), { body: [url(1)] })).status).toBe(401);
  });

  it("refuses a body that is not JSON, nests too deep or has another media type, without quoting it", async () => {
    const { call } = await createFixture();
    const deep = "[".repeat(100_000);
    for (const raw of ["{S3CR3T", deep, `"${"\\u0000".repeat(5)}`]) {
      const answer = await call("PUT", path("x"), { user: ADMIN, raw });
      expect([answer.status, answer.json?.responseCode, answer.text.includes("S3CR3T")]).toEqual([
        400,
        4,
        false,
      ]);
    }
    const typed = await call("PUT", path("x"), {
      user: ADMIN,
      body: [],
      headers: { "content-type": "text/plain" },
    });
    expect(typed.status).toBe(400);
  });
});

describe("PUT values", () => {
  it("adds with 201, replaces with 200, and changes no other value", async () => {
    const fixture = await createFixture();
    const before = await stored(fixture, "Record");
    expect((await fixture.call("PUT", path("Record?index=7"), { user: ADMIN, body: [url(7)] })).status).toBe(
      201,
    );
    expect(
      (await fixture.call("PUT", path("Record?index=various"), { user: ADMIN, body: [url(7, "x")] })).status,
    ).toBe(200);
    const after = await stored(fixture, "Record");
    expect(after?.filter((value) => value.index !== 7)).toEqual(before);
  });

  it("needs the permission for HS_ADMIN values to change one", async () => {
    const fixture = await createFixture();
    const limited = admin("000001110000");
    await fixture.call("PUT", path("L"), { user: ADMIN, body: [url(1), limited] });
    expect((await fixture.call("PUT", path("L?index=1"), { user: ADMIN, body: [url(1, "y")] })).status).toBe(
      200,
    );
    expect((await fixture.call("PUT", path("L?index=100"), { user: ADMIN, body: [admin()] })).status).toBe(
      403,
    );
    expect((await fixture.call("DELETE", path("L"), { user: ADMIN })).status).toBe(403);
  });
});

describe("replacing a record", () => {
  it("needs more than the right to add an administrator", async () => {
    const fixture = await createFixture();
    const handle = `${PREFIX}/OTHER`;
    const onlyAddAdmin = {
      index: 101,
      type: "HS_ADMIN",
      data: { format: "admin", value: { handle, index: 300, permissions: "001000000000" } },
    };
    await fixture.call("PUT", path("Guarded"), { user: ADMIN, body: [url(1), admin(), onlyAddAdmin] });
    const before = await stored(fixture, "Guarded");
    const replaced = await fixture.call("PUT", path("Guarded"), {
      ...OTHER,
      body: [url(1, "https://evil.example/"), onlyAddAdmin],
    });
    expect([replaced.status, replaced.json?.responseCode]).toEqual([403, 400]);
    expect(await stored(fixture, "Guarded")).toEqual(before);
    const more = { ...onlyAddAdmin, index: 102 };
    expect(
      (await fixture.call("PUT", path("Guarded"), { ...OTHER, body: [url(1), admin(), onlyAddAdmin, more] }))
        .status,
    ).toBe(200);
  });

  it("is allowed with the permissions to delete and to create it", async () => {
    const fixture = await createFixture();
    await fixture.call("PUT", path("Simple"), { user: ADMIN, body: [url(1), admin("000000000010")] });
    expect((await fixture.call("PUT", path("Simple"), { user: ADMIN, body: [url(2)] })).status).toBe(200);
  });
});

describe("DELETE", () => {
  it("deletes values, and a record", async () => {
    const fixture = await createFixture();
    expect((await fixture.call("DELETE", path("Record?index=1&index=2"), { user: ADMIN })).status).toBe(200);
    expect((await stored(fixture, "Record"))?.map((value) => value.index)).toEqual([3, 20, 100]);
    expect((await fixture.call("DELETE", path("RECORD"), { user: ADMIN })).json).toEqual({
      responseCode: 1,
      handle: `${PREFIX}/RECORD`,
    });
    expect(await stored(fixture, "Record")).toBe(undefined);
  });

  it.each([
    ["a missing handle", path("none"), ADMIN, 404, 100],
    ["a missing value among present ones", path("Record?index=1&index=9"), ADMIN, 400, 200],
    ["index=various", path("Record?index=various"), ADMIN, 400, 4],
    ["an empty index, which is not the whole record", path("Record?index="), ADMIN, 400, 4],
  ])("refuses %s and deletes nothing", async (_what, target, user, status, responseCode) => {
    const fixture = await createFixture();
    const before = await stored(fixture, "Record");
    const answer = await fixture.call("DELETE", target, { user });
    expect([answer.status, answer.json?.responseCode]).toEqual([status, responseCode]);
    expect(await stored(fixture, "Record")).toEqual(before);
  });

  it("needs a user with the permission", async () => {
    const { call } = await createFixture();
    expect((await call("DELETE", path("Record"))).status).toBe(401);
    expect((await call("DELETE", path("Record"), OTHER)).status).toBe(403);
  });
});

describe("races", () => {
  it("allows exactly one of fifty creators", async () => {
    const { call } = await createFixture();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        call("PUT", path("Race?overwrite=false"), { user: ADMIN, body: [url(1, String(i)), admin()] }),
      ),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
  });

  it("loses none of the changes made to one record at once", async () => {
    const fixture = await createFixture();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        fixture.call("PUT", path(`Record?index=${500 + i}`), { user: ADMIN, body: [url(500 + i)] }),
      ),
    );
    expect((await stored(fixture, "Record"))?.filter((value) => value.index >= 500).length).toBe(20);
  });
});

describe("respond", () => {
  it("responds to any request, and never with an unexpected error", async () => {
    const { service } = await createFixture();
    const request = fc.record({
      method: fc.constantFrom("GET", "PUT", "DELETE", "HEAD", "POST", "PATCH"),
      target: fc.oneof(
        fc.string().map((text) => `/api/handles/${PREFIX}/${text}`),
        fc.string({ unit: "binary" }).map((text) => `/${text}`),
        fc.string(),
      ),
      headers: fc.record(
        { authorization: fc.string(), "content-type": fc.constantFrom("application/json", "x") },
        { requiredKeys: [] },
      ),
      body: fc.oneof(
        fc.json().map((text) => new TextEncoder().encode(text)),
        fc.uint8Array(),
      ),
      connection: fc.record({ secure: fc.boolean() }),
    });
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        const { status } = await service.respond(given as Parameters<typeof service.respond>[0]);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).not.toBe(500);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a handle without a slash", () => {
  it("means its prefix handle, when it is written and read", async () => {
    const { call } = await createFixture({
      serverAdmins: [{ index: 300, handle: `${PREFIX}/ADMIN` }],
      serverAdminFullAccess: true,
    });
    const made = await call("PUT", "/api/handles/20.500.77", { user: ADMIN, body: [url(1)] });
    expect([made.status, made.json?.handle]).toEqual([201, "20.500.77"]);
    for (const name of ["20.500.77", "0.NA/20.500.77"]) {
      expect((await call("GET", `/api/handles/${name}`)).json?.handle).toBe(name);
    }
  });
});
