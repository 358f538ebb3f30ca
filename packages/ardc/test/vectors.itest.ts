import type { ArdcClient } from "@handlekit/ardc";
import { createArdcAuth } from "@handlekit/auth/ardc";
import type { AuthStrategy } from "@handlekit/core";
import { parseRequest, parseResponse } from "@handlekit/xml";
import { describe, expect, it } from "vitest";
import { say, startFakeService } from "./fake-service.ts";
import { CANARY, clientOf, errorOf } from "./support.ts";
import { VECTORS, type Vector } from "./vectors.ts";

/** Returns the call that sends a recorded request; undefined for a request that this client does not send. */
function callFor({ service, query, name }: Vector): ((client: ArdcClient) => Promise<unknown>) | undefined {
  const { handle = "", type = "", value = "", index = "1", startHandle } = query;
  if (/POST with a body|type parameter is ignored|unencoded|semicolons/.test(name)) return undefined;
  if (service === "mint") {
    const at = query.index === undefined ? {} : { index: Number(index) };
    if (type === "" && value === "" && "type" in query) return (client) => client.mint(at);
    if (value.trim() === "" || !["URL", "DESC"].includes(type)) return undefined;
    return (client) => client.mint({ ...(type === "URL" ? { url: value } : { desc: value }), ...at });
  }
  if (service === "listHandles") {
    if (startHandle === "") return undefined;
    return async (client) =>
      (await client.listHandles(startHandle ? { after: startHandle } : {}).next()).value;
  }
  if (service === "getOwnerHandle") return (client) => client.getOwnerHandle();
  if (service === "getHandle" && query.value) return (client) => client.getHandlesByValue(value);
  if (Object.values(query).includes("") || !handle.includes("/") || !/^\d+$/.test(index)) return undefined;
  if (service === "getHandle") return (client) => client.getHandle(handle);
  const typed = type === "URL" ? "URL" : "DESC";
  if (service === "addValue" && query.value) return (client) => client.addValue(handle, typed, value);
  if (service === "addValueByIndex")
    return (client) => client.addValueByIndex(handle, Number(index), typed, value);
  if (service === "modifyValueByIndex")
    return (client) => client.modifyValueByIndex(handle, Number(index), value);
  if (service === "deleteValueByIndex" && query.index)
    return (client) => client.deleteValueByIndex(handle, Number(index));
  return undefined;
}

/** Returns the strategy for the account of a recorded request, with a secret of these tests. */
function strategyOf({ request, authorization }: Vector, url: string): AuthStrategy {
  const { properties } = parseRequest(request);
  const inHeader = authorization === "" ? undefined : atob(authorization.slice(6)).split(":")[0];
  const { identifier = "", authDomain = "" } = properties;
  const appId = inHeader ?? properties.appId ?? "";
  const secret = inHeader || properties.sharedSecret ? { sharedSecret: CANARY } : {};
  return createArdcAuth({
    appId,
    identifier,
    authDomain,
    ...secret,
    via: inHeader ? "header" : "body",
    origins: [url],
  });
}

/** Returns a recorded body as this client sends it: with that secret and the name of the service, without authType. */
function expectedBody({ request, service }: Vector): string {
  return request
    .replace(/(name="sharedSecret" value=")[^"]*/, `$1${CANARY}`)
    .replace(/<request name="\w+">/, `<request name="${service}">`)
    .replace(/.*"authType".*\n/, "");
}

/** Requests with a body that only raido sends, or no correct client. */
const OTHER_BODY = /raido|GET of|no identifier|empty identifier|no body|raw &|wins over/;

const control = "awkward: NUL and control characters";
const possible = VECTORS.flatMap((vector) => {
  const call = vector.name === control ? undefined : callFor(vector);
  return call ? [{ ...vector, call }] : [];
});
const failures = VECTORS.filter(({ response }) => response.includes('type="failure"'));

