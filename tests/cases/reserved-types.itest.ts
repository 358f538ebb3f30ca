import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CaseServer, failureOf, HANDLE, type RecordFile, readCase, startCaseServer } from "./support.ts";

let server: CaseServer;
beforeAll(async () => {
  server = await startCaseServer();
});
afterAll(() => server?.stop());

const U = { user: "300:20.500.12345/U", password: "upw" };
const note = { index: 1, type: "NOTE", data: "x" };

async function putUser(type = "HS_SECKEY"): Promise<void> {
  const { handle, values } = await readCase<RecordFile>("13-reserved-types-authorise", "user.json");
  await server.put(
    handle,
    values.map((value) => ({ ...value, type })),
  );
}

const admin = (type: string, permissions: string, name = "20.500.12345/U", index = 300) => ({
  index: 100,
  type,
  data: { format: "admin", value: { handle: name, index, permissions } },
});

const putNote = (index = 1, value: object = note) =>
  server.ask("PUT", `/api/handles/${HANDLE}?index=${index}`, { user: U, body: [{ ...value, index }] });

describe("13-reserved-types-authorise", () => {
  const name = "13-reserved-types-authorise";
  it.each(["record-hs_admin.json", "record-HS_ADMIN.X.json"])("authorises by %s", async (file) => {
    await putUser();
    const { handle, values } = await readCase<RecordFile>(name, file);
    await server.put(handle, values);
    expect((await putNote()).status).toBe(200);
  });

  it.each(["HS_SECKEY", "hs_seckey", "Hs_SecKey", "HS_SECKEY.X", "hs_seckey.", "HS_SECKEY.6.a"])(
    "identifies by %s, which stays hidden",
    async (type) => {
      await putUser(type);
      await server.put(HANDLE, [admin("HS_ADMIN", "111111111111")]);
      expect((await putNote()).status).toBeLessThan(202);
      const values = [{ index: 300, type, data: "S3CR3T-public", permissions: "1111" }];
      await server.put("20.500.12345/hidden", values);
      for (const query of ["", "?index=300", `?type=${type}`, "?publicOnly"]) {
        const { text } = await server.ask("GET", `/api/handles/20.500.12345/hidden${query}`, { user: null });
        expect(text).not.toContain("S3CR3T");
      }
      const page = await server.ask("GET", "/20.500.12345/hidden?noredirect", { url: server.http });
      expect(page.text).not.toContain("S3CR3T");
    },
  );

  it.each(["HS_VLIST", "hs_vlist", "HS_VLIST.X", "hs_VLIST.9"])("finds members in %s", async (type) => {
    await putUser();
    const members = { format: "vlist", value: [{ handle: "20.500.12345/U", index: 300 }] };
    await server.put("20.500.12345/G", [{ index: 200, type, data: members }]);
    await server.put(HANDLE, [admin("HS_ADMIN", "111111111111", "20.500.12345/G", 200)]);
    expect((await putNote()).status).toBeLessThan(202);
  });

  it.each(["HS_ADMIN", "hs_admin", "HS_ADMIN.X", "Hs_Admin.", "hs_admin.6"])(
    "needs the permissions of administrators to add, change or remove %s",
    async (type) => {
      await putUser();
      // Add, modify and remove values, but nothing of administrators.
      const record = [note, admin("HS_ADMIN", "000001110000"), { ...admin(type, "0"), index: 101 }];
      await server.put(HANDLE, record);
      expect((await putNote(2)).status).toBe(201);
      const refused = async (index: number, value: object) => {
        const { status, json } = await putNote(index, value);
        expect([status, json?.responseCode]).toEqual([403, 400]);
      };
      await refused(7, admin(type, "111111111111"));
      await refused(1, admin(type, "111111111111"));
      await refused(101, note);
      const removed = await server.ask("DELETE", `/api/handles/${HANDLE}?index=101`, { user: U });
      expect([removed.status, removed.json?.responseCode]).toEqual([403, 400]);
    },
  );

  it.each(["HS_ADMINX", "HS_ADMI", "XHS_ADMIN", "HS_ADMIN/X", "0.TYPE/HS_ADMIN"])(
    "does not authorise by %s, which is another type",
    async (type) => {
      await putUser();
      await server.put(HANDLE, [admin(type, "111111111111")]);
      expect((await putNote()).status).toBe(403);
    },
  );
});

describe("15-reserved-types-client-guard", () => {
  const name = "15-reserved-types-client-guard";

  it.each(["record.json", "record2.json"])("guards the administrator in %s", async (file) => {
    const { handle, values } = await readCase<RecordFile>(name, file);
    await server.put(handle, values);
    const before = (await server.ask("GET", `/api/handles/${handle}`)).text;
    const client = server.client();
    const attempts = [
      () => client.modify(handle, [{ type: "hs_admin", data: "x" }]),
      () => client.modify(handle, [{ index: 100, type: "URL", data: "x" }]),
      () => client.deleteValues(handle, ["hs_admin"]),
      () => client.deleteValues(handle, ["HS_ADMIN.X"]),
      () => client.deleteValues(handle, [100]),
      () => client.modify(handle, { "HS_ADMIN.": "x" }),
    ];
    for (const attempt of attempts) {
      const { code, message } = await failureOf(attempt);
      expect([code, message]).toEqual([
        "invalid_options",
        expect.stringMatching(/HS_ADMIN.*nothing was changed/i),
      ]);
    }
    expect((await server.ask("GET", `/api/handles/${handle}`)).text).toBe(before);
  });

  it.each(["record.json", "record2.json"])("guards it from bulk runs and overwriting: %s", async (file) => {
    const { handle, values } = await readCase<RecordFile>(name, file);
    await server.put(handle, values);
    const client = server.client();
    const report = await client.bulk([
      { kind: "modify", handle, values: [{ type: "hs_ADMIN.6", data: "x" }] },
      { kind: "deleteValues", handle, which: [100] },
    ]);
    expect(report).toMatchObject({ done: 0, failed: 2 });
    expect((await client.read(handle)).values.map(({ index }) => index)).toContain(100);
  });

  it.each(["hs_admin", "Hs_Admin", "HS_ADMIN.X", "hs_admin.1"])(
    "adds no second administrator to %s",
    async (type) => {
      const client = server.client();
      // Handles fold case.
      const handle = `20.500.12345/new-${Buffer.from(type).toString("hex")}`;
      await client.create(handle, [
        { type: "URL", data: "https://example.org/" },
        admin(type, "111111111111") as never,
      ]);
      const types = (await client.read(handle)).values.map((value) => value.type);
      expect(types).toEqual(["URL", type]);
    },
  );

  it("keeps a new HS_SECKEY hidden in any spelling", async () => {
    const client = server.client();
    for (const type of ["HS_SECKEY", "hs_seckey", "HS_SECKEY.X"]) {
      const handle = `20.500.12345/key-${Buffer.from(type).toString("hex")}`;
      const change = await client.create(handle, [{ index: 300, type, data: "S3CR3T-new" }]);
      expect(String(change)).not.toContain("S3CR3T");
      const { values } = await client.read(handle, { authenticated: true });
      expect(values.find((value) => value.index === 300)?.permissions).toBe("1100");
    }
  });
});
