import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient, type HandleClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import { build } from "esbuild";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, type PageServer, servePage } from "../support/browser.ts";
import { exchangeRaw, statusOf } from "../support/raw-tls.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

const ADMIN = `300:${PREFIX}/ADMIN`;
const USER = { username: ADMIN.replace(":", "%3A"), password: PASSWORD };
const BASIC = `Basic ${Buffer.from(`${USER.username}:${PASSWORD}`).toString("base64")}`;
const APP_ID = "a".repeat(40);
const identity = { appId: APP_ID, identifier: "Example", authDomain: "example.org" };
const properties = Object.entries(identity).map(
  ([name, value]) => `<property name="${name}" value="${value}"/>`,
);
const MINT = `<request name="mint"><properties>${properties.join("")}</properties></request>`;
const EQUALS = MINT.indexOf("=");

let site: Site;
let ca: string;
let browser: Browser;
let attacker: PageServer;

/** Another site, and another origin of the same site. */
const ORIGINS = { "cross-site": "localhost", "same-site": "127.0.0.1" } as const;
type Where = keyof typeof ORIGINS;
const WHERE = Object.keys(ORIGINS) as readonly Where[];
const pageUrl = (where: Where) => `https://${ORIGINS[where]}:${attacker.port}/`;

beforeAll(async () => {
  site = await createSite(
    ...["--basic-in-browsers", "on", "--server-admins", `${ADMIN},301:${PREFIX}/ADMIN`],
    ...["--ardc-prefix", PREFIX, "--ardc-admin-addresses", "127.0.0.1"],
  );
  ca = join(site.directory, "server-certificate.pem");
  const client = createClient(await loadCredentials(site.credentials.password));
  await client.create(`${PREFIX}/victim`, { URL: "https://example.org/", NOTE: "S3CR3T-note" });
  await client.close();
  const hidden = [{ index: 9, type: "NOTE", data: "S3CR3T-hidden", permissions: "1100" }];
  await ask(
    "PUT",
    `/api/handles/${PREFIX}/victim?index=9`,
    [`Authorization: ${BASIC}`],
    JSON.stringify(hidden),
  );
  await ask("GET", `/pids/addClient?ip=127.0.0.1&desc=test&appId=${APP_ID}`);
  expect(await ask("POST", "/pids/mint?type=DESC&value=GOOD", [], MINT)).toContain("created handle");
  expect(await ask("GET", "/pids/listClients")).toContain(APP_ID);
  const [key, cert] = await Promise.all(
    ["server-key.pem", "server-certificate.pem"].map((name) => readFile(join(site.directory, name), "utf8")),
  );
  attacker = await servePage({ key: key ?? "", cert: cert ?? "" });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await attacker?.close();
  await site?.remove();
});

function ask(method: string, target: string, headers: readonly string[] = [], body = ""): Promise<string> {
  const length = body === "" ? [] : [`Content-Length: ${body.length}`, "Content-Type: application/json"];
  const head = [`${method} ${target} HTTP/1.1`, "Host: h", "Connection: close", ...length, ...headers];
  return exchangeRaw(site.url, ca, `${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Runs a test in a browser of its own. */
async function withBrowser(
  options: BrowserContextOptions,
  run: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  try {
    await run(context);
  } finally {
    await context.close();
  }
}

/** The browser of a user with a remembered password, which has shown that it sends it by itself. */
async function openVictim(): Promise<BrowserContext> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, httpCredentials: USER });
  const page = await context.newPage();
  // The browser remembers the password for paths below that of a challenge: /api/.
  expect((await page.goto(`${site.url}/api/prefixes`))?.status()).toBe(200);
  const shown = await page.goto(`${site.url}/api/handles/${PREFIX}/victim?index=9`);
  expect([shown?.status(), await shown?.text()]).toEqual([200, expect.stringContaining("S3CR3T-hidden")]);
  const sessionId = await openSession();
  const own = `fetch("/api/sessions/this", { method: "POST", body: new URLSearchParams({ sessionId: "${sessionId}" }) })`;
  expect(await page.evaluate(`${own}.then((response) => response.json())`)).toMatchObject({
    authenticated: true,
  });
  await page.close();
  return context;
}

/** Opens a page of the attacker, and resolves once its request to the server has been answered or has failed. */
async function attack(context: BrowserContext, where: Where, html: string, target: string): Promise<Page> {
  const page = await context.newPage();
  attacker.show(`<!doctype html><meta charset="utf-8">${html}`);
  const answered = context.waitForEvent("response", (response) =>
    response.url().startsWith(site.url + target),
  );
  const failed = context.waitForEvent("requestfailed", (request) =>
    request.url().startsWith(site.url + target),
  );
  const done = Promise.any([answered.then((response) => response.finished()), failed]);
  for (const each of [answered, failed]) each.catch(() => {});
  await page.goto(pageUrl(where));
  if (html.includes("id=click")) await page.click("#click");
  await done;
  return page;
}

function form(target: string, fields: Readonly<Record<string, string>>, type = "", method = "post"): string {
  const quoted = (text: string) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${quoted(name)}" value="${quoted(value)}">`,
  );
  return `<form action="${site.url}${target}" method="${method}" enctype="${type}">${inputs.join("")}</form>
<script>document.forms[0].submit()</script>`;
}
const script = (code: string) => `<script type="module">${code}</script>`;
const blind = (target: string, body: string) =>
  script(
    `fetch("${site.url}${target}", { method: "POST", mode: "no-cors", credentials: "include", body: ${body} })`,
  );

