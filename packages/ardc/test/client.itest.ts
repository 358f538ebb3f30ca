import { inspect } from "node:util";
import { createArdcClient } from "@handlekit/ardc";
import { createArdcAuth } from "@handlekit/auth/ardc";
import { isHandleError, secret } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import { buildResponse } from "@handlekit/xml";
import { describe, expect, it } from "vitest";
import { carryOutInSilence, drop, hang, PREFIX, say, startFakeService } from "./fake-service.ts";
import { ACCOUNT, CANARY, CREDENTIALS, clientOf, errorOf } from "./support.ts";

const message = { type: "user", text: "Successfully updated handle" } as const;
const timestamp = new Date("2026-01-02T03:04:05Z");
const failure = (text: string) =>
  buildResponse({ type: "failure", timestamp, message: { type: "user", text } });
const PAGE = "<!DOCTYPE html><html><body>Internal error</body></html>";

describe("minting", () => {
  it("mints with a URL, a DESC, both, neither, and at an index", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    expect(await client.mint({ url: "https://example.org/?a=1&b=2" })).toEqual({
      handle: `${PREFIX}/2`,
      properties: [{ index: 1, type: "URL", value: "https://example.org/?a=1&b=2" }],
    });
    expect(await client.mint({ desc: "two words", index: 7 })).toEqual({
      handle: `${PREFIX}/3`,
      properties: [{ index: 7, type: "DESC", value: "two words" }],
    });
    expect(await client.mint({ url: "https://example.org/", desc: "text", index: 3 })).toEqual({
      handle: `${PREFIX}/4`,
      properties: [
        { index: 1, type: "DESC", value: "text" },
        { index: 3, type: "URL", value: "https://example.org/" },
      ],
    });
    expect(await client.mint()).toEqual({ handle: `${PREFIX}/5`, properties: [] });
    expect(fake.lines()).toEqual([
      "mint type=URL&value=https://example.org/?a=1&b=2",
      "mint type=DESC&value=two+words&index=7",
      "mint type=URL&value=https://example.org/&index=3",
      `addValue handle=${PREFIX}/4&type=DESC&value=text`,
      "mint type=&value=",
    ]);
    expect(fake.seen[0]?.rawQuery).toBe("type=URL&value=https%3A%2F%2Fexample.org%2F%3Fa%3D1%26b%3D2");
  });

  it("names the handle when the second value fails, whatever the failure", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    fake.trick("addValue", say(failure("Failed to add value. Ensure URL values are valid.")), drop);
    const both = { url: "https://example.org/", desc: "text" };
    const refused = await errorOf(client.mint(both));
    expect([refused.code, refused.handle]).toEqual(["invalid_value", `${PREFIX}/2`]);
    expect(refused.message).toContain(`The handle ${PREFIX}/2 had been minted before.`);
    const unknown = await errorOf(client.mint(both));
    expect([unknown.code, unknown.handle, unknown.retryable]).toEqual([
      "outcome_unknown",
      `${PREFIX}/3`,
      false,
    ]);
    expect(unknown.hint).toContain(`Give ${PREFIX}/3 the value instead of minting again.`);
  });

  it("names the handle when the transport throws something unexpected", async () => {
    const fake = await startFakeService();
    const real = clientOf(fake);
    const handle = (await real.mint()).handle;
    const client = createArdcClient(CREDENTIALS, {
      url: fake.url,
      transport: {
        async send({ url }) {
          if (!url.includes("/mint?")) throw new TypeError("broken");
          const text = buildResponse({
            type: "success",
            identifier: { handle, properties: [] },
            timestamp,
            message,
          });
          return { status: 200, headers: {}, body: new TextEncoder().encode(text) };
        },
        close: async () => {},
      },
    });
    const error = await errorOf(client.mint({ url: "https://example.org/", desc: "text" }));
    expect([error.code, error.handle]).toEqual(["outcome_unknown", handle]);
  });

  it("gives a handle the URL that contains it", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    const template = "https://example.org/{handle}?a=$&&hdl={handle}";
    const value = `https://example.org/${PREFIX}/2?a=$&&hdl=${PREFIX}/2`;
    expect(await client.mintSelfDescribing(template)).toEqual({
      handle: `${PREFIX}/2`,
      properties: [{ index: 1, type: "URL", value }],
    });
    fake.trick("addValue", say(PAGE, 500, "text/html"));
    const error = await errorOf(client.mintSelfDescribing(template));
    expect([error.code, error.handle, error.status]).toEqual(["outcome_unknown", `${PREFIX}/3`, 500]);
    const before = fake.seen.length;
    expect((await errorOf(client.mintSelfDescribing("https://example.org/"))).code).toBe("invalid_options");
    expect((await errorOf(client.mintSelfDescribing("{handle}\u0000"))).code).toBe("invalid_value");
    expect(fake.seen).toHaveLength(before);
  });

  it.each([
    ["an empty value", { url: "" }, "empty or blank"],
    ["a blank one", { desc: " \t\n" }, "empty or blank"],
    ["a lone surrogate", { desc: "😀\ud800" }, "Character 2 of the value is U+D800"],
    ["a fraction as an index", { desc: "x", index: 1.5 }, "The index 1.5"],
    ["an index above all", { desc: "x", index: 2 ** 31 }, "The index 2147483648"],
  ])("rejects %s before it sends anything", async (_, values, text) => {
    const fake = await startFakeService();
    const error = await errorOf(clientOf(fake).mint(values));
    expect(error.code).toBe("invalid_value");
    expect(error.message).toContain(text);
    expect(fake.seen).toEqual([]);
  });
});

