import { createHmac, randomBytes, X509Certificate } from "node:crypto";
import { encodeBasic, formatHandleAuthorization, signedBytes } from "@handlekit/auth/wire";
import { encodeUtf8 } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openMemory, type ServiceEvent } from "@handlekit/service";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ALICE, basic as ardcBasic, createArdcFixture } from "./ardc-support.ts";
import { ADMIN, admin, createFixture, headerOf, PASSWORD, PREFIX, path, seed } from "./support.ts";

const HERE = "192.0.2.1";
const THERE = "198.51.100.1";
const WRONG = "S3CR3T-wrong";
const CERT = `301:${PREFIX}/CERT`;

type Fixture = Awaited<ReturnType<typeof createGuessed>>;
/** Logs in with a secret from an address. Resolves to the response. */
type Login = (fixture: Fixture, secret: string, address: string) => ReturnType<Fixture["call"]>;

/** A service that allows one failure, or `limits`, and counts how often the record of a user is read. */
async function createGuessed(limits = { perIdentity: 1, perAddress: 0 }) {
  const memory = openMemory().store;
  const checked = { times: 0 };
  const store: HandleStore = {
    ...memory,
    read: (key) => {
      if (/ADMIN|CERT/.test(String(key))) checked.times++;
      return memory.read(key);
    },
  };
  const events: ServiceEvent[] = [];
  const observe = (event: ServiceEvent) => void events.push(event);
  // The present, because of the certificates, but no failure is forgotten while a test runs.
  const present = Date.now();
  const fixture = await createFixture({ store, failedLogins: limits, observe, now: () => present });
  await seed(memory, CERT.slice(4), [
    admin("011111110011", 301, CERT.slice(4)),
    { index: 301, type: "HS_PUBKEY", data: { format: "key", value: right.publicKey } },
  ]);
  return { ...fixture, checked, events };
}

async function createKey() {
  const { privateKey, publicKey } = await createKeyPair({ bits: 2048 });
  const pem = await createSelfSignedCertificate({ privateKey, subject: CERT });
  return { publicKey, der: new X509Certificate(pem).raw };
}

let right: Awaited<ReturnType<typeof createKey>>;
let wrong: typeof right;
beforeAll(async () => {
  right = await createKey();
  wrong = await createKey();
});

// The delay of an attempt ends when a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Waits for logins of which one is delayed, and ends the delay once all others have been answered. */
async function atOnce<T>(logins: readonly Promise<T>[]): Promise<T[]> {
  let answered = 0;
  const all = Promise.all(logins.map((each) => each.finally(() => answered++)));
  while (answered < logins.length - 1) await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(250);
  return all;
}

function mac(secret: string, nonce: Uint8Array, cnonce: Uint8Array): string {
  return createHmac("sha256", secret).update(signedBytes(nonce, cnonce)).digest("base64");
}

async function answerOf({ call }: Fixture, secret: string) {
  const { json } = await call("POST", "/api/sessions");
  const { sessionId, nonce } = json as { sessionId: string; nonce: string };
  const cnonce = randomBytes(16);
  const signature = mac(secret, Buffer.from(nonce, "base64"), cnonce);
  return {
    sessionId,
    id: ADMIN,
    type: "HS_SECKEY",
    alg: "HMAC-SHA256",
    cnonce: cnonce.toString("base64"),
    signature,
  };
}

const SCHEMES: readonly [string, string, Login][] = [
  [
    "a password",
    "basic",
    ({ call }, password, remoteAddress) =>
      call("GET", path("Record"), { user: ADMIN, password, connection: { remoteAddress } }),
  ],
  [
    "an answer in a header",
    "session",
    async (fixture, secret, remoteAddress) =>
      fixture.call("GET", path("Record"), {
        headers: { authorization: formatHandleAuthorization(await answerOf(fixture, secret)) },
        connection: { remoteAddress },
      }),
  ],
  [
    "an answer in a body",
    "session",
    async (fixture, secret, remoteAddress) =>
      fixture.call("PUT", "/api/sessions/this", {
        body: await answerOf(fixture, secret),
        connection: { remoteAddress },
      }),
  ],
  [
    "a password for a session",
    "basic",
    ({ call }, password, remoteAddress) =>
      call("GET", "/api/sessions/this", { user: ADMIN, password, connection: { remoteAddress } }),
  ],
  [
    "a client certificate",
    "client-certificate",
    ({ call }, secret, remoteAddress) => {
      const clientCertificate = (secret === PASSWORD ? right : wrong).der;
      return call("GET", path("CERT"), {
        headers: { authorization: 'Handle clientCert="true"' },
        connection: { remoteAddress, clientCertificate },
      });
    },
  ],
];

