import { encodeUtf8, handleKey } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createArdcClients } from "../src/ardc/access/clients.ts";
import { grantArdcIdentity } from "../src/ardc/access/identities.ts";
import {
  ALICE,
  BOB,
  basic,
  bodyOf,
  CAROL,
  createArdcFixture,
  KEY,
  PREFIX,
  type Sent,
  stored,
  type Who,
} from "./ardc-support.ts";

const MINT = { type: "DESC", value: "x" };
const FAILED = { type: "failure", message: { type: "user", text: "Authentication Failed" } };
const { appId: _, ...UNNAMED } = ALICE;

describe("the caller", () => {
  it("is known by a secret in the body or in the header", async () => {
    const { call } = await createArdcFixture();
    expect((await call("mint", MINT)).type).toBe("success");
    const { identifier, authDomain } = ALICE;
    const sent = { headers: basic(ALICE.appId, ALICE.secret) };
    expect((await call("mint", MINT, { identifier, authDomain }, sent)).type).toBe("success");
  });

  it.each<[string, Who]>([
    ["an unknown App Id", { ...ALICE, appId: "0".repeat(40) }],
    ["another's secret", { ...ALICE, secret: BOB.secret }],
    ["a wrong secret", { ...ALICE, secret: "wrong" }],
    ["the secret in another case", { ...ALICE, secret: ALICE.secret.toLowerCase() }],
    ["no secret", { appId: ALICE.appId, identifier: "ExampleUser", authDomain: "example.org" }],
    ["no App Id", UNNAMED],
    ["no identifier", { appId: ALICE.appId, secret: ALICE.secret, authDomain: "example.org" }],
    ["no authDomain", { appId: ALICE.appId, secret: ALICE.secret, identifier: "ExampleUser" }],
  ])("is refused with one message: %s", async (_, who) => {
    const { call, store } = await createArdcFixture();
    for (const name of ["mint", "addValue", "addValueByIndex", "modifyValueByIndex", "deleteValueByIndex"]) {
      expect(await call(name, {}, who)).toMatchObject(FAILED);
    }
    for (const name of ["listHandles", "getOwnerHandle"])
      expect(await call(name, {}, who)).toMatchObject(FAILED);
    expect(await store.list(PREFIX, undefined, 10)).toEqual([]);
  });

  it("gets an owner handle after authentication, and before the parameters are checked", async () => {
    const { call, store } = await createArdcFixture();
    await call("mint", MINT, { ...ALICE, secret: "wrong" });
    expect(await store.list(PREFIX, undefined, 10)).toEqual([]);
    await call("mint", {});
    expect(await store.list(PREFIX, undefined, 10)).toEqual([`${PREFIX}/1`]);
  });

  it.each<[string, string]>([
    ["colons", "S3CR3T:with:colons"],
    ["letters that are not ASCII", "S3CR3T é𝒳 ß"],
    ["spaces around it", " S3CR3T "],
    ["what XML escapes", "S3CR3T\"<&>'"],
  ])("may have a secret with %s", async (_, secret) => {
    const { call, state } = await createArdcFixture();
    const appId = await createArdcClients(state, KEY).add({ description: "", secret: encodeUtf8(secret) });
    const who = { identifier: "Odd", authDomain: "x" };
    const byBody = await call("mint", MINT, { ...who, appId, secret });
    const byHeader = await call("mint", MINT, who, { headers: basic(appId, secret) });
    expect([byBody.type, byHeader.type]).toEqual(["success", "success"]);
    const cut = secret.slice(0, -1);
    expect(await call("mint", MINT, { ...who, appId, secret: cut })).toMatchObject(FAILED);
  });

  it("may have a header in ISO-8859-1, which some clients encode", async () => {
    const { call, state } = await createArdcFixture();
    const appId = await createArdcClients(state, KEY).add({
      description: "",
      secret: encodeUtf8("S3CR3T é!"),
    });
    const headers = basic(appId, Buffer.from("S3CR3T é!", "latin1"));
    expect((await call("mint", MINT, { identifier: "a", authDomain: "b" }, { headers })).type).toBe(
      "success",
    );
  });

  it.each<[string, Record<string, string>]>([
    ["a wrong secret", basic(ALICE.appId, "wrong")],
    ["an empty secret", basic(ALICE.appId, "")],
    ["no colon", { authorization: `Basic ${btoa(ALICE.appId)}` }],
    ["no App Id", basic("", ALICE.secret)],
    ["no base64", { authorization: "Basic !" }],
    ["nothing", { authorization: "Basic" }],
    ["another case", { authorization: `basic ${btoa(`${ALICE.appId}:wrong`)}` }],
  ])("is the one in the header, not in the body: %s", async (_, headers) => {
    const { call } = await createArdcFixture();
    expect(await call("mint", MINT, ALICE, { headers })).toMatchObject(FAILED);
  });

  it("is the one in the header if the body names another client", async () => {
    const { call, values } = await createArdcFixture();
    const headers = basic(ALICE.appId, ALICE.secret);
    await call("mint", MINT, { ...BOB, identifier: "ExampleUser" }, { headers });
    expect((await values(`${PREFIX}/1`))?.[3]).toEqual([103, "APPID", ALICE.appId, "1100"]);
    expect(await call("mint", MINT, BOB, { headers: basic(BOB.appId, ALICE.secret) })).toMatchObject(FAILED);
  });

  it("is the one in the body if the header has another scheme", async () => {
    const { call } = await createArdcFixture();
    const headers = { authorization: "Bearer x" };
    expect((await call("mint", MINT, ALICE, { headers })).type).toBe("success");
  });

  it("is never recognised by an empty secret", async () => {
    const { call, state } = await createArdcFixture();
    const clients = createArdcClients(state, KEY);
    await expect(clients.add({ description: "", secret: new Uint8Array() })).rejects.toMatchObject({
      code: "invalid_options",
    });
    expect(await call("mint", MINT, CAROL, { headers: basic(CAROL.appId, "") })).toMatchObject(FAILED);
  });
});