describe("values", () => {
  it("are added, modified and deleted", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    const { handle } = await client.mint({ url: "https://example.org/a" });
    const [one, two, ten] = [
      { index: 1, type: "URL", value: "https://example.org/b" },
      { index: 2, type: "DESC", value: "<two>\nlines" },
      { index: 10, type: "DESC", value: "ten" },
    ];
    await client.addValueByIndex(`hdl:${handle}`, 10, "DESC", "ten");
    await client.addValue(handle, "DESC", "<two>\nlines");
    expect((await client.modifyValueByIndex(handle, 1, "https://example.org/b")).properties).toEqual([
      one,
      two,
      ten,
    ]);
    expect((await client.deleteValueByIndex(handle, 2)).properties).toEqual([one, ten]);
    expect(fake.lines().slice(1)).toEqual([
      `addValueByIndex handle=${handle}&type=DESC&value=ten&index=10`,
      `addValue handle=${handle}&type=DESC&value=<two>\nlines`,
      `modifyValueByIndex handle=${handle}&index=1&value=https://example.org/b`,
      `deleteValueByIndex handle=${handle}&index=2`,
    ]);
    const taken = await errorOf(client.addValueByIndex(handle, 10, "DESC", "x"));
    expect([taken.code, taken.handle]).toEqual(["value_exists", handle]);
    expect((await errorOf(client.deleteValueByIndex(handle, 5))).code).toBe("values_not_found");
    expect((await errorOf(client.addValue("no handle", "DESC", "x"))).code).toBe("invalid_handle");
  });

  it("are read anonymously", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    const { handle } = await client.mint({ desc: "same" });
    await client.mint({ desc: "other" });
    fake.seen.length = 0;
    expect((await client.getHandle(`hdl:${handle}`)).properties).toEqual([
      { index: 1, type: "DESC", value: "same" },
    ]);
    expect(await client.getHandlesByValue("nobody's")).toEqual([]);
    expect(await client.getHandlesByValue("same")).toEqual([handle]);
    expect(fake.seen.map(({ method, authorization, body }) => [method, authorization, body])).toEqual(
      Array(3).fill(["GET", undefined, ""]),
    );
    await client.mint({ desc: "same" });
    expect(await client.getHandlesByValue("same")).toEqual([handle, `${PREFIX}/4`]);
    const unknown = await errorOf(client.getHandle(`${PREFIX}/99`));
    expect([unknown.code, unknown.handle]).toEqual(["handle_not_found", `${PREFIX}/99`]);
    const nobody = createArdcClient({}, { url: fake.url });
    expect((await errorOf(nobody.mint())).code).toBe("authentication_failed");
    await nobody.close();
  });

  it("belong to the owner, whose handle can be read", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    expect(await client.getOwnerHandle()).toBe(`${PREFIX}/1`);
    const { handle } = await client.mint();
    const other = clientOf(fake, {}, { ardc: { ...ACCOUNT, identifier: "SomeoneElse" } });
    const error = await errorOf(other.addValue(handle, "DESC", "x"));
    expect(error.code).toBe("permission_denied");
    expect(error.message).toContain("Request Denied. Only the admin of this handle can add values");
  });
});

