import { inspect } from "node:util";
import { type ArdcAuthOptions, createArdcAuth } from "@handlekit/auth/ardc";
import {
  type AuthStrategy,
  decodeUtf8,
  encodeUtf8,
  exchange,
  type HandleError,
  isHandleError,
  secret,
  type WireRequest,
} from "@handlekit/core";
import { describeAuthStrategy, type TestApi } from "@handlekit/testing";
import { buildRequest, parseRequest } from "@handlekit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const CANARY = "S3CR3T";
const ORIGIN = "https://demo.identifiers.example";
const APP_ID = "9b310b815997d2d3123456565f253b0e75e970f0";
const IDENTITY = {
  appId: APP_ID,
  identifier: "ExampleUser",
  authDomain: "example.org",
  origins: [`${ORIGIN}/pids`],
};
const withSecret = { ...IDENTITY, sharedSecret: `${CANARY}:b:c` };
const MINT: WireRequest = {
  method: "POST",
  url: `${ORIGIN}/pids/mint?type=&value=`,
  headers: { accept: "application/xml" },
};

async function sentBy(options: ArdcAuthOptions, request: WireRequest = MINT): Promise<WireRequest> {
  const sent: WireRequest[] = [];
  await exchange(createArdcAuth(options), request, {
    send: async (wire) => {
      sent.push(wire);
      return { status: 200, headers: {} };
    },
  });
  const [only] = sent;
  if (only === undefined || sent.length > 1) throw new Error("it was not sent once");
  return only;
}

/** The properties of the body with the secret in plain text: only to be compared, never to be printed. */
function bodyOf({ body }: WireRequest): Record<string, string | undefined> {
  const { name, properties } = parseRequest(body ?? new Uint8Array());
  const { sharedSecret, ...others } = properties;
  return {
    ...(name === undefined ? {} : { name }),
    ...others,
    ...(sharedSecret ? { sharedSecret: decodeUtf8(sharedSecret.reveal()) } : {}),
  };
}

