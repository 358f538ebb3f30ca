import { createHash } from "node:crypto";
import { signedBytes } from "@handlekit/auth/wire";
import { encodeBase64, encodeUtf8, type HandleValueInput } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { ADMIN, admin, createFixture, OTHER, PREFIX, path, SEEDED, seed } from "./support.ts";

/** Index 20 of the record is hidden, 1 to 3 and 100 are public, 7 is absent. */
const NOTE: HandleValueInput = { index: 20, type: "NOTE", data: "hidden", permissions: "1100" };
const ABSENT: HandleValueInput = { ...NOTE, index: 7 };
const stranger = { user: OTHER.user, password: OTHER.password };

type Fixture = Awaited<ReturnType<typeof createFixture>>;
const brief = ({ status, json }: Awaited<ReturnType<Fixture["call"]>>) => [
  status,
  json?.responseCode,
  json?.message,
];
const put = ({ call }: Fixture, query: string, values: readonly HandleValueInput[], who: object = stranger) =>
  call("PUT", path(`Record?${query}`), { ...who, body: values }).then(brief);

/** A user who may add values to a record, and one who may also modify them, but neither may read hidden ones. */
async function withHelper(permissions: string) {
  const fixture = await createFixture();
  await seed(fixture.store, `${PREFIX}/Helped`, [
    { index: 1, type: "URL", data: "https://example.org/" },
    NOTE,
    admin(permissions, 300, `${PREFIX}/OTHER`),
  ]);
  const change = (query: string, values: readonly HandleValueInput[]) =>
    fixture.call("PUT", path(`Helped?${query}`), { ...stranger, body: values }).then(brief);
  return { fixture, change };
}
const ADDER = "000001000000";
const MODIFIER = "000000010000";