describe("unusual answers", () => {
  const accented =
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<response type="success"><identifier handle="10378.1/2"><property index="1" type="DESC" value="café"/></identifier></response>';

  it("reads Latin-1 bytes under a declaration of UTF-8", async () => {
    const fake = await startFakeService();
    fake.always = say(Buffer.from(accented, "latin1"));
    expect((await clientOf(fake).mint({ desc: "café" })).properties[0]?.value).toBe("café");
    expect(fake.seen[0]?.rawQuery).toBe("type=DESC&value=caf%C3%A9");
    fake.always = say(accented);
    expect((await clientOf(fake).getHandle("10378.1/2")).properties[0]?.value).toBe("café");
  });

  it.each([
    ["a page with status 500", PAGE, 500, "server_error", "outcome_unknown"],
    ["a page with status 200", PAGE, 200, "protocol_error", "outcome_unknown"],
    ["nothing", "", 200, "protocol_error", "outcome_unknown"],
    ["what no parser reads", accented.replace("é", "&#1;"), 200, "protocol_error", "outcome_unknown"],
    ["success without a handle", '<response type="success"/>', 200, "protocol_error", "outcome_unknown"],
    ["a busy proxy", "busy", 503, "server_busy", "outcome_unknown"],
    ["no such page", PAGE, 404, "protocol_error", "protocol_error"],
    ["a login page", PAGE, 401, "authentication_failed", "authentication_failed"],
    ["a forbidden page", PAGE, 403, "permission_denied", "permission_denied"],
    ["an address that is too long", "", 414, "too_large", "too_large"],
    ["a limit of requests", "", 429, "server_busy", "server_busy"],
    [
      "a failure with another status",
      failure("Authentication Failed"),
      401,
      "authentication_failed",
      "authentication_failed",
    ],
    [
      "too many failed logins",
      failure("Too many failed logins: try again in 42 s"),
      200,
      "server_busy",
      "server_busy",
    ],
    ["a failure without a text", failure(""), 200, "invalid_value", "invalid_value"],
  ])("maps %s to an error of a read and of a write", async (_, text, status, read, write) => {
    const fake = await startFakeService();
    fake.always = say(text, status, status === 200 ? "application/xml" : "text/html");
    const client = clientOf(fake);
    const reading = await errorOf(client.getHandle("10378.1/2"));
    expect([reading.code, reading.status, reading.handle]).toEqual([read, status, "10378.1/2"]);
    expect(reading.retryable).toBe(read === "server_busy");
    for (const call of [
      () => client.mint({ desc: "x" }),
      () => client.addValue("10378.1/2", "DESC", "x"),
      () => client.deleteValueByIndex("10378.1/2", 1),
    ]) {
      const before = fake.seen.length;
      const writing = await errorOf(call());
      expect([writing.code, writing.status]).toEqual([write, status]);
      expect(writing.message.includes("It may or may not have been carried out.")).toBe(
        write === "outcome_unknown",
      );
      expect(fake.seen).toHaveLength(before + 1);
    }
  });

  it("puts the values in order, whatever the order of the answer", async () => {
    const fake = await startFakeService();
    const property = (index: number) => `<property index="${index}" type="DESC" value="x"/>`;
    const properties = [10, 2, 1].map(property).join("");
    fake.always = say(
      `<response type="success"><identifier handle="a/1">${properties}</identifier></response>`,
    );
    const found = await clientOf(fake).getHandle("a/1");
    expect(found.properties.map(({ index }) => index)).toEqual([1, 2, 10]);
  });

  it("does not repeat a mint that gets no answer, and reports an unknown outcome", async () => {
    const fake = await startFakeService();
    fake.trick("mint", hang, carryOutInSilence, drop);
    const client = clientOf(fake, {}, CREDENTIALS, 150);
    const late = await errorOf(client.mint({ desc: "x" }));
    expect(late.code).toBe("outcome_unknown");
    expect(late.message).toMatch(
      /did not answer POST \/pids\/mint within 150 ms\. It may or may not have been carried out\.$/,
    );
    expect(late.hint).toContain("mintOnce");
    expect(late.retryable).toBe(false);
    expect(late.cause).toMatchObject({ code: "timeout" });
    for (const _ of [1, 2]) expect((await errorOf(client.mint({ desc: "x" }))).code).toBe("outcome_unknown");
    expect(fake.lines()).toEqual(Array(3).fill("mint type=DESC&value=x"));
    fake.trick("listHandles", drop);
    expect((await errorOf(client.listHandles().next())).code).toBe("connection_failed");
    fake.trick("modifyValueByIndex", drop);
    const changing = await errorOf(client.modifyValueByIndex("10378.1/2", 1, "x"));
    expect([changing.code, changing.hint]).toEqual(["outcome_unknown", "Read the handle to see."]);
  });

  it("lets the transport repeat reads, and never a change", async () => {
    const fake = await startFakeService();
    const transport = createTransport({ ca: fake.ca, retries: { limit: 2, baseDelay: 1 } });
    const client = clientOf(fake, { transport });
    fake.trick("mint", drop, drop);
    fake.trick("listHandles", drop, say("busy", 503));
    fake.trick("getHandle", drop, drop);
    expect((await errorOf(client.mint({ desc: "x" }))).code).toBe("outcome_unknown");
    expect((await client.listHandles().next()).value).toBe(`${PREFIX}/1`);
    expect((await client.getHandle(`${PREFIX}/1`)).properties).toEqual([]);
    expect(fake.seen.map(({ service }) => service)).toEqual([
      "mint",
      ...Array(3).fill("listHandles"),
      ...Array(3).fill("getHandle"),
    ]);
    await transport.close();
  });

  it("distinguishes a request that was never sent from one without an answer", async () => {
    const fake = await startFakeService();
    const stranger = createArdcClient(CREDENTIALS, { url: fake.url });
    expect((await errorOf(stranger.mint({ desc: "x" }))).code).toBe("tls_untrusted");
    await stranger.close();
    expect((await errorOf(stranger.mint({ desc: "x" }))).code).toBe("aborted");
    const refused = clientOf({ ...fake, url: fake.url.replace(/:\d+/, ":1") });
    expect((await errorOf(refused.mint({ desc: "x" }))).code).toBe("connection_refused");
    expect(fake.seen).toEqual([]);
  });

  it("stops when its signal aborts", async () => {
    const fake = await startFakeService();
    const controller = new AbortController();
    fake.trick("mint", () => controller.abort());
    const error = await errorOf(clientOf(fake).mint({ desc: "x", signal: controller.signal }));
    expect(error.code).toBe("aborted");
    expect(error.message).toContain("It may or may not have been carried out.");
  });

  it("shows a text of the service without control characters, shortened", async () => {
    const fake = await startFakeService();
    fake.always = say(failure(`The URL provided is invalid\n\u009b31m\u202e${"x".repeat(1000)}`));
    const { code, message: text } = await errorOf(clientOf(fake).mint({ url: "https://example.org/" }));
    expect(code).toBe("invalid_value");
    expect(text).toMatch(/says “The URL provided is invalid 31m x+…”\.$/);
    expect(text.length).toBeLessThan(500);
  });

  it("knows the other texts of the service", async () => {
    const fake = await startFakeService();
    const client = clientOf(fake);
    for (const [text, code] of [
      ["Identifier not found", "handle_not_found"],
      ["Handle: 10378.1/2. Failed to delete value due to system error", "server_error"],
      [
        "startHandle has a different prefix to what is configured in the Local Handle Server",
        "prefix_not_served",
      ],
      ["A handle or value must be supplied", "invalid_options"],
      ["The URL provided is invalid or not supported by this service", "invalid_value"],
      ["Something new", "invalid_value"],
    ] as const) {
      fake.always = say(failure(text));
      const error = await errorOf(client.mint({ desc: "x" }));
      expect([error.code, error.message]).toEqual([
        code,
        `Could not mint a handle: the service says “${text}”.`,
      ]);
    }
    fake.always = say(failure("java.sql.SQLException").replace('"user"', '"system"'));
    expect((await errorOf(client.mint({ desc: "x" }))).code).toBe("server_error");
  });
});

