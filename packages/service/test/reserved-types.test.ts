import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, PREFIX, path, seed } from "./support.ts";

const SPELLINGS = ["HS_SECKEY", "hs_seckey", "Hs_SecKey", "HS_SECKEY.X", "hs_seckey.6"];
const ADMINS = ["HS_ADMIN", "hs_admin", "Hs_Admin", "HS_ADMIN.X"];
const U = `300:${PREFIX}/U`;

describe("a reserved type in another case or with a subtype", () => {
  it.each(SPELLINGS)("logs in and stays hidden: %s", async (type) => {
    const { call, store } = await createFixture();
    await seed(store, `${PREFIX}/U`, [
      { index: 300, type, data: "S3CR3T-u", permissions: "1111" },
      { ...admin(), index: 100 },
    ]);
    await seed(store, `${PREFIX}/x`, [admin("011111110011", 300, `${PREFIX}/U`)]);
    const value = [{ index: 1, type: "NOTE", data: "x" }];
    const put = await call("PUT", `${path("x")}?index=1`, { user: U, password: "S3CR3T-u", body: value });
    expect(put.status).toBe(201);
    expect((await call("GET", path("U"))).text).not.toContain("S3CR3T");
    expect(
      (await call("PUT", `${path("U")}?index=300`, { body: [{ index: 300, type: "X", data: "y" }] })).status,
    ).toBe(401);
  });

  it.each(ADMINS)("administers, and is not added without the permission for it: %s", async (type) => {
    const { call, store } = await createFixture();
    await seed(store, `${PREFIX}/x`, [{ ...admin("011111110011"), type }]);
    const note = [{ index: 1, type: "NOTE", data: "x" }];
    expect((await call("PUT", `${path("x")}?index=1`, { user: ADMIN, body: note })).status).toBe(201);

    // add_value alone
    await seed(store, `${PREFIX}/y`, [admin("000001000000")]);
    const body = [{ ...admin("011111110011"), index: 7, type }];
    expect(
      (
        await call("PUT", `${path("y")}?index=7`, {
          user: ADMIN,
          body: note.map((one) => ({ ...one, index: 7 })),
        })
      ).status,
    ).toBe(201);
    const refused = await call("PUT", `${path("y")}?index=8`, {
      user: ADMIN,
      body: body.map((one) => ({ ...one, index: 8 })),
    });
    expect([refused.status, refused.json?.responseCode]).toEqual([403, 400]);
  });
});

/** A reserved type in any mix of case, perhaps with a subtype. */
const anySpelling = (name: string) =>
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
      fc.oneof(
        fc.constant(""),
        fc.string({ unit: fc.constantFrom(..."aX6._-/"), maxLength: 5 }).map((text) => `.${text}`),
      ),
    )
    .map(
      ([lower, subtype]) =>
        Array.from(name, (one, i) => (lower[i] ? one.toLowerCase() : one)).join("") + subtype,
    );

describe("a reserved type in any mix of case and with any subtype", () => {
  it("identifies, and is hidden from everybody, as the plain one", async () => {
    await fc.assert(
      fc.asyncProperty(
        anySpelling("HS_SECKEY"),
        fc.constantFrom("1111", "1110", "0010"),
        async (type, permissions) => {
          const { call, store } = await createFixture();
          const key = { index: 300, type, data: "S3CR3T-u", permissions };
          await seed(store, `${PREFIX}/U`, [key, { index: 1, type: "URL", data: "u" }]);
          await seed(store, `${PREFIX}/x`, [admin("011111110011", 300, `${PREFIX}/U`)]);
          const query = encodeURIComponent(type);
          for (const target of [
            "",
            "?index=300",
            `?type=${query}`,
            "?publicOnly",
            `?index=300&type=${query}`,
          ]) {
            expect((await call("GET", `${path("U")}${target}`)).text).not.toContain("S3CR3T");
          }
          expect((await call("GET", `/${PREFIX}/U?noredirect`)).text).not.toContain("S3CR3T");
          const body = [{ index: 1, type: "NOTE", data: "x" }];
          const put = await call("PUT", `${path("x")}?index=1`, { user: U, password: "S3CR3T-u", body });
          expect(put.status).toBe(201);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("administers, and is added only with the permission for it, as the plain one", async () => {
    await fc.assert(
      fc.asyncProperty(anySpelling("HS_ADMIN"), async (type) => {
        const { call, store } = await createFixture();
        const put = async (name: string, index: number, value: object) =>
          (await call("PUT", `${path(name)}?index=${index}`, { user: ADMIN, body: [{ ...value, index }] }))
            .status;
        await seed(store, `${PREFIX}/x`, [{ ...admin("011111110011"), type }]);
        expect(await put("x", 1, { type: "NOTE", data: "x" })).toBe(201);
        // add_value alone
        await seed(store, `${PREFIX}/y`, [admin("000001000000")]);
        expect(await put("y", 7, { type: "NOTE", data: "x" })).toBe(201);
        expect(await put("y", 8, { ...admin("011111110011"), type })).toBe(403);
      }),
      { numRuns: 40 },
    );
  });
});
