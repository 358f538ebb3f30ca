// SIGHUP: another certificate and other settings, while requests go on.
import { once } from "node:events";
import { readFile, rename, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTls } from "../support/raw-tls.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

const RELOADS = 20;
let site: Site;
/** The certificates that take turns, each with its key. */
const pairs: { readonly certificate: string; readonly key: string; readonly name: string }[] = [];

beforeAll(async () => {
  site = await createSite("--access-log", "off");
  for (const name of ["even", "odd"]) {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const certificate = await createSelfSignedCertificate({
      privateKey,
      subject: name,
      hosts: ["127.0.0.1"],
    });
    pairs.push({ name, certificate, key: new TextDecoder().decode(privateKey.reveal()) });
  }
});
afterAll(() => site?.remove());

const reloads = () => site.server.text.stderr.split('"message":"reloaded"').length - 1;

async function replace(name: string, text: string): Promise<void> {
  const path = join(site.directory, name);
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function hangUp(): Promise<void> {
  const before = reloads();
  process.kill(site.server.pid, "SIGHUP");
  await expect.poll(reloads, { interval: 5, timeout: 20_000 }).toBeGreaterThan(before);
}

/** Sends requests one after the other until it is told to end; each must be answered with 200. */
async function load(agent: Agent, isOver: () => boolean): Promise<{ count: number; opened: number }> {
  let count = 0;
  let opened = 0;
  while (!isOver()) {
    const sent = request(`${site.url}/api/handles/${PREFIX}/ADMIN`, { agent, rejectUnauthorized: false });
    sent.end();
    const [response] = await once(sent, "response");
    response.resume();
    await once(response, "end");
    expect(response.statusCode).toBe(200);
    count++;
    if (!sent.reusedSocket) opened++;
  }
  return { count, opened };
}

it(`loses no request in ${RELOADS} reloads, and new connections see the new certificate`, async () => {
  let over = false;
  const isOver = () => over;
  const kept = new Agent({ keepAlive: true, maxSockets: 4 });
  const fresh = new Agent({ keepAlive: false });
  const loads = [...Array.from({ length: 4 }, () => kept), fresh, fresh].map((agent) => load(agent, isOver));
  const ends = Promise.all(loads).finally(() => {
    over = true;
  });
  const seen: (string | undefined)[] = [];
  const ca = join(site.directory, "server-certificate.pem");
  try {
    for (let i = 0; i < RELOADS && !over; i++) {
      const { certificate, key } = pairs[i % 2] ?? { certificate: "", key: "" };
      await replace("server-key.pem", key);
      await replace("server-certificate.pem", certificate);
      await hangUp();
      const socket = await openTls(site.url, ca);
      seen.push(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    }
  } finally {
    over = true;
  }
  const counts = await ends;
  // The connections that are kept are those of the start.
  for (const { opened } of counts.slice(0, 4)) expect(opened).toBeLessThanOrEqual(1);
  kept.destroy();
  expect(seen).toEqual(Array.from({ length: RELOADS }, (_, i) => pairs[i % 2]?.name));
  for (const { count } of counts) expect(count).toBeGreaterThan(RELOADS / 2);
  expect(site.server.text.stderr).not.toContain('"level":"error"');
});

it("keeps the settings when config.json cannot be used, and takes them on when it can", async () => {
  const config = join(site.directory, "config.json");
  const good = await readFile(config, "utf8");
  await writeFile(config, "{");
  process.kill(site.server.pid, "SIGHUP");
  await expect
    .poll(() => site.server.text.stderr, { timeout: 20_000 })
    .toMatch(/config\.json is not a JSON object.*"message":"could not reload/);
  await writeFile(config, JSON.stringify({ ...JSON.parse(good), maxConnections: 7, host: "::1" }));
  process.kill(site.server.pid, "SIGHUP");
  await expect
    .poll(() => site.server.text.stderr, { timeout: 20_000 })
    .toMatch(
      /"changed":\["maxConnections"\],"message":"reloaded"[\s\S]*"settings":\["host"\],"message":"these settings are as before until/,
    );
});
