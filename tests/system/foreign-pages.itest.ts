import { join } from "node:path";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, parseReference } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw, openTls, readAll, statusOf } from "../support/raw-tls.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

const ADMIN = `300:${PREFIX}/ADMIN`;
const BASIC = `Authorization: ${encodeBasic(parseReference(ADMIN), encodeUtf8(PASSWORD))}`;
const FORM = "Content-Type: application/x-www-form-urlencoded";
const APP_ID = "a".repeat(40);
const identity = { appId: APP_ID, identifier: "Example", authDomain: "example.org" };
const properties = Object.entries(identity).map(
  ([name, value]) => `<property name="${name}" value="${value}"/>`,
);
const MINT = `<request name="mint"><properties>${properties.join("")}</properties></request>`;

/** What a browser says of a page of another origin; the last one is a browser without Sec-Fetch-Site. */
const PAGES: readonly [string, string][] = [
  ["cross-site", "Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example"],
  ["same-site", "Sec-Fetch-Site: same-site\r\nOrigin: https://other.hdl.example"],
  ["an Origin alone", "Origin: https://evil.example"],
  ["an opaque Origin", "Origin: null"],
];

let site: Site;
let ca: string;
beforeAll(async () => {
  site = await createSite(
    ...["--server-admins", `${ADMIN},301:${PREFIX}/ADMIN`, "--public-url", "https://hdl.example:8000"],
    ...["--ardc-prefix", PREFIX, "--ardc-admin-addresses", "127.0.0.1", "--hsts-max-age", "600"],
  );
  ca = join(site.directory, "server-certificate.pem");
  expect(await send("GET", `/pids/addClient?ip=127.0.0.1&desc=test&appId=${APP_ID}`)).toContain("success");
});
afterAll(() => site?.remove());

function request(
  method: string,
  target: string,
  headers: readonly string[],
  body: string,
  end = "close",
): string {
  const length = method === "GET" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [
    `${method} ${target} HTTP/1.1`,
    "Host: hdl.example",
    `Connection: ${end}`,
    ...length,
    ...headers,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
const send = (method: string, target: string, headers: readonly string[] = [], body = "") =>
  exchangeRaw(site.url, ca, request(method, target, headers, body));
const prefixes = () => send("GET", "/api/prefixes", [BASIC]);
const openSession = async () => /"sessionId":"([^"]+)"/.exec(await send("POST", "/api/sessions"))?.[1] ?? "";

describe.each(PAGES)("a request of a foreign page, by %s", (_kind, page) => {
  it.each<[string, readonly string[], string]>([
    ["no body", [], ""],
    ["a form", [FORM], "a=b"],
    ["multipart", ["Content-Type: multipart/form-data; boundary=x"], "--x--"],
    ["text", ["Content-Type: text/plain"], "x"],
    ["no type", [], "x"],
    ["a ping", ["Content-Type: text/ping"], "PING"],
  ])("homes nothing with Basic and %s", async (_what, headers, body) => {
    const target = "/api/prefixes?prefix=20.500.666";
    expect(statusOf(await send("POST", target, [BASIC, page, ...headers], body))).toBe(401);
    expect(await prefixes()).not.toContain("20.500.666");
  });

  it("authenticates no session with Basic", async () => {
    const sessionId = await openSession();
    const field = `sessionId=${sessionId}`;
    await send("POST", "/api/sessions/this", [BASIC, page, FORM], field);
    await send("POST", `/api/sessions/this?${field}`, [BASIC, page], "");
    await send("GET", `/api/sessions/this?${field}`, [BASIC, page]);
    await send("PUT", `/api/sessions/this?${field}`, [BASIC, page, "Content-Type: application/json"], "{}");
    const shown = await send("GET", "/api/sessions/this", [`Authorization: Handle ${field}`]);
    expect([statusOf(shown), shown.includes("authenticated")]).toEqual([200, false]);
  });

  it("mints nothing with Basic or by its address, and adds no client", async () => {
    const mint = "/pids/mint?type=DESC&value=EVIL";
    const texts = ["Content-Type: text/plain", "Content-Type: application/xml"];
    for (const type of texts) expect(await send("POST", mint, [page, type], MINT)).toContain("failure");
    const add = await send("GET", "/pids/addClient?ip=203.0.113.9&desc=evil", [page]);
    expect(add).toContain("Authentication Failed");
    expect(await send("GET", "/pids/getHandle?value=EVIL")).toContain("was not found");
  });

  it("uses no client certificate, which the user's own page had asked for on the connection", async () => {
    const { login } = await loadCredentials(site.credentials.certificate);
    if (login?.kind !== "certificate") throw new Error("init made no certificate");
    const own = { key: Buffer.from(login.key.reveal()), cert: login.certificate };
    const sessionId = await openSession();
    const socket = await openTls(site.url, ca, own);
    const all = readAll(socket);
    const at = "/api/sessions/this";
    socket.write(request("GET", at, ['Authorization: Handle clientCert="true"'], "", "keep-alive"));
    socket.write(request("POST", "/api/prefixes?prefix=20.500.667", [page, FORM], "a=b", "keep-alive"));
    socket.write(request("POST", at, [page, FORM], `sessionId=${sessionId}`, "keep-alive"));
    socket.write(request("GET", at, [], ""));
    const answers = (await all).split("HTTP/1.1 ").slice(1);
    expect(answers.map((text) => [text.slice(0, 3), text.includes('"authenticated":true')])).toEqual([
      ["200", true],
      ["401", false],
      ["200", false],
      ["200", true],
    ]);
    expect(await prefixes()).not.toContain("20.500.667");
  });
});

