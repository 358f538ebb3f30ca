import { encodeValues, handleKey } from "@handlekit/core";
import { expect, it } from "vitest";
import { usePostgres } from "./use-postgres.ts";
import { value } from "./values.ts";

const { open, connect } = usePostgres();
const key = handleKey("TEST/sqlrow");

const COLUMNS = `convert_from(handle, 'UTF8') AS handle, idx, convert_from(type, 'UTF8') AS type, encode(data, 'hex') AS data,
  ttl_type, ttl, timestamp, refs, admin_read, admin_write, pub_read, pub_write`;

it("writes the rows that Handle.Net writes", async () => {
  const { store, connectionString } = await open();
  const admin = { handle: "0.NA/TEST", index: 200, permissions: "111111111111" };
  const [adminValue] = encodeValues([
    { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } },
  ]).map((each) => ({ ...each, timestamp: 1_795_000_000 }));
  if (adminValue === undefined) throw new Error("There is no value.");
  const absolute = { ttlType: "absolute", ttl: 1_893_553_445 } as const;
  const references = [
    { index: 5, handle: "TEST/x\ty" },
    { index: 6, handle: "TEST/z" },
  ];
  const url = value(1, "https://example.org/é", { ...absolute, references, permissions: 0b0110 });
  await store.commit(key, "absent", [url, adminValue]);
  await store.home("TEST");

  const client = await connect(connectionString);
  const { rows } = await client.query(`SELECT ${COLUMNS} FROM handles ORDER BY idx`);
  expect(rows).toEqual([
    {
      handle: "TEST/SQLROW",
      idx: 1,
      type: "URL",
      data: Buffer.from("https://example.org/é").toString("hex"),
      ttl_type: 1,
      ttl: 1893553445,
      timestamp: 1700000000,
      refs: "5:TEST/x\\ty%00096:TEST/z",
      admin_read: false,
      admin_write: true,
      pub_read: true,
      pub_write: false,
    },
    {
      handle: "TEST/SQLROW",
      idx: 100,
      type: "HS_ADMIN",
      data: "0fff00000009302e4e412f54455354000000c8",
      ttl_type: 0,
      ttl: 86400,
      timestamp: 1795000000,
      refs: "",
      admin_read: true,
      admin_write: true,
      pub_read: true,
      pub_write: false,
    },
  ]);
  const nas = await client.query("SELECT convert_from(na, 'UTF8') AS na FROM nas");
  expect(nas.rows).toEqual([{ na: "0.NA/TEST" }]);
});

it("reads what Handle.Net wrote, in any order and with nulls", async () => {
  const { store, connectionString } = await open();
  const client = await connect(connectionString);
  await client.query(`INSERT INTO handles VALUES
    ('TEST/SQLROW', 3, 'URL', 'https://example.org/', 1, -1, -1, '5:TEST/x\\ty%00096:TEST/z', true, true, true, false),
    ('TEST/SQLROW', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
  await client.query("INSERT INTO nas VALUES ('0.NA/TEST'), ('0.NA/0.NA'), ('other')");
  expect((await store.read(key))?.values).toEqual([
    value(1, "", { type: "", ttl: 0, permissions: 0, timestamp: 0 }),
    value(3, "https://example.org/", {
      ttlType: "absolute",
      ttl: 4_294_967_295,
      timestamp: 4_294_967_295,
      references: [
        { index: 5, handle: "TEST/x\ty" },
        { index: 6, handle: "TEST/z" },
      ],
    }),
  ]);
  expect(await store.prefixes()).toEqual(["0.NA", "TEST"]);
  expect(await store.list("TEST", undefined, 10)).toEqual([key]);
});

it("changes only the rows of values that change", async () => {
  const { store, connectionString } = await open();
  const client = await connect(connectionString);
  const versions = async (): Promise<[number, string][]> =>
    (await client.query("SELECT idx, xmin::text FROM handles ORDER BY idx")).rows.map(({ idx, xmin }) => [
      idx,
      xmin,
    ]);
  await store.commit(key, "absent", [value(1, "a"), value(2, "b"), value(3, "c")]);
  const before = new Map(await versions());
  const record = await store.read(key);
  await store.commit(key, record?.revision ?? "absent", [value(1, "a"), value(3, "new"), value(4, "d")]);
  const after = new Map(await versions());
  expect([...after.keys()]).toEqual([1, 3, 4]);
  expect(after.get(1)).toBe(before.get(1));
  expect(after.get(3)).not.toBe(before.get(3));
});

it("lets a record without values become one of Handle.Net, and does not show the former one after that", async () => {
  const { store, connectionString } = await open({ foreignWritesTtl: 0 });
  const client = await connect(connectionString);
  await store.commit(key, "absent", []);
  await client.query("INSERT INTO handles (handle, idx, type, data) VALUES ('TEST/SQLROW', 1, 'URL', 'x')");
  const record = await store.read(key);
  expect(record?.values.length).toBe(1);
  expect(await store.list("TEST", undefined, 10)).toEqual([key]);
  expect(await store.commit(key, record?.revision ?? "absent", null)).toBe("done");
  expect(await store.read(key)).toBe(undefined);
});

it("has a conflict when another program changed a row, and when it creates the same handle", async () => {
  const { store, connectionString } = await open();
  const client = await connect(connectionString);
  await store.commit(key, "absent", [value(1, "a")]);
  const record = await store.read(key);
  await client.query("UPDATE handles SET data = 'b'");
  expect(await store.commit(key, record?.revision ?? "absent", [value(1, "c")])).toBe("conflict");
  const other = handleKey("TEST/OTHER");
  await client.query("BEGIN");
  await client.query(
    "INSERT INTO handles (handle, idx, type, data) VALUES ('TEST/OTHER', 1, 'URL', 'theirs')",
  );
  const committing = store.commit(other, "absent", [value(1, "ours")]);
  await client.query("SELECT 1");
  await client.query("COMMIT");
  expect(await committing).toBe("conflict");
  expect((await store.read(other))?.values[0]?.data).toEqual(new TextEncoder().encode("theirs"));
});