describe.each(SCHEMES)("%s", (_, scheme, login) => {
  it("is guessed a few times at once, not a hundred times, and from elsewhere the right one is accepted", async () => {
    const fixture = await createGuessed();
    const guesses = Array.from({ length: 99 }, () => login(fixture, WRONG, HERE));
    const responses = await atOnce([...guesses, login(fixture, PASSWORD, HERE)]);
    const refused = responses.filter(({ status }) => status === 429);
    expect([fixture.checked.times, refused.length]).toEqual([2, 98]);
    expect(responses.at(-1)?.status).toBe(429);
    for (const { headers, json } of refused) {
      expect(headerOf({ headers }, "Retry-After")).toBe("1");
      expect(json).toEqual({ responseCode: 3, message: "Too many failed logins: try again in 1 s" });
    }
    expect((await login(fixture, PASSWORD, THERE)).status).toBe(200);
    const failed = fixture.events.flatMap(({ failedLogin }) => failedLogin ?? []);
    expect(failed.length).toBe(100);
    const identity = scheme === "client-certificate" ? CERT : ADMIN;
    for (const one of failed) expect(one).toMatchObject({ scheme, identity });
    const unchecked = failed.filter(({ reason }) => reason === "Too many failed logins; not checked");
    expect(unchecked.length).toBe(refused.length);
  });

  it("is refused to an address with too many failures, whoever it claims to be", async () => {
    const fixture = await createGuessed({ perIdentity: 0, perAddress: 2 });
    for (const user of ["1:20.500.12345/A", "2:20.500.12345/A"]) {
      await fixture.call("GET", path("Record"), { user, connection: { remoteAddress: HERE } });
    }
    const { status, headers } = await login(fixture, PASSWORD, HERE);
    expect([status, headerOf({ headers }, "Retry-After"), fixture.checked.times]).toEqual([429, "6", 0]);
    expect((await login(fixture, PASSWORD, THERE)).status).toBe(200);
  });
});

describe("a verification", () => {
  const verify = ({ call }: Fixture, secret: string, remoteAddress: string) => {
    const [nonce, cnonce] = [randomBytes(16), randomBytes(16)];
    const fields = {
      nonce: nonce.toString("base64"),
      cnonce: cnonce.toString("base64"),
      signature: mac(secret, nonce, cnonce),
      alg: "HMAC-SHA256",
    };
    return call("GET", `/api/verifications/${ADMIN}?${new URLSearchParams(fields)}`, {
      connection: { remoteAddress },
    });
  };

  it("is no way to guess on, nor is a login after it", async () => {
    const fixture = await createGuessed();
    const responses = await atOnce(
      Array.from({ length: 100 }, () => verify(fixture, WRONG, HERE)).concat(verify(fixture, PASSWORD, HERE)),
    );
    expect(fixture.checked.times).toBe(2);
    expect(responses.filter(({ json }) => json?.isValid === true)).toEqual([]);
    expect(responses.filter(({ status }) => status === 429).length).toBe(99);
    expect((await verify(fixture, PASSWORD, THERE)).json).toMatchObject({ isValid: true });
    const reasons = new Set(fixture.events.map(({ failedLogin }) => failedLogin?.reason));
    expect(reasons).toEqual(
      new Set(["Not a MAC of this key", "Too many failed logins; not checked", undefined]),
    );
    expect(fixture.events[0]?.failedLogin).toMatchObject({ scheme: "verification", identity: ADMIN });
  });
});

