import { describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, path } from "./support.ts";

/** A site as Handle.Net shows one whose server has no public key; older mirrors have such records. */
const KEYLESS = {
  version: 1,
  protocolVersion: "2.10",
  serialNumber: 1,
  primarySite: true,
  multiPrimary: false,
  attributes: [],
  servers: [
    {
      serverId: 1,
      address: "192.0.2.1",
      publicKey: { format: "base64", value: "" },
      interfaces: [{ query: true, admin: true, protocol: "TCP", port: 2641 }],
    },
  ],
};

describe("JSON that Handle.Net gives or accepts in a PUT", () => {
  it.each([
    { format: "base64", value: "" },
    { format: "base64", value: "AQIDBA==" },
  ])("a site whose server has the public key %j comes back as it was", async (publicKey) => {
    const { call } = await createFixture();
    const value = { ...KEYLESS, servers: [{ ...KEYLESS.servers[0], publicKey }] };
    const data = { format: "site", value };
    const body = { values: [{ index: 1, type: "HS_SITE", data, ttl: 86400 }, admin()] };
    expect((await call("PUT", path("site"), { user: ADMIN, body })).status).toBe(201);
    const { json } = await call("GET", `${path("site")}?index=1`);
    expect(json?.values).toMatchObject([{ data }]);
  });

  it.each([{ values: null }, { values: [] }])("%j makes a record without values", async (body) => {
    const { call } = await createFixture();
    expect((await call("PUT", path("empty"), { user: ADMIN, body })).status).toBe(201);
    expect((await call("GET", path("empty"))).json).toMatchObject({ responseCode: 200, values: [] });
  });

  it("permissions and a type that are numbers, and a ttl that is a date", async () => {
    const { call } = await createFixture();
    const body = [{ index: 1, type: 5, data: "x", permissions: 1111, ttl: "2030-01-02" }, admin()];
    expect((await call("PUT", path("numbers"), { user: ADMIN, body })).status).toBe(201);
    expect((await call("GET", `${path("numbers")}?index=1`)).json?.values).toMatchObject([
      { type: "5", permissions: "1111", ttl: "2030-01-02T00:00:00Z" },
    ]);
  });
});

describe("permissions of HS_ADMIN in a PUT", () => {
  it.each([
    ["1111", "000000001111"],
    ["1011111110011", "011111110011"],
    ["01111111001x", "011111110010"],
    ["", "000000000000"],
    [4098, "000000000010"],
    [true, "111111111111"],
    [[1, 1], "000000000011"],
  ])("%j are stored as %s, as Handle.Net does", async (permissions, stored) => {
    const { call } = await createFixture();
    const data = { format: "admin", value: { handle: "a/b", index: 300, permissions } };
    const body = [{ index: 101, type: "HS_ADMIN", data }, admin()];
    expect((await call("PUT", path("owned"), { user: ADMIN, body })).status).toBe(201);
    const { json } = await call("GET", `${path("owned")}?index=101`);
    expect(json?.values).toMatchObject([{ data: { value: { permissions: stored } } }]);
  });
});

describe("values of permissions 0000", () => {
  it("are read by administrators, who could read nothing of the record otherwise, and by nobody else", async () => {
    const { call } = await createFixture();
    const body = [{ index: 1, type: "NOTE", data: "not for all", permissions: "0000" }, admin()];
    await call("PUT", path("closed"), { user: ADMIN, body });
    expect((await call("GET", path("closed"))).text).not.toContain("not for all");
    const { json } = await call("GET", path("closed"), { user: ADMIN });
    expect(json?.values).toMatchObject([{ index: 1, permissions: "0000" }, { index: 100 }]);
  });
});

describe("a value of more than 1048576 bytes", () => {
  it("is refused, because no client could read the record again", async () => {
    const { call } = await createFixture();
    const put = (data: string) =>
      call("PUT", path("large"), { user: ADMIN, body: [{ index: 1, type: "NOTE", data }, admin()] });
    const refused = await put("x".repeat(1_048_577));
    expect([refused.status, refused.json?.message]).toEqual([
      400,
      expect.stringContaining("index 1 has more than 1048576 bytes"),
    ]);
    expect((await call("GET", path("large"))).status).toBe(404);
    expect((await put("x".repeat(1_048_576))).status).toBe(201);
  });
});