function refusal(run: () => unknown): HandleError {
  try {
    run();
  } catch (error) {
    if (isHandleError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

// The contract's request has a JSON body and wants it back; here the body is the identity.
const omitted: string[] = [];
const api: TestApi = {
  describe,
  expect,
  it: (name, run) => {
    if (name.includes("body")) omitted.push(name);
    else it(name, run);
  },
};
const withoutBody = (strategy: AuthStrategy): AuthStrategy => ({
  ...strategy,
  authenticate: ({ body: _, ...request }, context) => strategy.authenticate(request, context),
});

for (const via of ["header", "body"] as const) {
  describeAuthStrategy(
    `ardc, secret in the ${via}`,
    {
      create: (origin) => withoutBody(createArdcAuth({ ...withSecret, via, origins: [origin] })),
      secrets: [CANARY, btoa(`${APP_ID}:${CANARY}`).slice(-8)],
    },
    api,
  );
}

describe("createArdcAuth", () => {
  it("meets the contract of a strategy except for its body", () => {
    expect(omitted).toEqual(Array(2).fill("adds an identity and leaves method, URL and body as they are"));
  });

  it("sends the secret in a header, split at the first colon, and the owner in the body", async () => {
    const sent = await sentBy(withSecret);
    const { authorization = "", ...headers } = sent.headers;
    const decoded = Buffer.from(authorization.replace("Basic ", ""), "base64").toString("utf8");
    expect(decoded === `${APP_ID}:${CANARY}:b:c`).toBe(true);
    expect(headers).toEqual({ accept: "application/xml", "content-type": "application/xml" });
    expect(bodyOf(sent)).toEqual({ name: "mint", identifier: "ExampleUser", authDomain: "example.org" });
    expect(sent.url).toBe(MINT.url);
  });

  it("writes the header as the service's documented example has it", async () => {
    const { headers } = await sentBy({ ...IDENTITY, sharedSecret: "a:b:c" });
    expect(headers.authorization).toBe(
      "Basic OWIzMTBiODE1OTk3ZDJkMzEyMzQ1NjU2NWYyNTNiMGU3NWU5NzBmMDphOmI6Yw==",
    );
  });

  it("sends raw UTF-8 in the header, or the very bytes of the secret", async () => {
    const { headers } = await sentBy({ ...IDENTITY, appId: "é", sharedSecret: secret(Uint8Array.of(0xff)) });
    expect(headers.authorization).toBe(`Basic ${btoa("\xc3\xa9:\xff")}`);
  });

  it('sends everything in the body with via: "body"', async () => {
    const sent = await sentBy({ ...withSecret, via: "body" });
    expect(sent.headers.authorization).toBeUndefined();
    const { sharedSecret, ...others } = bodyOf(sent);
    expect(sharedSecret === `${CANARY}:b:c`).toBe(true);
    expect(others).toEqual({
      name: "mint",
      appId: APP_ID,
      identifier: "ExampleUser",
      authDomain: "example.org",
    });
  });

  it.each(["header", "body", undefined] as const)(
    "sends the appId alone without a secret (%s)",
    async (via) => {
      const sent = await sentBy({ ...IDENTITY, via });
      expect(sent.headers.authorization).toBeUndefined();
      expect(bodyOf(sent)).toEqual({
        name: "mint",
        appId: APP_ID,
        identifier: "ExampleUser",
        authDomain: "example.org",
      });
    },
  );

  it("replaces the identity in a body, and keeps its name and authType", async () => {
    const properties = {
      appId: "other",
      sharedSecret: secret(`${CANARY}-other`),
      identifier: "other",
      authDomain: "other",
      authType: "SSLHost",
    };
    const body = encodeUtf8(buildRequest({ name: "addValue", properties }));
    const headers = { "content-type": "text/plain", authorization: "Basic b3RoZXI6b3RoZXI=" };
    const request: WireRequest = { ...MINT, headers, body };
    const inHeader = await sentBy(withSecret, request);
    expect(inHeader.headers["content-type"]).toBe("application/xml");
    expect(inHeader.headers.authorization?.endsWith(btoa("other:other"))).toBe(false);
    const expected = {
      name: "addValue",
      identifier: "ExampleUser",
      authDomain: "example.org",
      authType: "SSLHost",
    };
    expect(bodyOf(inHeader)).toEqual(expected);
    const byAddress = await sentBy(IDENTITY, request);
    expect(byAddress.headers.authorization).toBeUndefined();
    expect(bodyOf(byAddress)).toEqual({ ...expected, appId: APP_ID });
    expect(request.body).toBe(body);
  });

  it("takes the name from an existing body, or from the address", async () => {
    const wrapped = encodeUtf8('<RawXml><value><request name="mint"/></value></RawXml>');
    expect(bodyOf(await sentBy(IDENTITY, { ...MINT, url: `${ORIGIN}/`, body: wrapped })).name).toBe("mint");
    expect(bodyOf(await sentBy(IDENTITY, { ...MINT, url: `${ORIGIN}//addValue/?a=b` })).name).toBe(
      "addValue",
    );
    expect(bodyOf(await sentBy(IDENTITY, { ...MINT, url: ORIGIN })).name).toBeUndefined();
  });

  it("refuses a body that is not XML, and a method without a body", async () => {
    const failed = (request: WireRequest) => sentBy(withSecret, request).catch((error: unknown) => error);
    const broken = await failed({ ...MINT, body: encodeUtf8(`{"a":"${CANARY}"}`) });
    expect(isHandleError(broken, "invalid_value")).toBe(true);
    expect(inspect(broken).includes(CANARY)).toBe(false);
    for (const method of ["GET", "HEAD"]) {
      expect(isHandleError(await failed({ ...MINT, method }), "invalid_options")).toBe(true);
    }
  });

  it.each<[string, Partial<ArdcAuthOptions>, string, string]>([
    ["an appId with a colon", { appId: `a:${CANARY}` }, "invalid_options", "option appId contains a colon"],
    ["no appId", { appId: "" }, "invalid_options", "appId"],
    ["no identifier", { identifier: "" }, "invalid_options", "identifier"],
    ["no authDomain", { authDomain: "" }, "invalid_options", "authDomain"],
    ["an empty secret", { sharedSecret: "" }, "invalid_options", "the option sharedSecret is empty"],
    ["another way", { via: "query" as "body" }, "invalid_options", "via"],
    [
      "a control character",
      { identifier: "ab\u0001" },
      "invalid_value",
      "character 3 of the property identifier",
    ],
    [
      "one in a secret for the body",
      { sharedSecret: `${CANARY}\0`, via: "body" },
      "invalid_value",
      "character 7 of the property sharedSecret",
    ],
    ["no origin", { origins: [] }, "invalid_options", "the option origins is empty"],
    ["plain http", { origins: ["http://localhost"] }, "insecure_connection", "would not be encrypted"],
  ])("refuses %s", (_, options, code, message) => {
    const error = refusal(() => createArdcAuth({ ...withSecret, ...options }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(inspect(error).includes(CANARY)).toBe(false);
  });

  it("sends any identity that XML allows", async () => {
    const anyText = fc
      .string({ unit: "binary", minLength: 1 })
      .filter((text) => /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text));
    const appIds = anyText.map((text) => text.replaceAll(":", "-"));
    await fc.assert(
      fc.asyncProperty(
        appIds,
        anyText,
        anyText,
        anyText,
        async (appId, identifier, authDomain, sharedSecret) => {
          const options = { appId, identifier, authDomain, sharedSecret, origins: [ORIGIN] };
          expect(bodyOf(await sentBy({ ...options, via: "body" }))).toEqual({
            name: "mint",
            appId,
            identifier,
            authDomain,
            sharedSecret,
          });
          const { authorization = "" } = (await sentBy(options)).headers;
          const decoded = Buffer.from(authorization.slice(6), "base64").toString("utf8");
          expect([decoded.slice(0, decoded.indexOf(":")), decoded.slice(decoded.indexOf(":") + 1)]).toEqual([
            appId,
            sharedSecret,
          ]);
        },
      ),
    );
  });
});