let last = 0;
const unused = () => `20.500.666.${++last}`;
const prefixes = () => ask("GET", "/api/prefixes", [`Authorization: ${BASIC}`]);
const openSession = async () => /"sessionId":"([^"]+)"/.exec(await ask("POST", "/api/sessions"))?.[1] ?? "";
const isAuthenticated = async (sessionId: string) => {
  const shown = await ask("GET", "/api/sessions/this", [`Authorization: Handle sessionId="${sessionId}"`]);
  expect(statusOf(shown)).toBe(200);
  return shown.includes('"authenticated":true');
};

describe.each(WHERE)("a page of an attacker, %s, in a browser with a remembered password", (where) => {
  let victim: BrowserContext;
  beforeAll(async () => {
    victim = await openVictim();
  });
  afterEach(async () => {
    for (const page of victim.pages()) await page.close();
  });
  afterAll(() => victim?.close());

  it.each<[string, (sessionId: string) => string]>([
    ["a form", (sessionId) => form("/api/sessions/this", { sessionId })],
    [
      "a form in text",
      (sessionId) => form(`/api/sessions/this?sessionId=${sessionId}`, { a: "b" }, "text/plain"),
    ],
    [
      "a multipart form",
      (id) => form(`/api/sessions/this?sessionId=${id}`, { a: "b" }, "multipart/form-data"),
    ],
    ["a GET form", (sessionId) => form("/api/sessions/this", { sessionId }, "", "get")],
    ["an image", (sessionId) => `<img src="${site.url}/api/sessions/this?sessionId=${sessionId}">`],
    ["fetch without a type", (id) => blind(`/api/sessions/this?sessionId=${id}`, "new Uint8Array([1])")],
    ["fetch without a body", (id) => blind(`/api/sessions/this?sessionId=${id}`, "undefined")],
  ])("does not log the attacker's session in with %s", async (_what, html) => {
    const sessionId = await openSession();
    await attack(victim, where, html(sessionId), "/api/sessions/this");
    expect(await isAuthenticated(sessionId)).toBe(false);
  });

  it.each<[string, (target: string) => string]>([
    ["a form", (target) => form(target, { a: "b" })],
    ["a form in text", (target) => form(target, { a: "b" }, "text/plain")],
    ["a multipart form", (target) => form(target, { a: "b" }, "multipart/form-data")],
    ["an empty form", (target) => form(target, {})],
    ["fetch without a type", (target) => blind(target, "new Uint8Array([1])")],
    ["a beacon", (target) => script(`navigator.sendBeacon("${site.url}${target}", new Blob(["x"]))`)],
    ["the ping of a link", (target) => `<a id=click href="#x" ping="${site.url}${target}">prize</a>`],
    [
      "JSON, which the preflight forbids",
      (target) =>
        script(`fetch("${site.url}${target}", { method: "POST", credentials: "include", body: "{}",
headers: { "content-type": "application/json" } })`),
    ],
  ])("homes no prefix with %s", async (_what, html) => {
    const prefix = unused();
    await attack(victim, where, html(`/api/prefixes?prefix=${prefix}`), "/api/prefixes");
    expect(await prefixes()).not.toContain(prefix);
  });

  it("reads nothing hidden by JSONP, nor by fetch", async () => {
    const target = `/api/handles/${PREFIX}/victim`;
    const jsonp = `<script>function got(answer) { window.answer = JSON.stringify(answer); }</script>
<script src="${site.url}${target}?callback=got"></script>`;
    const page = await attack(victim, where, jsonp, target);
    await page.waitForFunction("window.answer !== undefined");
    const answer = await page.evaluate<string>("window.answer");
    expect([answer.includes("https://example.org/"), answer.includes("hidden")]).toEqual([true, false]);
    const read = `fetch("${site.url}${target}?index=9", { credentials: "include" }).then((r) => r.text(), () => "")`;
    expect(await page.evaluate(read)).toBe("");
  });

  it("mints nothing under /pids and adds no client, from an address that may", async () => {
    const html = form(
      "/pids/mint?type=DESC&value=EVIL",
      { [MINT.slice(0, EQUALS)]: MINT.slice(EQUALS + 1) },
      "text/plain",
    );
    await attack(victim, where, html, "/pids/mint");
    expect(await ask("GET", "/pids/getHandle?value=EVIL")).toContain("was not found");
    const image = `<img src="${site.url}/pids/addClient?ip=203.0.113.9&desc=evil">`;
    await attack(victim, where, image, "/pids/addClient");
    expect(await ask("GET", "/pids/listClients")).not.toContain("203.0.113.9");
  });
});

