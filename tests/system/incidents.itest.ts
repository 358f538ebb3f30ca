// What an operator sees of each incident: docs/operations.md says it, and this test produces all of them on one server,
// which it starts again where an incident ends it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { type RequestOptions, request } from "node:https";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, parseReference, secret } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { hdlServer, type Served, serveWith } from "../support/hdl.ts";
import { openTls } from "../support/raw-tls.ts";
import { PASSWORD, PREFIX } from "../support/site.ts";

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL("../../apps/server/dist/main.js", import.meta.url));
const Database = createRequire(new URL("../../packages/store-sqlite/package.json", import.meta.url))(
  "libsql",
) as new (
  file: string,
) => { exec(sql: string): void; close(): void };

const ADMIN = { user: `300:${PREFIX}/ADMIN`, password: PASSWORD };
const OTHER = { user: `300:${PREFIX}/OTHER`, password: "S3CR3T-of-another" };
const LEAVER = { user: `300:${PREFIX}/LEAVER`, password: "S3CR3T-of-a-leaver" };
const APP = { appId: "a1".repeat(20), secret: "S3CR3T-of-a-client" };
const WRONG = "S3CR3T-wrong";
const FINISHED = `${PREFIX}/finished`;
const NOBODY = 65534;
/** The clock of a process with this module jumps an hour forward with SIGUSR2. */
const JUMPING = `const now = Date.now; let shift = 0;
process.on("SIGUSR2", () => { shift += 3600000; });
Date.now = () => now() + shift;`;

interface Row {
  readonly incident: string;
  /** Texts of one line of the log, in their order. */
  readonly log: readonly string[];
  /** A series of the metrics. */
  readonly metric: string | undefined;
  readonly audit: string;
}

/** The texts in backticks; `…` stands for any text. */
const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

/** The table of incidents in the documentation. */
const rows: readonly Row[] = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8")
  .split("\n## Incidents\n")
  .slice(1)
  .flatMap((text) => text.split("\n"))
  .flatMap((line) => {
    const [, incident, log = "", metric = "", audit = ""] =
      line.split(" | ").length === 4 ? ["", ...line.slice(2, -2).split(" | ")] : [];
    if (incident === undefined || incident === "incident" || incident.startsWith("---")) return [];
    return [{ incident, log: codes(log), metric: codes(metric)[0], audit }];
  });

let folder: string;
let directory: string;
let server: Served;
let ca: string;
/** The logs of the servers that have ended. */
let former = "";
let session = "";

/** What the last process wrote, which did not start. */
let last = "";
/** The metrics after the last incident. */
let latest: ReadonlyMap<string, number> = new Map();

const log = () => former + server.text.stderr + last;

interface Reply {
  readonly status: number;
  readonly json: Record<string, unknown>;
  readonly requestId: string | undefined;
}

interface Sent extends RequestOptions {
  readonly as?: { readonly user: string; readonly password: string };
  readonly body?: string;
}

function ask(
  method: string,
  path: string,
  { as, body = "", headers, ...options }: Sent = {},
): Promise<Reply> {
  const authorization = as && encodeBasic(parseReference(as.user), encodeUtf8(as.password));
  return new Promise((resolve, reject) => {
    const given = {
      method,
      ca,
      agent: false,
      rejectUnauthorized: false,
      headers: { ...(authorization && { authorization }), "content-type": "application/json", ...headers },
      ...options,
    } as const;
    const sent = request(`${server.urls[0]}${path}`, given, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const requestId = response.headers["x-request-id"];
        resolve({
          status: response.statusCode ?? 0,
          json: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {},
          requestId: requestId?.toString(),
        });
      });
    });
    sent.on("error", reject).end(body);
  });
}

/** Reads a page of the port of the metrics. */
function read(path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    get(`${server.metrics}${path}`, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    }).on("error", reject);
  });
}