describe("secrets", () => {
  it("are sent in the header or in the body, never in an address", async () => {
    const fake = await startFakeService();
    await clientOf(fake).mint({ desc: "x" });
    const inBody = createArdcAuth({ ...ACCOUNT, via: "body", origins: [fake.url] });
    await clientOf(fake, { strategy: inBody }).mint({ desc: "x" });
    const [header, body] = fake.seen;
    expect([header?.body.includes(CANARY), body?.body.includes(CANARY)]).toEqual([false, true]);
    expect(header?.authorization === `Basic ${btoa(`${ACCOUNT.appId}:${CANARY}:a`)}`).toBe(true);
    expect(body?.authorization).toBeUndefined();
    expect(fake.seen.some(({ rawQuery }) => rawQuery.includes(CANARY))).toBe(false);
  });

  it("appear neither in errors, even when the service repeats them, nor in an inspected client", async () => {
    const fake = await startFakeService();
    fake.always = (request, response) => {
      const text = failure(`Denied ${request.body} ${atob(request.authorization?.slice(6) ?? "")}`);
      response.end(text);
    };
    for (const sharedSecret of [ACCOUNT.sharedSecret, secret(ACCOUNT.sharedSecret)]) {
      const client = clientOf(fake, {}, { ardc: { ...ACCOUNT, sharedSecret } });
      const error = await errorOf(client.mint({ desc: "x" }));
      expect(error.message).toContain(`${ACCOUNT.appId}:[redacted]`);
      expect(inspect(client, { depth: 9, showHidden: true }).includes(CANARY)).toBe(false);
    }
  });
});