describe.each(WHERE)("a page of an attacker, %s, in a browser with a client certificate", (where) => {
  it("does not use it", async () => {
    const clientCertificates = [
      {
        origin: site.url,
        certPath: join(site.directory, "admin-certificate.pem"),
        keyPath: join(site.directory, "admin-key.pem"),
      },
    ];
    await withBrowser({ clientCertificates }, async (context) => {
      const at = "/api/sessions/this";
      for (const html of [
        `<img src="${site.url}${at}?clientCert=true">`,
        form(at, { clientCert: "true" }),
        form(`${at}?clientCert=true`, {}),
      ]) {
        await attack(context, where, html, at);
        const page = await attack(
          context,
          where,
          form("/api/prefixes?prefix=20.500.667", {}),
          "/api/prefixes",
        );
        await page.close();
        expect(await prefixes()).not.toContain("20.500.667");
      }
      const page = await context.newPage();
      await page.goto(`${site.url}${at}`);
      expect(await page.textContent("body")).toContain('"authenticated":false');
      // The user's own page may ask for it, and a foreign page still cannot use it.
      const ask = `fetch("${at}", { headers: { authorization: 'Handle clientCert="true"' } }).then((r) => r.json())`;
      expect(await page.evaluate(ask)).toMatchObject({ authenticated: true });
      const prefix = unused();
      await attack(context, where, form(`/api/prefixes?prefix=${prefix}`, {}), "/api/prefixes");
      expect(await prefixes()).not.toContain(prefix);
      const sessionId = await openSession();
      await attack(context, where, form(at, { sessionId }), at);
      expect(await isAuthenticated(sessionId)).toBe(false);
    });
  });
});

describe.each(WHERE)("an honest page, %s", (where) => {
  it("administers with Basic by XMLHttpRequest, as CNRI's does", async () => {
    await withBrowser({}, async (context) => {
      const page = await context.newPage();
      attacker.show("<!doctype html>");
      await page.goto(pageUrl(where));
      const send = (method: string, target: string, body?: unknown) =>
        page.evaluate<[number, string], readonly unknown[]>(
          ([verb, url, authorization, json]) =>
            new Promise((resolve, reject) => {
              const request = new XMLHttpRequest();
              request.open(verb as string, url as string);
              request.setRequestHeader("Authorization", authorization as string);
              if (json !== undefined) request.setRequestHeader("Content-Type", "application/json");
              request.onload = () => resolve([request.status, request.responseText]);
              request.onerror = () => reject(new Error("no response"));
              request.send(json as string | undefined);
            }),
          [method, site.url + target, BASIC, body === undefined ? undefined : JSON.stringify(body)],
        );
      const handle = `/api/handles/${PREFIX}/${where}`;
      const admin = { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" };
      const values = [
        { index: 1, type: "URL", data: "https://example.org/" },
        { index: 2, type: "NOTE", data: "S3CR3T-2", permissions: "1100" },
        { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } },
      ];
      expect((await send("PUT", handle, values))[0]).toBe(201);
      expect(await send("GET", handle)).toEqual([200, expect.stringContaining("S3CR3T-2")]);
      expect((await send("DELETE", `${handle}?index=2`))[0]).toBe(200);
      expect((await send("POST", handle, { index: [1] }))[0]).toBe(200);
      expect((await send("POST", "/api/prefixes", { prefix: `20.500.${where.length}` }))[0]).toBe(200);
      expect((await send("POST", "/api/sessions", { version: "0" }))[1]).toContain('"authenticated":true');
      expect((await send("DELETE", handle))[0]).toBe(200);
    });
  });

  it("uses client with a password and with a session", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { createAuth } from "@handlekit/auth";
import { createClient } from "@handlekit/client";
import { parseCredentials } from "@handlekit/credentials";
globalThis.openClient = (text, session) => {
  const credentials = parseCredentials(text);
  return createClient(credentials, { strategy: createAuth(credentials, { session }) });
};`,
        resolveDir: new URL("../../packages/client/", import.meta.url).pathname,
      },
      bundle: true,
      write: false,
      platform: "browser",
      format: "esm",
      conditions: ["@handlekit/source"],
      external: ["node:*", "undici"],
      logLevel: "error",
    });
    await withBrowser({}, async (context) => {
      const page = await context.newPage();
      attacker.show("<!doctype html>");
      await page.goto(pageUrl(where));
      await page.addScriptTag({ content: outputFiles[0]?.text ?? "", type: "module" });
      await page.waitForFunction("globalThis.openClient !== undefined");
      for (const session of [false, true]) {
        const done = await page.evaluate(
          async ([url, username, password, handle, withSession]) => {
            const { openClient } = globalThis as unknown as {
              openClient: (text: string, session: unknown) => HandleClient;
            };
            const text = JSON.stringify({ handle_server_url: url, username, password });
            const client = openClient(text, withSession);
            await client.create(handle as string, { URL: "https://example.org/" });
            await client.modify(handle as string, { URL: "https://example.org/2" });
            const changed = await client.readText(handle as string, "URL");
            await client.delete(handle as string);
            await client.close();
            return changed;
          },
          [site.url, ADMIN, PASSWORD, `${PREFIX}/client-${where}`, session],
        );
        expect(done).toBe("https://example.org/2");
      }
    });
  });
});