/** Resolves to the values of all series. */
async function series(): Promise<ReadonlyMap<string, number>> {
  const { text } = await read("/metrics");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

const path = (suffix: string) => `/api/handles/${PREFIX}/${suffix}`;
const value = (index: number, data: string, type = "URL") => ({ index, type, data });
const key = (text: string) => ({ index: 300, type: "HS_SECKEY", data: text, permissions: "1100" });
const admins = { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" };
const owner = { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admins } };
const put = (suffix: string, values: readonly object[], sent: Sent = {}, query = "") =>
  ask("PUT", `${path(suffix)}${query}`, { as: ADMIN, body: JSON.stringify(values), ...sent });

async function openSession(as: typeof ADMIN): Promise<string> {
  const { json } = await ask("POST", "/api/sessions", { as });
  expect(json.authenticated).toBe(true);
  return json.sessionId as string;
}
const withSession = (id: string): Sent => ({ headers: { authorization: `Handle sessionId="${id}"` } });

/** Starts the server again, after the former one has ended. */
async function restart(...flags: readonly string[]): Promise<void> {
  former += server.text.stderr;
  server = await serveWith([], directory, ...flags);
}

/** Sends a request with a client certificate. */
async function withCertificate(days: number, now: Date): Promise<void> {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const subject = { index: 301, handle: `${PREFIX}/ADMIN` };
  const cert = await createSelfSignedCertificate({ privateKey, subject, days, now });
  const headers = { authorization: 'Handle clientCert="true"' };
  const { status } = await ask("GET", path("record"), {
    headers,
    cert,
    key: Buffer.from(privateKey.reveal()),
  });
  expect(status).toBe(401);
}

function ardc(appId: string, secretText: string): Promise<Reply> {
  const authorization = `Basic ${btoa(`${appId}:${secretText}`)}`;
  const properties = ["identifier", "authDomain"].map((name) => `<property name="${name}" value="x"/>`);
  const body = `<request><properties>${properties.join("")}</properties></request>`;
  return ask("POST", "/pids/listHandles", { headers: { authorization }, body });
}

/** Limits the size of the files that the server writes, in bytes. */
const limitFiles = (bytes: string) =>
  run("prlimit", ["--pid", `${server.pid}`, `--fsize=${bytes}:unlimited`]);

/** The state of an incident that another test looks at. */
let notReady: { readonly status: number; readonly text: string } | undefined;

/** Produces the incidents, in the order of the table. May resolve to the handle whose history shows it. */
const produce: Readonly<Record<string, () => Promise<string | undefined>>> = {
  async "wrong password"() {
    expect((await ask("GET", path("record"), { as: { ...OTHER, password: WRONG } })).status).toBe(401);
    return undefined;
  },
  async "unknown user"() {
    expect(
      (await ask("GET", path("record"), { as: { ...OTHER, user: `300:${PREFIX}/NOBODY` } })).status,
    ).toBe(401);
    return undefined;
  },
  async "key removed while its session is open"() {
    const open = await openSession(LEAVER);
    expect((await ask("DELETE", `${path("LEAVER")}?index=300`, { as: ADMIN })).status).toBe(200);
    expect((await ask("GET", path("record"), withSession(open))).status).toBe(401);
    return `${PREFIX}/LEAVER`;
  },
  async "client certificate of another key"() {
    await withCertificate(10, new Date());
    return undefined;
  },
  async "expired client certificate"() {
    await withCertificate(1, new Date("2020-01-01"));
    return undefined;
  },
  async "wrong secret of an ARDC client"() {
    await ardc(APP.appId, WRONG);
    return undefined;
  },
  async "unknown App Id"() {
    await ardc("0".repeat(40), WRONG);
    return undefined;
  },
  async "too many failed logins"() {
    const guess = () =>
      ask("GET", path("record"), {
        as: { user: `300:${PREFIX}/GUESSED`, password: WRONG },
        localAddress: "127.0.0.2",
      });
    const statuses = (await Promise.all(Array.from({ length: 6 }, guess))).map(({ status }) => status);
    expect(statuses).toContain(429);
    return undefined;
  },
  async "change without permission"() {
    const sent = { as: OTHER };
    expect((await put("record", [value(1, "https://example.org/2")], sent, "?index=1")).status).toBe(403);
    return undefined;
  },
  async "creation without permission"() {
    expect((await put("new", [value(1, "x")], { as: OTHER })).status).toBe(403);
    return undefined;
  },
  async "prefix that is not homed"() {
    const body = JSON.stringify([value(1, "x")]);
    expect((await ask("PUT", "/api/handles/20.500.999/x", { as: ADMIN, body })).status).toBe(400);
    return undefined;
  },
  async "record too large"() {
    const many = Array.from({ length: 10_001 }, (_, i) => value(i + 1, "x", "A"));
    expect((await put("large", many)).status).toBe(400);
    return undefined;
  },
  async "record changed meanwhile (If-Match)"() {
    const headers = { "if-match": '"0"' };
    const authorization = encodeBasic(parseReference(ADMIN.user), encodeUtf8(ADMIN.password));
    const sent = { headers: { ...headers, authorization } };
    expect((await put("record", [value(1, "x")], sent, "?index=1")).status).toBe(412);
    return undefined;
  },
  async "body too large"() {
    expect((await put("large", [value(1, "x".repeat(1_100_000))])).status).toBe(413);
    return undefined;
  },
  async "lock of another program"() {
    const database = new Database(join(directory, "store.sqlite"));
    database.exec("PRAGMA busy_timeout = 5000");
    database.exec("BEGIN IMMEDIATE");
    expect((await put("locked", [owner])).status).toBe(503);
    database.exec("ROLLBACK");
    database.close();
    return undefined;
  },
  async "full disk"() {
    await limitFiles("1");
    const { status, requestId } = await put("full", [owner]);
    notReady = await read("/health/ready");
    await limitFiles("unlimited");
    expect([status, (await read("/health/live")).status]).toEqual([500, 200]);
    await vi.waitFor(() => expect(log()).toContain(`"id":"${requestId}","error":{`), { timeout: 10_000 });
    return undefined;
  },
  async "too many connections"() {
    const sockets: TLSSocket[] = [];
    const open = () =>
      openTls(server.urls[0] ?? "", join(directory, "server-certificate.pem"), {
        localAddress: "127.0.0.3",
      });
    await expect(
      (async () => {
        for (let i = 0; i < 31; i++) sockets.push(await open());
      })(),
    ).rejects.toThrow();
    expect(sockets).toHaveLength(30);
    for (const socket of sockets) socket.destroy();
    return undefined;
  },
  async "jump of the clock"() {
    server.signal("SIGUSR2");
    await vi.waitFor(() => expect(log()).toContain("has jumped"), { timeout: 10_000 });
    return undefined;
  },
  async "SIGTERM while a request runs"() {
    await vi.waitFor(async () => expect((await read("/health/ready")).status).toBe(200), {
      timeout: 10_000,
      interval: 200,
    });
    expect(log()).toContain('"message":"ready again"');
    session = await openSession(ADMIN);
    const body = JSON.stringify([owner]);
    const authorization = encodeBasic(parseReference(ADMIN.user), encodeUtf8(ADMIN.password));
    const running = request(`${server.urls[0]}/api/handles/${FINISHED}`, {
      method: "PUT",
      ca,
      agent: false,
      headers: {
        authorization,
        "content-type": "application/json",
        "content-length": body.length,
        expect: "100-continue",
      },
    });
    running.flushHeaders();
    // The server has begun with it.
    await once(running, "continue");
    const stopped = server.stop();
    await vi.waitFor(() => expect(log()).toContain('"message":"stopping"'), { timeout: 5000 });
    expect(await read("/health/ready")).toMatchObject({
      status: 503,
      text: expect.stringContaining("The server is stopping."),
    });
    const answered = once(running, "response");
    running.end(body);
    expect((await answered)[0].statusCode).toBe(201);
    expect((await stopped).code).toBe(0);
    expect(server.text.stderr).toMatch(
      /"path":"[^"]*finished"[^\n]*"status":201[^\n]*\n(?:[^\n]*\n)*[^\n]*"message":"stopped"/,
    );
    return undefined;
  },
  async "expired certificate of the server"() {
    const hosts = ["127.0.0.1"];
    const privateKey = secret(await readFile(join(directory, "server-key.pem"), "utf8"));
    const made = { privateKey, subject: "x", hosts, days: 1, now: new Date("2020-01-01") };
    await writeFile(join(directory, "expired.pem"), await createSelfSignedCertificate(made));
    await rm(join(directory, "session.key"));
    await restart("--tls-certificate", "expired.pem");
    const { json } = await ask("GET", `/hdl-server/history/${FINISHED}`, { as: ADMIN });
    expect(json.entries).toMatchObject([{ operation: "create", identity: ADMIN.user, scheme: "basic" }]);
    return undefined;
  },
  async "other session key"() {
    expect((await ask("GET", path("record"), withSession(session))).status).toBe(401);
    return undefined;
  },
  async "log that nobody reads"() {
    server.closeLog();
    for (let i = 0; i < 3; i++) expect((await ask("GET", path("record"))).status).toBe(200);
    return undefined;
  },
  async "store that cannot be written at the start"() {
    await server.stop();
    const copy = join(folder, "unwritable");
    await cp(directory, copy, { recursive: true });
    const asRoot = process.getuid?.() === 0;
    await chmod(folder, 0o755);
    if (asRoot) await run("chown", ["-R", `${NOBODY}:${NOBODY}`, copy]);
    if (asRoot) await chown(join(copy, "store.sqlite"), 0, 0);
    await chmod(join(copy, "store.sqlite"), 0o444);
    const ended = spawn(process.execPath, [MAIN, "serve", copy], {
      stdio: ["ignore", "ignore", "pipe"],
      ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    ended.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      last += chunk;
    });
    expect((await once(ended, "close"))[0]).toBe(2);
    return undefined;
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = join(folder, "data");
  const [passwordFile, secretFile] = [join(folder, "password"), join(folder, "client")];
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  await writeFile(secretFile, APP.secret, { mode: 0o600 });
  // Not in this process, which is to lock the store: it loses its locks when it closes the file a second time.
  const command = async (...args: string[]) => {
    const { code, stderr } = await hdlServer(...args);
    if (code !== 0) throw new Error(stderr);
  };
  await command("init", directory, "--prefix", PREFIX, "--password-file", passwordFile);
  ca = await readFile(join(directory, "server-certificate.pem"), "utf8");
  const settings = { httpsPort: 0, metricsPort: 0, ardcPrefix: PREFIX, failedLoginsPerIdentity: 2 };
  await writeFile(join(directory, "config.json"), JSON.stringify(settings));
  const client = ["--description", "x", "--app-id", APP.appId, "--secret-file", secretFile];
  await command("clients", "add", directory, ...client);
  await writeFile(join(folder, "jumping.cjs"), JUMPING);
  const more = ["--max-connections-per-address", "30"];
  server = await serveWith(["--require", join(folder, "jumping.cjs")], directory, ...more);
  expect((await put("OTHER", [owner, key(OTHER.password)])).status).toBe(201);
  expect((await put("LEAVER", [owner, key(LEAVER.password)])).status).toBe(201);
  expect((await put("record", [owner, value(1, "https://example.org/")])).status).toBe(201);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

it("has the incidents of the documentation", () => {
  expect(rows.map(({ incident }) => incident)).toEqual(Object.keys(produce));
  expect(rows.length).toBeGreaterThanOrEqual(20);
});

/** Whether a line contains texts in their order; `…` in a text stands for anything. */
function contains(line: string, texts: readonly string[]): boolean {
  let from = 0;
  for (const part of texts.flatMap((text) => text.split("…"))) {
    const at = line.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

it.each(rows)(
  "$incident: log, metric and audit are as documented",
  async ({ incident, log: texts, metric, audit }) => {
    const before = await series().catch(() => latest);
    const written = log().length;
    const handle = await produce[incident]?.();
    if (texts.length > 0) {
      await vi.waitFor(
        () => {
          const lines = log().slice(written).split("\n");
          if (!lines.some((line) => contains(line, texts))) {
            throw new Error(`No line has ${texts.join(" … ")}:\n${lines.join("\n")}`);
          }
        },
        { timeout: 10_000 },
      );
    }
    if (metric === undefined) return;
    const after = await series();
    latest = after;
    expect(after.get(metric), metric).toBeDefined();
    expect(after.get(metric), metric).not.toBe(before.get(metric) ?? 0);
    const entries =
      (after.get("hdl_audit_entries_total") ?? 0) - (before.get("hdl_audit_entries_total") ?? 0);
    // The request that was finished while the server stopped.
    const expected =
      handle !== undefined ? 1 : incident === "expired certificate of the server" ? entries : 0;
    expect([audit.startsWith("no entry"), entries]).toEqual([handle === undefined, expected]);
    if (handle === undefined) return;
    const { json } = await ask("GET", `/hdl-server/history/${handle}`, { as: ADMIN });
    const [newest] = json.entries as object[];
    for (const text of codes(audit)) expect(JSON.stringify(newest)).toContain(text);
  },
);

it("was not ready on a full disk", () => {
  expect(notReady?.status).toBe(503);
  expect(JSON.parse(notReady?.text ?? "")).toMatchObject({
    status: "not ready",
    reason: expect.stringMatching(/^The store cannot write\. The disk /),
  });
  expect(log()).toContain('"message":"not ready"');
});