describe("a client certificate", () => {
  it.each<[string, string, string, readonly string[], string]>([
    ["a query", "GET", "?clientCert=true", [], ""],
    ["a form", "POST", "", [FORM], "clientCert=true"],
    ["a query beside JSON", "POST", "?clientCert=true", ["Content-Type: application/json"], "{}"],
  ])("is not used because %s asks for it", async (_what, method, query, headers, body) => {
    const socket = await openTls(site.url, ca);
    const all = readAll(socket);
    socket.write(request(method, `/api/sessions/this${query}`, headers, body));
    expect(await all).toContain('{"authenticated":false}');
  });

  it("is used because JSON asks for it, unless a foreign page sent it", async () => {
    const json = ["Content-Type: application/json"];
    const asked = await send("POST", "/api/sessions/this", json, '{"clientCert":"true"}');
    expect(asked).toContain("No client certificate was presented");
    const foreign = await send(
      "POST",
      "/api/sessions/this",
      [...json, PAGES[0]?.[1] ?? ""],
      '{"clientCert":"true"}',
    );
    expect(foreign).toContain('{"authenticated":false}');
  });
});

describe("a page of the server itself", () => {
  it("has the origin of publicUrl", async () => {
    const own = "Origin: https://hdl.example:8000";
    const target = "/api/prefixes?prefix=20.500.668";
    expect(statusOf(await send("POST", target, [BASIC, own, FORM], "a=b"))).toBe(200);
    expect(statusOf(await send("POST", target, [BASIC, "Origin: https://hdl.example", FORM], "a=b"))).toBe(
      401,
    );
  });
});

describe("every response", () => {
  it("asks for https and forbids to guess its type; one with a login is not stored", async () => {
    const [anonymous, known, session] = [
      await send("GET", `/api/handles/${PREFIX}/ADMIN`),
      await send("GET", `/api/handles/${PREFIX}/ADMIN`, [BASIC]),
      await send("POST", "/api/sessions"),
    ];
    for (const text of [anonymous, known, session]) {
      expect(text).toContain("\r\nX-Content-Type-Options: nosniff\r\n");
      expect(text).toContain("\r\nStrict-Transport-Security: max-age=600\r\n");
    }
    const isKept = (text = "") => !text.includes("\r\nCache-Control: no-store\r\n");
    expect([anonymous, known, session].map(isKept)).toEqual([true, false, false]);
  });

  it("forbids to guess its type also where node:http cannot parse the request", async () => {
    for (const [text, status] of [
      [await send("FOO", "/"), 501],
      [await send("GET", "/ /"), 400],
      [await send("GET", "/", [`X: ${"x".repeat(20_000)}`]), 431],
    ] as const) {
      expect([statusOf(text), text]).toEqual([
        status,
        expect.stringContaining("\r\nX-Content-Type-Options: nosniff\r\n"),
      ]);
    }
  });

  it("asks no browser for Basic", async () => {
    const challenges = async (...headers: string[]) =>
      (await send("GET", "/api/prefixes", headers)).includes('WWW-Authenticate: Basic realm="handle"');
    expect([await challenges(), await challenges("Sec-Fetch-Mode: navigate")]).toEqual([true, false]);
  });
});