describe("createArdcClient", () => {
  const url = "https://demo.example/pids//";

  it("accepts an address with trailing slashes", async () => {
    const client = createArdcClient({}, { url });
    expect(client.url).toBe("https://demo.example/pids");
    await client.close();
  });

  it.each([
    ["no URL", {}, "demo.example", "invalid_options"],
    ["another scheme", {}, "ftp://demo.example", "invalid_options"],
    ["a user in it", {}, `https://a:${CANARY}@demo.example/pids`, "invalid_options"],
    ["a query", {}, "https://demo.example/pids?a", "invalid_options"],
    ["a fragment", {}, "https://demo.example/pids#a", "invalid_options"],
    ["plain http with an account", CREDENTIALS, "http://demo.example/pids", "insecure_connection"],
    ["half an account", { ardc: { sharedSecret: CANARY, appId: "a" } }, url, "invalid_credentials"],
    ["an empty secret", { ardc: { ...ACCOUNT, sharedSecret: "" } }, url, "invalid_options"],
  ])("rejects %s", async (_, credentials, address, code) => {
    const error = await errorOf((async () => createArdcClient(credentials, { url: address }))());
    expect(error.code).toBe(code);
    if (address !== url && code === "invalid_options") expect(error.message).toContain("The url of the ARDC");
  });

  it("says which parts of an account are missing", async () => {
    const error = await errorOf(
      (async () => createArdcClient({ ardc: { sharedSecret: CANARY, appId: "a" } }, { url }))(),
    );
    expect(error.message).toBe("The ARDC credentials have no identifier and no authDomain.");
  });

  it("leaves a transport and a strategy of its caller open", async () => {
    const closed: string[] = [];
    const strategy = {
      ...createArdcAuth({ ...ACCOUNT, origins: [url] }),
      close: async () => void closed.push("strategy"),
    };
    const transport = {
      send: async () => ({ status: 200, headers: {} }),
      close: async () => void closed.push("transport"),
    };
    await createArdcClient({}, { url, strategy, transport }).close();
    expect(closed).toEqual([]);
  });

  it("lets a strategy take precedence over the account", async () => {
    const fake = await startFakeService();
    const strategy = createArdcAuth({ ...ACCOUNT, identifier: "SomeoneElse", origins: [fake.url] });
    await clientOf(fake, { strategy }, CREDENTIALS).mint();
    expect(fake.seen[0]?.body).toContain("SomeoneElse");
  });

  it("creates its transport from options and the CA or the trust of the credentials", async () => {
    const fake = await startFakeService();
    const reads: boolean[] = [];
    const trust = { certificate: fake.ca };
    const other = { fingerprint: "00".repeat(32) };
    for (const [verification, transport] of [
      [{ httpsVerify: true }, { ca: fake.ca }],
      [{ httpsVerify: { ca: fake.ca } }, undefined],
      [{ httpsVerify: { ca: fake.ca } }, { retries: { limit: 0 }, timeouts: { connect: 5_000 } }],
      [{ httpsVerify: true }, { retries: { limit: 0 } }],
      [{ httpsVerify: true, trust }, undefined],
      [{ trust: other }, { trust }],
      [{ trust: other }, { retries: { limit: 0 } }],
    ] as const) {
      const client = createArdcClient({ ...CREDENTIALS, ...verification }, { url: fake.url, transport });
      reads.push(
        await client.getOwnerHandle().then(
          () => true,
          (error: unknown) => !isHandleError(error, "tls_untrusted"),
        ),
      );
      await client.close();
      expect((await errorOf(client.getOwnerHandle())).code).toBe("aborted");
    }
    expect(reads).toEqual([true, true, true, false, true, true, false]);
  });

  it("passes time-outs on to its transport", async () => {
    const fake = await startFakeService();
    fake.always = hang;
    const transport = { ca: fake.ca, retries: { limit: 0 }, timeouts: { attempt: 100 } };
    const client = createArdcClient(CREDENTIALS, { url: fake.url, transport });
    expect((await errorOf(client.getOwnerHandle())).message).toContain("within 100 ms");
    await client.close();
  });
});