describe("the recorded requests", () => {
  it("are for the most part requests that this client sends", () => {
    expect(possible.length).toBeGreaterThan(40);
  });

  it.each(possible)("are sent: $name", async ({ call, ...vector }) => {
    const { service, query, response } = vector;
    const fake = await startFakeService();
    fake.trick(service, say(response));
    const ownBody = OTHER_BODY.test(vector.name) || service === "getHandle";
    const client = clientOf(fake, ownBody ? {} : { strategy: strategyOf(vector, fake.url) });
    const result = await call(client).catch((error: unknown) => error);
    const read = parseResponse(response);
    if (read.type === "success") {
      const { handle } = read.identifier ?? {};
      const given = [read.identifier, handle, handle && [handle], read.identifiers, read.identifiers?.[0]];
      expect(given).toContainEqual(result);
    }
    const [seen] = fake.seen;
    expect([...(seen?.query ?? [])].sort()).toEqual(Object.entries(query).sort());
    expect(seen?.rawQuery).toMatch(/^[A-Za-z0-9%+*._=&-]*$/);
    expect(seen?.method).toBe(service === "getHandle" ? "GET" : "POST");
    expect(seen?.rawQuery.includes(CANARY)).toBe(false);
    if (!ownBody) {
      expect(seen?.body === expectedBody(vector)).toBe(true);
      expect(seen?.authorization === undefined).toBe(vector.authorization === "");
    }
  });

  it("do not include a control character, which this client rejects", async () => {
    const fake = await startFakeService();
    const error = await errorOf(clientOf(fake).mint({ desc: "a\u0001b" }));
    expect([error.code, error.message]).toEqual([
      "invalid_value",
      "Character 2 of the value is U+0001, which the service cannot give back.",
    ]);
    expect(fake.seen).toEqual([]);
  });
});

/** The error code of each recorded failure. */
const CODES: Readonly<Record<string, string>> = {
  "unknown appId": "authentication_failed",
  "wrong secret, IP not registered": "authentication_failed",
  "header wins over a correct body": "authentication_failed",
  "no identifier property": "authentication_failed",
  "empty identifier value": "authentication_failed",
  "no body": "protocol_error",
  "GET of an authenticated service": "protocol_error",
  "raw & in a property value": "protocol_error",
  "mint: no type or value": "invalid_options",
  "mint: no value": "invalid_options",
  "mint: blank value": "invalid_value",
  "mint: value without a type": "invalid_value",
  "mint: reserved index": "invalid_value",
  "mint: reserved index 300": "invalid_value",
  "mint: type not supported": "invalid_value",
  "mint: type is case-sensitive": "invalid_value",
  "addValue: parameter missing": "invalid_options",
  "addValue: parameter empty": "invalid_value",
  "addValue: not the owner": "permission_denied",
  "addValue: invalid URL": "invalid_value",
  "addValueByIndex: not numeric": "invalid_value",
  "addValueByIndex: in use": "value_exists",
  "modify: empty value": "invalid_value",
  "modify: index not a number": "invalid_value",
  "modify: HS_ADMIN at 100": "values_not_found",
  "modify: URL replaced by text": "invalid_value",
  "delete: parameter missing": "invalid_options",
  "delete: AGENTID at 101": "values_not_found",
  "getHandle: empty handle": "invalid_value",
  "getHandle: unknown": "handle_not_found",
  "getHandle: empty value": "invalid_value",
  "listHandles: empty startHandle": "invalid_value",
  "listHandles: no suffix": "invalid_handle",
  "listHandles: suffix not a number": "invalid_value",
};

describe("the recorded failures", () => {
  it("are all in the table", () => {
    const names = failures
      .map(({ name }) => name.replace("failures: ", ""))
      .filter((name) => name !== control);
    expect(names.sort()).toEqual(Object.keys(CODES).sort());
  });

  it.each(failures.filter(({ name }) => name !== control))(
    "become an error with code, text and hint: $name",
    async ({ name, response }) => {
      const fake = await startFakeService();
      fake.always = say(response);
      const error = await errorOf(clientOf(fake).addValue("10378.1/12", "DESC", "x"));
      const { text } = parseResponse(response).message;
      expect(error.code).toBe(CODES[name.replace("failures: ", "")]);
      expect(error.message).toBe(`Could not add a value to 10378.1/12: the service says “${text}”.`);
      expect([error.handle, error.status, error.retryable]).toEqual(["10378.1/12", 200, false]);
      if (error.code !== "invalid_options") expect(error.hint).toMatch(/^[A-Z].*\.$/);
      expect(fake.seen).toHaveLength(1);
    },
  );
});