describe("a caller without permission does not learn that there is a hidden value", () => {
  it("by adding one at its index", async () => {
    const fixture = await createFixture();
    const answers = [NOTE, ABSENT].map((value) =>
      put(fixture, `index=${value.index}&overwrite=false`, [value]),
    );
    expect(await Promise.all(answers)).toEqual([
      [403, 400, undefined],
      [403, 400, undefined],
    ]);
    const both = await put(fixture, "index=various&overwrite=false", [{ ...NOTE, index: 2 }, NOTE]);
    expect(both).toEqual([409, 201, "Index conflict for 2"]);
  });

  it("by replacing it, even if the guess is right", async () => {
    const fixture = await createFixture();
    const timestamp = SEEDED.toISOString();
    for (const value of [NOTE, { ...NOTE, timestamp }, { ...NOTE, data: "wrong" }, ABSENT]) {
      expect(await put(fixture, `index=${value.index}`, [value])).toEqual([403, 400, undefined]);
    }
  });

  it("by replacing the record with what it may be", async () => {
    const fixture = await createFixture();
    const { json } = await fixture.call("GET", path("Record"));
    const known = json?.values as HandleValueInput[];
    for (const more of [[NOTE], [{ ...NOTE, data: "wrong" }], []]) {
      const answered = await fixture.call("PUT", path("Record"), { ...stranger, body: [...known, ...more] });
      expect(brief(answered)).toEqual([403, 400, undefined]);
    }
  });

  it("by removing it", async () => {
    const fixture = await createFixture();
    const remove = async (query: string) =>
      brief(await fixture.call("DELETE", path(`Record?${query}`), stranger));
    for (const query of ["index=20", "index=7", "index=1&index=20", "index=1&index=7"]) {
      expect(await remove(query)).toEqual([400, 200, undefined]);
    }
    expect(await remove("index=1")).toEqual([403, 400, undefined]);
  });

  it.each<[string, object]>([
    ["a login", stranger],
    ["publicOnly=false alone", {}],
  ])("by reading its index with %s", async (what, who) => {
    const { call } = await createFixture();
    const read = async (query: string) =>
      brief(await call("GET", path(`Record?publicOnly=false&${query}`), who));
    const refused = what === "a login" ? [403, 400, undefined] : [401, 402, undefined];
    for (const query of ["index=20", "index=7", "index=1&index=20", "index=1&index=7"]) {
      expect(await read(query)).toEqual(refused);
    }
    expect(await read("index=1")).toEqual([200, 1, undefined]);
    for (const query of ["type=NOTE", "type=ABSENT"])
      expect(await read(query)).toEqual([200, 200, undefined]);
  });

  it("by a closed value, that administrators cannot read either", async () => {
    const fixture = await createFixture();
    await seed(fixture.store, `${PREFIX}/Closed`, [{ ...NOTE, permissions: "0100" }, admin()]);
    const read = async (query: string, who: object) =>
      brief(await fixture.call("GET", path(`Closed?${query}`), who));
    expect(await read("index=20", stranger)).toEqual(await read("index=7", stranger));
    expect(await read("index=20", { user: ADMIN })).toEqual([403, 401, undefined]);
  });

  it("by a verification, nor by the time of one", async () => {
    const { call } = await createFixture();
    const [nonce, cnonce] = ["a nonce", "a cnonce"].map((text) => encodeBase64(encodeUtf8(text)));
    const verify = async (index: number, password: string) => {
      const message = signedBytes(encodeUtf8("a nonce"), encodeUtf8("a cnonce"));
      const signature = createHash("sha256")
        .update(password)
        .update(message)
        .update(password)
        .digest("base64");
      const query = new URLSearchParams({
        nonce: nonce ?? "",
        cnonce: cnonce ?? "",
        signature,
        alg: "SHA256",
      });
      return (await call("GET", `/api/verifications/${index}:${PREFIX}/OTHER?${query}`)).json?.isValid;
    };
    expect(await verify(300, OTHER.password)).toBe(true);
    // The key that a missing one is replaced by is not valid either.
    const none = "\0".repeat(16);
    expect([await verify(300, none), await verify(7, none), await verify(100, none)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("a caller with some permissions", () => {
  it("who may add is told of a conflict, and cannot guess the value", async () => {
    const { change } = await withHelper(ADDER);
    expect(await change("index=20&overwrite=false", [NOTE])).toEqual([409, 201, "Index conflict for 20"]);
    expect(await change("index=20", [NOTE])).toEqual([403, 400, undefined]);
    expect(await change("index=20", [{ ...NOTE, data: "wrong" }])).toEqual([403, 400, undefined]);
    expect(await change("index=7&overwrite=false", [ABSENT])).toEqual([201, 1, undefined]);
  });

  it("who may modify is answered the same, whether the value is new or not", async () => {
    const { change } = await withHelper(MODIFIER);
    expect(await change("index=20", [NOTE])).toEqual([200, 1, undefined]);
    expect(await change("index=20", [{ ...NOTE, data: "new" }])).toEqual([200, 1, undefined]);
    expect(await change("index=20&overwrite=false", [NOTE])).toEqual([403, 400, undefined]);
  });

  it("who may read needs no other one to write hidden values unchanged", async () => {
    const { change } = await withHelper("010001000000");
    expect(await change("index=various", [NOTE, ABSENT])).toEqual([200, 1, undefined]);
  });

  it("who may read is refused by name", async () => {
    const { fixture } = await withHelper("010000000000");
    const answered = await fixture.call("DELETE", path("Helped?index=20"), stranger);
    expect(brief(answered)).toEqual([403, 400, undefined]);
  });
});

describe("a publicly writable value", () => {
  it.each(["HS_SECKEY", "HS_PUBKEY", "HS_VLIST", "HS_SITE"])("does not become an %s", async (type) => {
    const fixture = await createFixture();
    const open = { index: 5, type: "GUESTBOOK", data: "hello", permissions: "1111" };
    await seed(fixture.store, `${PREFIX}/Open`, [open, admin()]);
    const write = async (value: HandleValueInput, who: object) =>
      (await fixture.call("PUT", path("Open?index=5"), { ...who, body: [value] })).status;
    expect(await write({ ...open, data: "hello again" }, stranger)).toBe(200);
    expect(await write({ ...open, type, data: { format: "base64", value: "AAAA" } }, stranger)).toBe(403);
    expect(await write({ ...open, type, data: { format: "base64", value: "AAAA" } }, { user: ADMIN })).toBe(
      200,
    );
  });
});
