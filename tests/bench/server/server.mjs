// hdl-server as it is built, in a child process that fills its store and tells what it used.
import { randomBytes } from "node:crypto";
import { openSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  encodeUtf8,
  encodeValues,
  handleKey,
  isHandleError,
  parseReference,
  prefixHandle,
  secret,
} from "@handlekit/core";
import { createArdcClients, openMemory } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { build } from "esbuild";
import {
  ARDC,
  ARDC_PREFIX,
  CERTIFICATE_USER,
  handleOf,
  PASSWORD,
  PREFIX,
  USER,
  valuesOf,
} from "./record.mjs";
import { usage } from "./usage.mjs";

const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/handlekit-bench", import.meta.url));

/** @returns {Promise<typeof import("./server-parts.ts")>} */
async function loadParts() {
  const outfile = join(CACHE, `server-parts-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL("server-parts.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
  });
  try {
    return await import(outfile);
  } finally {
    await rm(outfile);
  }
}

/** The commits in one go: they share a sync. */
const AT_ONCE = 2000;

/**
 * @param {import("@handlekit/core/store").HandleStore} store
 * @param {number} from
 * @param {number} count
 */
async function fill(store, from, count) {
  for (let at = from; at < from + count; at += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, from + count - at) }, (_, i) => at + i);
    await Promise.all(
      numbers.map((number) =>
        store.commit(handleKey(handleOf(number)), "absent", encodeValues(valuesOf(number))),
      ),
    );
  }
}

/**
 * Resolves once every record is in the search index: its thread would count as the server's, and share the processors.
 *
 * @param {import("@handlekit/core/store").HandleStore} store
 */
async function indexAll(store) {
  for (;;) {
    try {
      await store.find?.({ type: "x", data: new Uint8Array(), after: undefined, limit: 1 });
      return;
    } catch (error) {
      if (!isHandleError(error, "server_busy")) throw error;
      await setTimeout(500);
    }
  }
}

/**
 * Homes the prefix of ARDC's service, and registers its client.
 *
 * @param {import("@handlekit/core/store").OpenedStore} opened
 * @param {import("@handlekit/core").Secret} key
 */
async function registerArdc({ store, state }, key) {
  const handle = prefixHandle(ARDC_PREFIX);
  await store.home(ARDC_PREFIX);
  const admins = [USER, CERTIFICATE_USER].map((user) => parseReference(user));
  const admin = { handle, index: 200, permissions: "111111110011" };
  const values = encodeValues([
    { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } },
    { index: 200, type: "HS_VLIST", data: { format: "vlist", value: admins } },
  ]);
  await store.commit(handleKey(handle), "absent", values);
  const { appId, sharedSecret } = ARDC;
  const clients = createArdcClients(state, key.reveal());
  await clients.add({ appId, description: "bench", addresses: [], secret: encodeUtf8(sharedSecret) });
}

/**
 * A store in memory with the prefixes and the first records of another one.
 *
 * @param {import("@handlekit/core/store").OpenedStore} from
 */
async function copyToMemory(from) {
  const opened = openMemory();
  for (const prefix of await from.store.prefixes()) {
    await opened.store.home(prefix);
    for (const key of await from.store.list(prefix, undefined, 20_000)) {
      await opened.store.commit(key, "absent", (await from.store.read(key))?.values ?? []);
    }
  }
  await from.close();
  return opened;
}

/** @param {{ directory: string, handles: number, isNew: boolean, accessLog: boolean, memory: boolean }} what */
async function open({ directory, handles, isNew, accessLog, memory }) {
  const { createLineWriter, init, createJsonLog, settingsSchema, startServer } = await loadParts();
  if (isNew) await init(directory, { prefix: PREFIX, password: secret(PASSWORD) });
  const read = (/** @type {string} */ name) => readFile(join(directory, name), "utf8");
  const tls = { certificate: await read("server-certificate.pem"), key: await read("server-key.pem") };
  const file = await openSqlite({ file: join(directory, "store.sqlite") });
  const opened = memory ? await copyToMemory(file) : file;
  const ardcKey = secret(isNew ? randomBytes(32) : Buffer.from(await read("bench-ardc.key"), "hex"));
  if (isNew) {
    await writeFile(join(directory, "bench-ardc.key"), Buffer.from(ardcKey.reveal()).toString("hex"), {
      mode: 0o600,
    });
    await registerArdc(opened, ardcKey);
    await fill(opened.store, 0, handles);
  }
  await indexAll(opened.store);
  /** @type {Map<string, number>} */
  const counts = new Map();
  const server = await startServer({
    opened,
    settings: settingsSchema.parse({
      httpsPort: 0,
      httpPort: 0,
      accessLog: accessLog,
      maxConnectionsPerAddress: 1024,
      ardcPrefix: ARDC_PREFIX,
    }),
    tls,
    sessionKey: secret(randomBytes(32)),
    ardcKey,
    log: createJsonLog(createLineWriter(openSync(join(directory, "bench.log"), "w"))),
    observe({ route, responseCode }) {
      const name = `${route} ${responseCode}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  });
  return { opened, server, counts };
}

process.once("message", async (/** @type {Parameters<typeof open>[0]} */ what) => {
  const { opened, server, counts } = await open(what);
  const [https, http] = server.urls;
  process.send?.({ https, http });
  process.on("message", async (/** @type {{ fill?: { from: number, count: number } }} */ message) => {
    if (message.fill) {
      await fill(opened.store, message.fill.from, message.fill.count);
      await indexAll(opened.store);
    }
    const requests = [...counts.values()].reduce((sum, count) => sum + count, 0);
    process.send?.({ ...(await usage()), requests, counts: Object.fromEntries(counts) });
  });
  process.once("disconnect", () => server.close());
});
