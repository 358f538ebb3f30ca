// The description that hdl-server gives of its API, compared with its answers: every operation, and many refusals.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeBasic, signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, encodeUtf8, parseReference } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Connection, connect } from "../conformance/handle-rest/send.ts";
import { createOpenApiCheck, type Fit, type OpenApi } from "../support/openapi-check.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

const ADMIN = `300:${PREFIX}/ADMIN`;
const CNONCE = Buffer.from("a nonce of the client").toString("base64");
const RECORD = `/api/handles/${PREFIX}/openapi`;
const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";

interface How {
  readonly login?: string;
  readonly type?: string;
  readonly body?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

let site: Site;
let connection: Connection;
let document: OpenApi;
let check: (step: Parameters<ReturnType<typeof createOpenApiCheck>>[0]) => Fit;
const seen = new Map<string, Set<number>>();

const basic = encodeBasic(parseReference(ADMIN), encodeUtf8(PASSWORD));
const wrong = encodeBasic(parseReference(ADMIN), encodeUtf8("S3CR3T-that-is-wrong"));
const session = (sessionId: string) => `Handle sessionId="${sessionId}"`;

async function send(method: string, target: string, how: How = {}) {
  const headers = [
    ["Host", new URL(site.url).host],
    ...(how.login === undefined ? [] : [["Authorization", how.login]]),
    ...(how.body === undefined ? [] : [["Content-Type", how.type ?? JSON_TYPE]]),
    ...(how.headers ?? []),
  ] as unknown as readonly (readonly [string, string])[];
  const request = { method, target, headers, body: how.body ?? "" };
  return { request, response: await connection.send(request) };
}

/** Sends a request, and compares it and its answer with the description. */
async function fits(status: number, method: string, target: string, how?: How) {
  const step = await send(method, target, how);
  const { operation, problems } = check(step);
  const what = `${method} ${target.split("?")[0]}`;
  expect([what, step.response.status, problems]).toEqual([what, status, []]);
  expect(operation).toBeDefined();
  seen.set(operation ?? "", (seen.get(operation ?? "") ?? new Set()).add(status));
  return step.response;
}

beforeAll(async () => {
  site = await createSite("--ardc-prefix", PREFIX);
  const ca = await readFile(join(site.directory, "server-certificate.pem"), "utf8");
  connection = connect(site.url, { ca });
  document = JSON.parse((await send("GET", "/api/openapi.json")).response.body) as OpenApi;
  check = createOpenApiCheck(document);
});
afterAll(async () => {
  connection?.close();
  await site?.remove();
});

const url = (address: string) => JSON.stringify([{ index: 1, type: "URL", data: address }]);
const macOf = (nonce: string) => {
  const signed = signedBytes(
    decodeBase64(nonce) ?? new Uint8Array(),
    decodeBase64(CNONCE) ?? new Uint8Array(),
  );
  return createHash("sha256").update(PASSWORD).update(signed).update(PASSWORD).digest("base64");
};

describe("the answers of hdl-server fit its description", () => {
  it("of records and lists", async () => {
    const login = basic;
    const admin = {
      format: "admin",
      value: { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" },
    };
    const values = [
      { index: 1, type: "URL", data: "https://example.org/" },
      { index: 100, type: "HS_ADMIN", data: admin },
    ];
    const body = JSON.stringify(values);
    await fits(401, "PUT", RECORD, { body });
    await fits(201, "PUT", RECORD, { login, body });
    await fits(409, "PUT", `${RECORD}?overwrite=false`, { login, body });
    await fits(200, "PUT", `${RECORD}?index=1`, { login, body: url("https://example.org/2") });
    await fits(412, "PUT", `${RECORD}?index=1`, { login, body: url("x"), headers: [["If-Match", '"old"']] });
    await fits(400, "PUT", `${RECORD}?index=2`, { login, body: url("x") });
    await fits(413, "PUT", RECORD, { login, body: " ".repeat(2 ** 21) });
    connection.close();
    await fits(201, "PUT", `/api/handles/${PREFIX}/?mintNewSuffix=true`, { login, body });
    const { headers } = await fits(200, "GET", `${RECORD}?type=URL&index=100&pretty`);
    expect(headers.some(([name]) => name === "ETag")).toBe(true);
    await fits(200, "GET", `${RECORD}?index=77`);
    await fits(200, "GET", `${RECORD}?callback=show`);
    await fits(200, "HEAD", RECORD);
    await fits(200, "POST", RECORD, { type: FORM, body: "index=1&pretty=true" });
    await fits(200, "POST", RECORD, { body: '{"type":["URL"],"index":[1]}' });
    await fits(404, "GET", `/api/handles/${PREFIX}/none`);
    await fits(400, "GET", "/api/handles/9999/none");
    await fits(401, "GET", RECORD, { login: wrong });
    await fits(200, "GET", `/api/handles?prefix=${PREFIX}&page=0&pageSize=2`, { login });
    await fits(200, "POST", "/api/handles", { login, body: JSON.stringify({ prefix: PREFIX }) });
    await fits(401, "HEAD", `/api/handles?prefix=${PREFIX}`);
    await fits(200, "OPTIONS", RECORD);
    await fits(200, "TRACE", RECORD);
  });

  it("of sessions", async () => {
    const opened = JSON.parse((await fits(201, "POST", "/api/sessions")).body);
    const { sessionId, nonce } = opened as { sessionId: string; nonce: string };
    const fields = { sessionId, id: ADMIN, type: "HS_SECKEY", alg: "SHA-256", cnonce: CNONCE };
    const answer = (signature: string) => JSON.stringify({ ...fields, signature });
    await fits(200, "GET", "/api/sessions/this", { login: session(sessionId) });
    await fits(401, "PUT", "/api/sessions/this", { body: answer(macOf(CNONCE)) });
    await fits(401, "GET", "/api/sessions/this", { login: wrong });
    const done = await fits(200, "PUT", "/api/sessions/this", { body: answer(macOf(nonce)) });
    expect(JSON.parse(done.body)).toMatchObject({ authenticated: true, id: ADMIN });
    await fits(200, "POST", "/api/sessions/this", { body: answer(macOf(nonce)) });
    await fits(200, "HEAD", "/api/sessions/this", { login: session(sessionId) });
    await fits(200, "GET", "/api/sessions/this");
    await fits(400, "POST", "/api/sessions", { login: session(sessionId) });
    await fits(204, "DELETE", "/api/sessions/this", { login: session(sessionId) });
    await fits(403, "DELETE", "/api/sessions/this", { login: session(sessionId) });
    await fits(201, "POST", "/api/sessions", { login: basic });
    await fits(201, "POST", "/api/sessions", { login: wrong });
    const proven = await fits(201, "POST", "/api/sessions", { body: JSON.stringify({ cnonce: CNONCE }) });
    expect(JSON.parse(proven.body)).toMatchObject({ serverAlg: "SHA-256" });
    await fits(200, "OPTIONS", "/api/sessions");
  });

  it("of the history", async () => {
    const history = `/hdl-server/history/${PREFIX}/openapi`;
    const whole = JSON.parse((await fits(200, "GET", history, { login: basic })).body);
    expect((whole as { entries: readonly unknown[] }).entries.length).toBeGreaterThan(1);
    await fits(200, "GET", `${history}?limit=1`, { login: basic });
    await fits(200, "GET", `${history}?before=1`, { login: basic });
    await fits(400, "GET", `${history}?limit=0`, { login: basic });
    await fits(404, "GET", `/hdl-server/history/${PREFIX}/never`, { login: basic });
    await fits(401, "GET", history);
    await fits(200, "HEAD", history, { login: basic });
  });

  it("of the search", async () => {
    const login = basic;
    const search = `/hrls/handles/${PREFIX}`;
    const found = JSON.parse((await fits(200, "GET", `${search}?URL=*example.org*`, { login })).body);
    expect((found as readonly unknown[]).length).toBeGreaterThan(0);
    await fits(200, "GET", `/hrls/handles?URL=*&limit=1&page=0`, { login });
    await fits(200, "GET", `${search}?URL=*&retrieverecords=true`, { login });
    await fits(200, "HEAD", `${search}?URL=*`, { login });
    await fits(400, "GET", `${search}?HS_SECKEY=*`, { login });
    await fits(400, "GET", `${search}?URL=*&limit=abc`, { login });
    await fits(401, "GET", `${search}?URL=*`);
    await fits(401, "GET", `${search}?URL=*`, { login: wrong });
    await fits(403, "GET", "/hrls/handles/9999?URL=*", { login });
    await fits(404, "GET", `${search}/x?URL=*`, { login });
    await fits(200, "GET", "/hrls/ping", { login });
    await fits(401, "GET", "/hrls/ping");
    await fits(200, "OPTIONS", "/hrls/ping");
  });

  it("of verifications, the site, prefixes and this document", async () => {
    const verification = (signature: string) =>
      new URLSearchParams({ nonce: CNONCE, cnonce: CNONCE, alg: "SHA-256", signature }).toString();
    const target = `/api/verifications/${ADMIN}`;
    const right = await fits(200, "GET", `${target}?${verification(macOf(CNONCE))}`);
    expect(JSON.parse(right.body)).toMatchObject({ isValid: true });
    await fits(200, "GET", `${target}?${verification(macOf("AAAA"))}`);
    await fits(200, "GET", `/api/verifications/${ADMIN.slice(4)}?index=300&${verification(macOf(CNONCE))}`);
    await fits(400, "GET", target);
    await fits(404, "GET", `/api/verifications/300:${PREFIX}/none?${verification(macOf(CNONCE))}`);
    await fits(200, "GET", "/api/site");
    await fits(200, "HEAD", "/api/site");
    await fits(401, "GET", "/api/site", { login: "Bearer x" });
    await fits(200, "GET", "/api/openapi.json");
    await fits(401, "GET", "/api/prefixes");
    await fits(403, "GET", "/api/prefixes", { login: basic });
    await fits(403, "POST", "/api/prefixes/NEW", { login: basic });
    await fits(403, "DELETE", "/api/prefixes/NEW", { login: basic });
    await fits(400, "POST", "/api/prefixes", { login: basic });
    await fits(403, "DELETE", "/api/prefixes?prefix=NEW", { login: basic });
  });

  it("of the resolver and the ARDC service", async () => {
    await fits(302, "GET", `/${PREFIX}/openapi`);
    await fits(302, "HEAD", `/${PREFIX}/openapi`);
    await fits(200, "GET", `/${PREFIX}/openapi?noredirect`);
    await fits(200, "GET", `/${PREFIX}/openapi?action=showurls`);
    await fits(200, "GET", `/${PREFIX}/openapi?action=api&index=1`);
    await fits(302, "GET", `/${PREFIX}/openapi?urlappend=%3Fx=1&locatt=id:1&country=de`);
    await fits(404, "GET", `/${PREFIX}/none`);
    await fits(400, "GET", "/9999/none");
    await fits(200, "GET", "/");
    await fits(302, "POST", "/", { type: FORM, body: `hdl=${PREFIX}/openapi` });
    await fits(302, "POST", `/${PREFIX}/openapi`);
    await fits(200, "GET", `/pids/getHandle?handle=${PREFIX}/openapi`);
    await fits(200, "POST", "/pids/mint?type=URL&value=x", { type: "application/xml", body: "<request/>" });
  });

  it("of values that are removed, and of records", async () => {
    await fits(400, "DELETE", `${RECORD}?index=77`, { login: basic });
    await fits(200, "DELETE", `${RECORD}?index=1`, { login: basic });
    await fits(401, "DELETE", RECORD);
    await fits(200, "DELETE", RECORD, { login: basic });
    await fits(404, "DELETE", RECORD, { login: basic });
  });

  it("of every operation that has a name", () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) =>
        "operationId" in operation ? [`${method.toUpperCase()} ${path}`] : [],
      ),
    );
    expect(operations.filter((operation) => !seen.has(operation))).toEqual([]);
    const answers = [...seen.values()].reduce((sum, statuses) => sum + statuses.size, 0);
    console.log(
      `${operations.length} operations, ${answers} kinds of answers of hdl-server fit the description.`,
    );
  });
});
