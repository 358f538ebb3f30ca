import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeBasic } from "@handlekit/auth/wire";
import { createClient } from "@handlekit/client";
import { encodeUtf8, isHandleError, parseReference } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { createTransport } from "@handlekit/transport";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { serve } from "../support/hdl.ts";
import { exchangeRaw, statusOf } from "../support/raw-tls.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

const ADMIN = `300:${PREFIX}/ADMIN`;
const WRONG = "S3CR3T-wrong";
const GUESSER = "127.0.0.1";
const VICTIM = "127.0.0.2";
const UNCHECKED = "Too many failed logins; not checked";

let site: Site;
let ca: string;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
  ca = join(site.directory, "server-certificate.pem");
});
afterAll(() => site?.remove());

/** One login on a connection of its own, from an address of this machine. */
function login(password: string, localAddress: string, user = ADMIN): Promise<string> {
  const auth = encodeBasic(parseReference(user), encodeUtf8(password));
  const head = `GET /api/handles/${PREFIX}/ADMIN HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: ${auth}\r\n\r\n`;
  return exchangeRaw(site.url, ca, head, { localAddress });
}

/** Sends logins in several lanes at once, each of which sends one after the other. */
async function guess(lanes: number, each: number, user = ADMIN): Promise<string[]> {
  const responses: string[] = [];
  const lane = async () => {
    for (let i = 0; i < each; i++) responses.push(await login(WRONG, GUESSER, user));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return responses;
}

const countOf = (responses: readonly string[], status: number) =>
  responses.filter((text) => statusOf(text) === status).length;

let marks = 0;

/** The failed logins in the log so far, after the first `skip`. A last failed login shows that all have been written. */
async function logged(skip = 0) {
  const mark = `300:${PREFIX}/MARK${marks++}`;
  await login(WRONG, VICTIM, mark);
  await vi.waitFor(() => expect(site.server.text.stderr).toContain(mark), { timeout: 30_000 });
  const lines = site.server.text.stderr.split("\n").filter((line) => line.includes('"failedLogin"'));
  return lines
    .map((line) => JSON.parse(line) as { remote: string; failedLogin: Record<string, string> })
    .filter(({ remote }) => remote === GUESSER)
    .slice(skip);
}

describe("somebody who guesses a password", () => {
  it("has few guesses checked, is logged each time, and locks nobody else out", async () => {
    const begun = Date.now();
    const responses = await guess(20, 15);
    const checked = countOf(responses, 401);
    const forgotten = Math.ceil((Date.now() - begun) / 60_000);
    expect([checked >= 10, checked <= 15 + forgotten]).toEqual([true, true]);
    expect(countOf(responses, 429)).toBe(300 - checked);
    for (const text of responses.filter((each) => statusOf(each) === 429)) {
      expect(text).toMatch(/^Retry-After: [1-9]\d?\r$/m);
    }
    const lines = await logged();
    expect(lines).toHaveLength(300);
    expect(lines.filter(({ failedLogin }) => failedLogin.reason === UNCHECKED)).toHaveLength(300 - checked);
    for (const { remote, failedLogin } of lines) {
      expect([remote, failedLogin.scheme, failedLogin.identity]).toEqual([GUESSER, "basic", ADMIN]);
    }
    expect(statusOf(await login(PASSWORD, VICTIM))).toBe(200);
  });

  it("does no better with a hundred users", async () => {
    const before = (await logged()).length;
    const begun = Date.now();
    const users = Array.from({ length: 120 }, (_, i) => `300:${PREFIX}/USER${i}`);
    const responses = (await Promise.all(users.map((user) => guess(1, 2, user)))).flat();
    expect(responses).toHaveLength(240);
    const forgotten = Math.ceil((Date.now() - begun) / 6000);
    const lines = await logged(before);
    const checked = lines.filter(({ failedLogin }) => failedLogin.reason !== UNCHECKED).length;
    expect([checked >= 80, checked <= 100 + forgotten, lines.length]).toEqual([true, true, 240]);
    expect(statusOf(await login(PASSWORD, VICTIM))).toBe(200);
  });

  it("is told so as a client, which does not ask again and again", async () => {
    await site.server.stop();
    const flags = ["--failed-logins-per-identity", "1", "--failed-logins-per-address", "0"];
    site.server = await serve(site.directory, ...flags);
    // One is free, and five are delayed.
    expect(countOf(await guess(1, 6), 401)).toBe(6);
    const file = join(site.folder, "wrong.json");
    const right = await readFile(site.credentials.password, "utf8");
    await writeFile(file, right.replace(PASSWORD, WRONG), { mode: 0o600 });
    const client = createClient(await loadCredentials(file), {
      transport: createTransport({ ca: await readFile(ca, "utf8"), timeouts: { total: 10_000 } }),
    });
    const error: unknown = await client
      .create(`${PREFIX}/new`, { URL: "https://example.org/" })
      .catch((thrown: unknown) => thrown);
    if (!isHandleError(error)) throw error;
    expect([error.code, error.status, error.retryable]).toEqual(["server_busy", 429, true]);
    expect(error.message).toContain("refuses requests from this computer for now (HTTP 429)");
    expect(error.hint).toMatch(/check the user and password, and try again in \d+ s/);
    const lines = await logged(6);
    expect(lines.map(({ failedLogin }) => failedLogin.reason)).toEqual([UNCHECKED]);
    const operations = Array.from({ length: 10 }, (_, i) => ({
      kind: "create" as const,
      handle: `${PREFIX}/bulk${i}`,
      values: { URL: "https://example.org/" },
    }));
    const report = await client.bulk(operations, { concurrency: 4 });
    await client.close();
    expect([report.failed, (await logged(7)).length]).toEqual([10, 10]);
  });

  it("is not limited with limits of 0", async () => {
    await site.server.stop();
    const flags = ["--failed-logins-per-identity", "0", "--failed-logins-per-address", "0"];
    site.server = await serve(site.directory, ...flags);
    expect(countOf(await guess(10, 12), 401)).toBe(120);
    expect(statusOf(await login(PASSWORD, GUESSER))).toBe(200);
  });
});