describe("an App Id", () => {
  const login = (
    fixture: Awaited<ReturnType<typeof createArdcFixture>>,
    secret: string,
    address: string,
    appId = ALICE.appId,
  ) => fixture.call("listHandles", {}, { ...ALICE, appId, secret }, { address });

  it.each([false, true])("is refused with XML; honestStatus %s", async (honestStatus) => {
    const failedLogins = { perIdentity: 1, perAddress: 0 };
    const fixture = await createArdcFixture({ honestStatus }, {}, { failedLogins });
    await login(fixture, ALICE.secret, THERE);
    const guesses = Array.from({ length: 50 }, () => login(fixture, WRONG, HERE));
    const responses = await atOnce([...guesses, login(fixture, ALICE.secret, HERE)]);
    const [first, last] = [responses[0], responses.at(-1)];
    expect(first?.message.text).toBe("Authentication Failed");
    expect([last?.type, last?.message.text]).toEqual(["failure", "Too many failed logins: try again in 1 s"]);
    expect([last?.status, headerOf({ headers: last?.headers ?? [] }, "Retry-After")]).toEqual([
      honestStatus ? 429 : 200,
      "1",
    ]);
    expect((await login(fixture, ALICE.secret, THERE)).type).toBe("success");
    const failed = fixture.events.flatMap(({ failedLogin }) => failedLogin ?? []);
    expect(failed).toHaveLength(51);
    expect(failed.filter(({ reason }) => !reason.includes("not checked")).length).toBe(2);
    expect(failed[0]).toEqual({ scheme: "ardc", identity: "aaaaaaaa…", reason: "The secret is wrong" });
  });

  it("is not shown while it is refused if it is none, and may be a secret", async () => {
    const fixture = await createArdcFixture({}, {}, { failedLogins: { perIdentity: 0, perAddress: 1 } });
    await login(fixture, WRONG, HERE);
    await login(fixture, ALICE.appId, HERE, ALICE.secret);
    const reason = "Too many failed logins; not checked";
    expect(fixture.events[1]?.failedLogin).toEqual({
      scheme: "ardc",
      identity: undefined,
      reason,
      throttled: true,
    });
  });

  it("behind a trusted proxy is counted by the address of the client", async () => {
    const fixture = await createArdcFixture(
      { proxies: ["10.0.0.1"] },
      {},
      { failedLogins: { perIdentity: 0, perAddress: 1 } },
    );
    const through = (forwarded: string, secret: string) =>
      fixture.call("listHandles", {}, ALICE, {
        address: "10.0.0.1",
        headers: { "x-forwarded-for": forwarded, ...ardcBasic(ALICE.appId, secret) },
      });
    expect((await through(HERE, WRONG)).message.text).toBe("Authentication Failed");
    expect((await through(HERE, ALICE.secret)).message.text).toContain("Too many failed logins");
    expect((await through(THERE, ALICE.secret)).type).toBe("success");
  });
});

describe("the event of a failed login", () => {
  const eventOf = async (authorization: string) => {
    const fixture = await createGuessed();
    await fixture.call("GET", path("Record"), {
      headers: { authorization },
      connection: { remoteAddress: HERE },
    });
    return fixture.events[0]?.failedLogin;
  };

  it.each([
    [
      "Bearer x",
      { scheme: undefined, identity: undefined, reason: "The Authorization header cannot be read" },
    ],
    [
      "Basic ////",
      { scheme: "basic", identity: undefined, reason: "The Authorization header cannot be read" },
    ],
    [
      'Handle sessionId="x"',
      { scheme: "session", identity: undefined, reason: "Unknown or expired session" },
    ],
  ])("says what was tried: %s", async (authorization, expected) => {
    expect(await eventOf(authorization)).toEqual(expected);
  });

  it("shows no text in the place of the identity that may be a password", async () => {
    const swapped = encodeBasic("S3CR3T-in-the-wrong-place", encodeUtf8(ADMIN));
    expect(await eventOf(swapped)).toEqual({
      scheme: "basic",
      identity: undefined,
      reason: "The user is not index:prefix/suffix",
    });
  });

  it("is printable and short", async () => {
    const shown = await eventOf(encodeBasic(`300:1/\u001b[2J\n${"x".repeat(5000)}`, encodeUtf8(WRONG)));
    expect(shown?.identity).toMatch(/^300:1\/\\u001b\[2J\\nx{100,}/);
    expect(shown?.identity?.length).toBeLessThanOrEqual(200);
  });
});

describe("the option failedLogins", () => {
  it.each([-1, 1.5, Number.NaN, "3"])("must be whole numbers: %s", async (perAddress) => {
    const failedLogins = { perAddress } as { perAddress: number };
    await expect(createFixture({ failedLogins })).rejects.toMatchObject({ code: "invalid_options" });
  });
});
