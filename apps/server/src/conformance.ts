#!/usr/bin/env node
// A server for conformance tests: its records come from a file, it listens on 127.0.0.1, and it has its own certificate.
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeValues, foldCase, handleKey, invalidOptions, secret } from "@handlekit/core";
import type { HandleStore, OpenedStore } from "@handlekit/core/store";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openMemory } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { Command } from "commander";
import * as z from "zod";
import { ardcFileSchema, ardcSettings, registerArdcClients, seedArdcPrefix } from "./conformance-ardc.ts";
import { createLineWriter } from "./observe/line-writer.ts";
import { createJsonLog } from "./observe/log.ts";
import { isDatabase, openDatabase } from "./open-database.ts";
import { settingsSchema } from "./settings.ts";
import { startServer } from "./start-server.ts";

const seedSchema = z.object({
  homedPrefixes: z.array(z.string()).default([]),
  serverAdmins: z.array(z.string()).default([]),
  serverAdminFullAccess: z.boolean().default(false),
  records: z.record(z.string(), z.array(z.unknown())).default({}),
});

async function openStore(name: string | undefined, folder: string): Promise<OpenedStore> {
  if (name === "memory:") return openMemory();
  if (name === undefined) return openSqlite({ file: join(folder, "store.sqlite") });
  if (name.startsWith("sqlite:")) return openSqlite({ file: name.slice("sqlite:".length) });
  if (isDatabase(name)) {
    const settings = settingsSchema.parse({ store: name });
    return openDatabase(folder, settings, { warn: () => undefined });
  }
  throw invalidOptions(
    "The option --store is not memory:, sqlite:FILE or the address of a PostgreSQL database.",
    "For example --store sqlite:store.sqlite",
  );
}

async function seed(store: HandleStore, content: z.output<typeof seedSchema>): Promise<void> {
  if ((await store.prefixes()).length > 0) {
    throw invalidOptions("The store is not empty; nothing was changed.", "Use an empty store.");
  }
  for (const name of content.homedPrefixes) await store.home(foldCase(name.replace(/^0\.NA\//i, "")));
  for (const [handle, values] of Object.entries(content.records)) {
    await store.commit(handleKey(handle), "absent", encodeValues(values));
  }
}

const options = new Command("conformance:serve")
  .option("--seed <file>", "records, homedPrefixes, serverAdmins and serverAdminFullAccess, as JSON")
  .option("--ardc <file>", "prefix, adminAddresses, clients and allowHttp of the ARDC service, as JSON")
  .option("--https-port <port>", "port on 127.0.0.1", "0")
  .option("--http-port <port>", "port on 127.0.0.1", "0")
  .option("--store <store>", "memory:, sqlite:FILE or postgres://...; default a temporary SQLite file")
  .parse()
  .opts<{ seed?: string; ardc?: string; httpsPort: string; httpPort: string; store?: string }>();

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

const folder = await mkdtemp(join(tmpdir(), "handlekit-conformance-"));
const content = seedSchema.parse(options.seed === undefined ? {} : await readJson(options.seed));
const ardc = options.ardc === undefined ? undefined : ardcFileSchema.parse(await readJson(options.ardc));
const { privateKey } = await createKeyPair({ bits: 2048 });
const hosts = ["127.0.0.1", "localhost", "::1"];
const certificate = await createSelfSignedCertificate({ privateKey, subject: "Handle server", hosts });
const ca = join(folder, "ca.pem");
await writeFile(ca, certificate);

const opened = await openStore(options.store, folder);
await seed(opened.store, content);
const ardcKey = secret(randomBytes(32));
if (ardc !== undefined) {
  await seedArdcPrefix(opened.store, ardc.prefix, content.serverAdmins);
  await registerArdcClients(opened.state, ardcKey, ardc);
}
const server = await startServer({
  opened,
  settings: settingsSchema.parse({
    httpsPort: options.httpsPort,
    httpPort: options.httpPort,
    serverAdmins: content.serverAdmins,
    serverAdminFullAccess: content.serverAdminFullAccess,
    accessLog: false,
    // The recordings have many failed logins, all from one address.
    failedLoginsPerIdentity: 0,
    failedLoginsPerAddress: 0,
    verificationsPerMinute: 0,
    ...(ardc && ardcSettings(ardc)),
  }),
  tls: { certificate, key: new TextDecoder().decode(privateKey.reveal()) },
  sessionKey: secret(randomBytes(32)),
  ardcKey,
  log: createJsonLog(createLineWriter(2)),
});
const [https, http] = server.urls;
process.stdout.write(`${JSON.stringify({ ready: true, https, http, ca })}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close().then(() => rm(folder, { recursive: true, force: true }));
  });
}