describe("a refused login", () => {
  const { identifier, authDomain } = ALICE;
  const at = { address: "192.0.2.7" };
  const page = { ...at, headers: { origin: "https://page.example.org" } };

  it.each<[identity: string | undefined, reason: string, who: Who, sent?: Sent]>([
    ["00000000…", "The App Id is not registered", { ...ALICE, appId: "0".repeat(40) }],
    ["short", "The App Id is not registered", { ...ALICE, appId: "short" }],
    ["a\\u202eb\\u{e0001}", "The App Id is not registered", { ...ALICE, appId: "a\u202eb\u{e0001}" }],
    ["𝒳𝒳𝒳𝒳𝒳𝒳𝒳𝒳…", "The App Id is not registered", { ...ALICE, appId: "𝒳".repeat(9) }],
    [undefined, "App Id and secret are exchanged", { ...ALICE, appId: ALICE.secret, secret: ALICE.appId }],
    ["aaaaaaaa…", "The secret is wrong", { ...ALICE, secret: "S3CR3T-wrong" }],
    ["aaaaaaaa…", "There is no secret", { appId: ALICE.appId, identifier, authDomain }],
    ["cccccccc…", "There is no secret, and the address is not registered", CAROL],
    [
      "cccccccc…",
      "The App Id has no secret, and the address is not registered",
      { ...CAROL, secret: "S3CR3T-wrong" },
    ],
    [
      "cccccccc…",
      "There is no secret, and a request of a web page is not recognised by its address",
      CAROL,
      page,
    ],
    ["aaaaaaaa…", "The secret is wrong", { ...ALICE, secret: "S3CR3T-wrong" }, at],
    [undefined, "There is no App Id", UNNAMED],
    ["aaaaaaaa…", "There is no identifier", { appId: ALICE.appId, secret: ALICE.secret, authDomain }],
    ["aaaaaaaa…", "There is no authDomain", { appId: ALICE.appId, secret: ALICE.secret, identifier }],
    [undefined, "The Basic header is malformed", ALICE, { headers: { authorization: "Basic S3CR3T" } }],
  ])("is observed as %s: %s", async (identity, reason, who, sent) => {
    const { call, events, log } = await createArdcFixture();
    expect(await call("mint", MINT, who, sent)).toMatchObject(FAILED);
    expect(events.map(({ failedLogin }) => failedLogin)).toEqual([{ scheme: "ardc", identity, reason }]);
    expect(JSON.stringify(events) + log.lines.join("")).not.toContain("S3CR3T");
  });

  it("is observed for a client that was revoked, and for an administrator", async () => {
    const { call, send, events, state } = await createArdcFixture();
    await createArdcClients(state, KEY).revoke(ALICE.appId);
    await call("mint", MINT);
    await send("/pids/listClients");
    expect(events.map(({ failedLogin }) => failedLogin?.reason)).toEqual([
      "The App Id was revoked",
      "The address may not administer clients, or the request is of a web page",
    ]);
  });

  it("shows at most eight characters of whatever was sent as App Id, in one line", async () => {
    const { call, events } = await createArdcFixture();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 9 }), async (text) => {
        const start = Buffer.concat([Buffer.from(text), Buffer.from(":S3CR3T")]);
        await call("mint", MINT, ALICE, { headers: { authorization: `Basic ${start.toString("base64")}` } });
        const shown = events.at(-1)?.failedLogin?.identity ?? "";
        expect(shown.length).toBeLessThanOrEqual(8 * "\\u{10ffff}".length + 1);
        expect(shown).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it("is not observed if there is none", async () => {
    const { call, send, events } = await createArdcFixture();
    await call("mint", MINT);
    await send("/pids/getHandle?handle=10378.1/2");
    await call("mint", { type: "X", value: "y" });
    expect(events.map(({ failedLogin }) => failedLogin)).toEqual([undefined, undefined, undefined]);
  });
});

describe("an address", () => {
  const from = (address: string, headers: Record<string, string> = {}): Sent => ({ address, headers });

  it.each(["192.0.2.7", "::ffff:192.0.2.7"])(
    "lets in who is registered for %s, even with a wrong secret",
    async (address) => {
      const { call, log } = await createArdcFixture();
      expect((await call("mint", MINT, CAROL, from(address))).type).toBe("success");
      expect(log.lines.join("\n")).not.toContain("wrong secret");
      const wrong = { ...CAROL, secret: "S3CR3T-wrong" };
      expect((await call("mint", MINT, wrong, from(address))).type).toBe("success");
      expect(log.lines.join("\n")).toContain(
        "a request with a wrong secret was accepted because of its address",
      );
      expect(log.lines.join("\n")).not.toContain("S3CR3T");
    },
  );

  it.each<[string, string, Record<string, string>]>([
    ["another address", "192.0.2.8", {}],
    ["a forged X-Forwarded-For", "198.51.100.1", { "x-forwarded-for": "192.0.2.7" }],
    ["a forged list", "198.51.100.1", { "x-forwarded-for": "192.0.2.7, 192.0.2.7" }],
    ["no address", "", { "x-forwarded-for": "192.0.2.7" }],
    ["a page in a browser", "192.0.2.7", { origin: "https://evil.example" }],
  ])("is refused: %s", async (_, address, headers) => {
    const { call } = await createArdcFixture();
    expect(await call("mint", MINT, CAROL, from(address, headers))).toMatchObject(FAILED);
  });

  it("is refused for another App Id", async () => {
    const { call } = await createArdcFixture();
    const { secret: _, ...alice } = ALICE;
    expect(await call("mint", MINT, alice, from("192.0.2.7"))).toMatchObject(FAILED);
  });

  it.each<[string, string, string, boolean]>([
    ["one proxy", "10.1.2.3", "192.0.2.7", true],
    ["two proxies", "10.1.2.3", "192.0.2.7, 10.9.9.9", true],
    ["a proxy on IPv6", "2001:db8::9", "192.0.2.7", true],
    ["a port", "10.1.2.3", "192.0.2.7:1234", true],
    ["IPv6 in brackets", "10.1.2.3", "[::ffff:192.0.2.7]:1234", true],
    ["what the client itself wrote first", "10.1.2.3", "192.0.2.7, 198.51.100.1", false],
    ["what the client wrote, before a proxy", "10.1.2.3", "192.0.2.7, 198.51.100.1, 10.9.9.9", false],
    ["an unknown one at the end", "10.1.2.3", "192.0.2.7, unknown", false],
    ["nothing", "10.1.2.3", "", false],
    ["only proxies", "10.1.2.3", "10.9.9.9", false],
    ["not from a proxy", "11.1.2.3", "192.0.2.7", false],
  ])("behind proxies is the last address that is not a proxy: %s", async (_, address, forwarded, known) => {
    const { call } = await createArdcFixture({ proxies: ["10.0.0.0/8", "2001:db8::/64"] });
    const answer = await call("mint", MINT, CAROL, from(address, { "x-forwarded-for": forwarded }));
    expect(answer.type).toBe(known ? "success" : "failure");
  });

  it("may be registered as a range and on IPv6", async () => {
    const { call, state } = await createArdcFixture();
    const clients = createArdcClients(state, KEY);
    const appId = await clients.add({ description: "", addresses: ["198.51.100.0/25", "2001:db8::/32"] });
    const by = async (address: string) =>
      (await call("mint", MINT, { appId, identifier: "a", authDomain: "b" }, from(address))).type;
    expect(await by("198.51.100.127")).toBe("success");
    expect(await by("198.51.100.128")).toBe("failure");
    expect(await by("2001:db8:ffff::1")).toBe("success");
    expect(await by("2001:db9::1")).toBe("failure");
  });
});

describe("an identity", () => {
  it("belongs to the App Id that created it, not to others", async () => {
    const { call, mint, events } = await createArdcFixture();
    const handle = await mint("DESC", "x");
    const thief = { ...BOB, identifier: ALICE.identifier };
    for (const name of ["mint", "listHandles", "getOwnerHandle"]) {
      expect(await call(name, MINT, thief)).toMatchObject(FAILED);
    }
    const headers = basic(BOB.appId, BOB.secret);
    const change = { handle, type: "DESC", value: "stolen" };
    expect(await call("addValue", change, ALICE, { headers })).toMatchObject(FAILED);
    const reason = "The identity belongs to another App Id";
    const failedLogin = { scheme: "ardc", identity: "bbbbbbbb…", reason };
    expect(events.slice(1).map((event) => event.failedLogin)).toEqual(Array(4).fill(failedLogin));
  });

  it("may be granted to another App Id, before or after it is created", async () => {
    const { call, state, mint, values } = await createArdcFixture();
    const { identifier, authDomain } = ALICE;
    await grantArdcIdentity(state, PREFIX, { appId: BOB.appId, identifier, authDomain });
    expect(await call("mint", MINT)).toMatchObject(FAILED);
    await grantArdcIdentity(state, PREFIX, { appId: ALICE.appId, identifier, authDomain });
    const handle = await mint("DESC", "x");
    const bob = { ...BOB, identifier };
    expect((await call("addValue", { handle, type: "DESC", value: "y" }, bob)).type).toBe("success");
    expect((await values(`${PREFIX}/1`))?.[3]).toEqual([103, "APPID", ALICE.appId, "1100"]);
  });

  it("may be used by every client in compatible mode, with a warning", async () => {
    const { call, mint, log } = await createArdcFixture({ compatible: true });
    expect(log.lines[0]).toMatch(/^warn .*any registered client may act as any identity/);
    const handle = await mint("DESC", "x");
    const bob = { ...BOB, identifier: ALICE.identifier };
    expect((await call("addValue", { handle, type: "DESC", value: "y" }, bob)).type).toBe("success");
    expect(log.lines.join("\n")).toContain("APPID MISMATCH");
  });

  it("is not captured or locked out by a DESC that imitates its owner's key", async () => {
    const { call, mint, values } = await createArdcFixture();
    const key = "Future####example.org";
    const trap = await mint("DESC", key, BOB);
    const index = { handle: trap, type: "DESC", value: key, index: "102" };
    expect((await call("addValueByIndex", index, BOB)).type).toBe("failure");
    const future = { ...ALICE, identifier: "Future" };
    const handle = await mint("DESC", "mine", future);
    const owner = (await call("getOwnerHandle", {}, future)).identifier?.handle ?? "";
    expect(owner).not.toBe(trap);
    expect((await values(owner))?.[2]).toEqual([102, "DESC", key, "1100"]);
    expect((await call("addValue", { handle, ...MINT }, BOB)).type).toBe("failure");
    expect((await call("addValue", { handle: trap, ...MINT }, future)).type).toBe("failure");
  });

  it("with the separator in its parts is still one identity, of one App Id", async () => {
    const { call, mint } = await createArdcFixture();
    await mint("DESC", "x", { ...ALICE, identifier: "a####b", authDomain: "c" });
    expect(await call("mint", MINT, { ...BOB, identifier: "a", authDomain: "b####c" })).toMatchObject(FAILED);
  });

  it("may be any text", async () => {
    const { mint, values } = await createArdcFixture();
    const identifier = `O'Neil & "Co" <x> é𝒳\t`;
    const authDomain = "ldap.example.org::https://example.org/orca/user/";
    await mint("DESC", "x", { ...ALICE, identifier, authDomain });
    expect((await values(`${PREFIX}/1`))?.[2]?.[2]).toBe(`${identifier}####${authDomain}`);
  });

  it("gets another owner handle if a record of another owner has its number", async () => {
    const { call, mint, store } = await createArdcFixture();
    await mint("DESC", "x");
    const { revision } = (await store.read(handleKey(`${PREFIX}/1`))) ?? {};
    await store.commit(handleKey(`${PREFIX}/1`), revision ?? "absent", [
      stored(102, "DESC", "Else####where"),
    ]);
    expect((await call("getOwnerHandle", {})).identifier?.handle).toBe(`${PREFIX}/3`);
  });

  it("adds its App Id to an owner handle without one", async () => {
    const { mint, store, values } = await createArdcFixture();
    await mint("DESC", "x");
    const { revision, values: old } = (await store.read(handleKey(`${PREFIX}/1`))) ?? {};
    const without = old?.filter(({ index }) => index !== 103) ?? [];
    await store.commit(handleKey(`${PREFIX}/1`), revision ?? "absent", without);
    await mint("DESC", "x");
    expect((await values(`${PREFIX}/1`))?.[3]).toEqual([103, "APPID", ALICE.appId, "1100"]);
  });
});

describe("a body", () => {
  const bare = (who: Who) => bodyOf(who).replace(/^<\?xml.*\?>\n/, "");
  const failure = (text: string) => ({ type: "failure", message: { type: "system", text } });

  it.each<[string, string | Uint8Array, string]>([
    ["is missing", "", "Premature end of file."],
    ["is blank", " \n", "Premature end of file."],
    ["is JSON", '{"appId":1}', "Content is not allowed in prolog."],
    ["has a raw &", '<p a="a&b"/>', "The reference to entity \"b\" must end with the ';' delimiter."],
    [
      "has a raw & and a space",
      '<p a="a & b"/>',
      "The entity name must immediately follow the '&' in the entity reference.",
    ],
    [
      "has a raw & after others",
      '<!-- & --><p a="&amp;&#38;&c"/>',
      "The reference to entity \"c\" must end with the ';' delimiter.",
    ],
    ["has an undefined entity", '<p a="&nbsp;"/>', 'The entity "nbsp" was referenced, but not declared.'],
  ])("that %s gets the message of the original service", async (_, body, text) => {
    const { send } = await createArdcFixture();
    for (const headers of [{}, basic(ALICE.appId, ALICE.secret)]) {
      expect(await send("/pids/mint?type=DESC&value=x", { body, headers })).toMatchObject(failure(text));
    }
  });

  it.each([
    `<p><property name="sharedSecret" value="a&S3CR3T"/></p>`,
    `<p><property value="a&S3CR3T;" name="sharedSecret"/></p>`,
  ])("with a raw & in the secret does not reveal the secret", async (body) => {
    const { send, log } = await createArdcFixture();
    const { text, type } = await send("/pids/mint", { body });
    expect(type).toBe("failure");
    expect(text + log.lines.join("")).not.toContain("S3CR3T");
  });

  const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">${Array.from("bcdefgh", (c, i) => `<!ENTITY ${c} "${`&${"abcdefg"[i]};`.repeat(10)}">`).join("")}]><r>&h;</r>`;
  const deep = `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`;
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
  it.each<[string, string | Uint8Array]>([
    ["external entities", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>${bare(ALICE)}`],
    ["an external DTD", `<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">${bare(ALICE)}`],
    ["an entity bomb", bomb],
    ["100,000 nested elements", deep],
    ["UTF-16", utf16(bodyOf(ALICE))],
    ["UTF-16, which it declares", utf16(bodyOf(ALICE).replace("UTF-8", "UTF-16"))],
    ["bytes that are not UTF-8", Buffer.from(bodyOf({ ...ALICE, identifier: "é" }), "latin1")],
    ["a NUL", bodyOf(ALICE).replace("ExampleUser", "a\u0000b")],
    ["U+0001", bodyOf(ALICE).replace("ExampleUser", "a\u0001b")],
    ["a reference to U+0001", bodyOf(ALICE).replace("ExampleUser", "a&#1;b")],
    ["an end that is missing", bodyOf(ALICE).slice(0, -12)],
  ])("is refused with %s", async (_, body) => {
    const { send, store, log } = await createArdcFixture();
    const began = performance.now();
    const answer = await send("/pids/mint?type=DESC&value=x", { body });
    expect(answer).toMatchObject({ status: 200, type: "failure", message: { type: "system" } });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(answer.text + log.lines.join("")).not.toContain("S3CR3T");
    expect(await store.list(PREFIX, undefined, 10)).toEqual([]);
  });

  it.each<[string, string, Record<string, string>]>([
    ["any root", `<RawXml><value>${bare(ALICE)}</value></RawXml>`, {}],
    ["no declaration", bare(ALICE), {}],
    ["a form's type", bodyOf(ALICE), { "content-type": "application/x-www-form-urlencoded" }],
    [
      "a multipart type",
      bodyOf(ALICE),
      { "content-type": "multipart/form-data", "content-encoding": "UTF-8" },
    ],
    ["ISO-8859-1 that it declares", bodyOf(ALICE).replace("UTF-8", "ISO-8859-1"), {}],
  ])("may have %s", async (_, body, headers) => {
    const { send } = await createArdcFixture();
    expect((await send("/pids/mint?type=DESC&value=x", { body, headers })).type).toBe("success");
  });
});

describe("a parameter", () => {
  it.each([
    ["a%00b", "The parameter value contains the character U+0000, which XML cannot contain"],
    ["a%01b", "The parameter value contains the character U+0001, which XML cannot contain"],
    ["a%EF%BF%BFb", "The parameter value contains the character U+FFFF, which XML cannot contain"],
    ["caf%E9", "The parameter value is not UTF-8"],
    ["%ED%A0%80", "The parameter value is not UTF-8"],
  ])("that XML cannot contain is refused: %s", async (raw, text) => {
    const { send, store } = await createArdcFixture();
    const answer = await send(`/pids/mint?type=DESC&value=${raw}`, { body: bodyOf(ALICE) });
    expect(answer).toMatchObject({ type: "failure", message: { type: "user", text } });
    expect(await store.list(PREFIX, undefined, 10)).toEqual([`${PREFIX}/1`]);
    expect((await send(`/pids/getHandle?value=${raw}`)).type).toBe("failure");
  });

  it.each([
    "café",
    "e\u0301 é",
    "  padded  ",
    "𝒳",
    "a\tb\nc\rd",
    '<?xml version="1.0"?><response type="failure"/>',
    "]]>",
  ])("is stored and shown unchanged: %j", async (value) => {
    const { call, values } = await createArdcFixture();
    const { identifier } = await call("mint", { type: "DESC", value });
    expect(identifier?.properties[0]?.value).toBe(value);
    expect((await values(identifier?.handle ?? ""))?.[0]?.[2]).toBe(value);
  });
});

describe("the connection", () => {
  it("must be TLS, unless plain HTTP is allowed", async () => {
    const { call, store } = await createArdcFixture();
    for (const name of ["mint", "getHandle", "listClients"]) {
      expect(await call(name, MINT, ALICE, { secure: false })).toMatchObject({
        status: 200,
        type: "failure",
        message: { text: "This service is only available over HTTPS" },
      });
    }
    expect(await store.list(PREFIX, undefined, 10)).toEqual([]);
    const open = await createArdcFixture({ allowHttp: true });
    expect((await open.call("mint", MINT, ALICE, { secure: false })).type).toBe("success");
  });

  it("may use GET with a body, and no other method than GET, HEAD and POST", async () => {
    const { call } = await createArdcFixture();
    expect((await call("mint", MINT, ALICE, { method: "GET" })).type).toBe("success");
    expect((await call("mint", MINT, ALICE, { method: "PUT" })).type).toBe("failure");
  });
});

describe("statuses", () => {
  it("are always 200, unless honestStatus is true", async () => {
    const honest = await createArdcFixture({ honestStatus: true });
    const handle = await honest.mint("DESC", "x");
    const asked: [number, string, Record<string, string>, Who, Sent][] = [
      [200, "getHandle", { handle }, ALICE, {}],
      [401, "mint", MINT, { ...ALICE, secret: "wrong" }, {}],
      [401, "listClients", {}, ALICE, {}],
      [403, "addValue", { handle, ...MINT }, BOB, {}],
      [403, "mint", MINT, ALICE, { secure: false }],
      [404, "getHandle", { handle: "x" }, ALICE, {}],
      [404, "getHandle", { value: "none" }, ALICE, {}],
      [404, "addValue", { handle: "x", ...MINT }, ALICE, {}],
      [404, "nothing", {}, ALICE, {}],
      [400, "mint", {}, ALICE, {}],
      [400, "mint", { ...MINT, index: "99999999999" }, ALICE, {}],
      [400, "mint", MINT, ALICE, { body: "" }],
      [405, "mint", MINT, ALICE, { method: "DELETE" }],
    ];
    const compatible = await createArdcFixture({ compatible: true });
    for (const [status, name, query, who, sent] of asked) {
      const answer = await honest.call(name, query, who, sent);
      expect([name, answer.status, answer.type]).toEqual([
        name,
        status,
        status === 200 ? "success" : "failure",
      ]);
      const challenged = answer.headers.some(([header]) => header === "WWW-Authenticate");
      expect(challenged).toBe(status === 401);
      expect((await compatible.call(name, query, who, sent)).status).toBe(200);
    }
    expect.assertions(asked.length * 3);
  });

  it("are 500 when the prefix is not homed here, or the store fails", async () => {
    const { call, store, log } = await createArdcFixture({ honestStatus: true });
    await store.unhome(PREFIX);
    expect(await call("mint", MINT)).toMatchObject({ status: 500, message: { type: "system" } });
    await store.close();
    const broken = await call("getHandle", { handle: `${PREFIX}/1` });
    expect(broken).toMatchObject({
      status: 500,
      message: { type: "system", text: "Unexpected server error" },
    });
    expect(log.lines.some((line) => line.includes("unexpected error"))).toBe(true);
  });

  it("cannot be honest and compatible; prefix, key and addresses must be valid", async () => {
    const refused = async (options: Parameters<typeof createArdcFixture>[0]) =>
      expect(createArdcFixture(options)).rejects.toMatchObject({ code: "invalid_options" });
    await refused({ compatible: true, honestStatus: true });
    await refused({ prefix: "10378.1/" });
    await refused({ secretKey: new Uint8Array(31) });
    await refused({ proxies: ["10.0.0.0/33"] });
    await refused({ adminAddresses: ["localhost"] });
  });
});
