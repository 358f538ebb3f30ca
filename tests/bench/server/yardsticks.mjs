// What the figures are compared with, in a process of its own: a fixed body over node:http and node:https, a read of
// libsql, and an append to a file with one fdatasync.
import { once } from "node:events";
import { closeSync, fdatasync, openSync, readFileSync, write } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import { decodeValue, encodeValues } from "@handlekit/core";
import Database from "libsql";
import { handleOf, valuesOf } from "./record.mjs";
import { usage } from "./usage.mjs";

let requests = 0;

/** The body of the answer to a GET. @param {number} number */
function bodyOf(number) {
  const values = encodeValues(valuesOf(number)).map(decodeValue);
  return JSON.stringify({ responseCode: 1, handle: handleOf(number), values });
}

const BODY = bodyOf(0);

/** @param {import("node:http").ServerResponse} out @param {string} body */
function answer(out, body) {
  requests++;
  out.writeHead(200, [
    "Content-Type",
    "application/json;charset=utf-8",
    "Content-Length",
    String(Buffer.byteLength(body)),
  ]);
  out.end(body);
}

/** Fills a table of bodies under their handles. @param {string} file @param {number} handles */
function openTable(file, handles) {
  const database = new Database(file);
  database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA mmap_size=4294967296");
  database.exec("CREATE TABLE IF NOT EXISTS bodies (key TEXT PRIMARY KEY, body TEXT) STRICT, WITHOUT ROWID");
  const [count] = /** @type {[number]} */ (database.prepare("SELECT count(*) FROM bodies").raw(true).get());
  if (count < handles) {
    const insert = database.prepare("INSERT OR IGNORE INTO bodies VALUES (?, ?)");
    database.exec("BEGIN");
    for (let number = 0; number < handles; number++) insert.run(handleOf(number), bodyOf(number));
    database.exec("COMMIT");
  }
  return database;
}

/** Appends to a file, one sync after the other. @param {string} file */
function createAppend(file) {
  const descriptor = openSync(file, "w", 0o600);
  const [append, sync] = [promisify(write), promisify(fdatasync)];
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return {
    /** @param {Uint8Array} bytes */
    append(bytes) {
      last = last.then(async () => {
        await append(descriptor, bytes);
        await sync(descriptor);
      });
      return last;
    },
    close: () => closeSync(descriptor),
  };
}

process.once(
  "message",
  async (/** @type {{ directory: string, handles: number }} */ { directory, handles }) => {
    const database = openTable(join(directory, "bench-bodies.sqlite"), handles);
    const find = database.prepare("SELECT body FROM bodies WHERE key = ?").raw(true);
    const file = createAppend(join(directory, "bench-appends"));
    /** @type {import("node:http").RequestListener} */
    const listener = (message, out) => {
      if (message.method === "PUT") {
        /** @type {Buffer[]} */
        const chunks = [];
        message.on("data", (chunk) => chunks.push(chunk));
        message.on("end", () =>
          file.append(Buffer.concat(chunks)).then(() => answer(out, '{"responseCode":1}')),
        );
      } else if (message.url?.startsWith("/libsql/")) {
        const [body] = find.get(message.url.slice("/libsql/".length)) ?? [];
        answer(out, body);
      } else answer(out, BODY);
    };
    const tls = {
      cert: readFileSync(join(directory, "server-certificate.pem")),
      key: readFileSync(join(directory, "server-key.pem")),
    };
    const [http, https] = [createHttpServer(listener), createHttpsServer(tls, listener)];
    for (const server of [http, https]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    const portOf = (/** @type {import("node:net").Server} */ server) =>
      /** @type {import("node:net").AddressInfo} */ (server.address()).port;
    process.send?.({ http: `http://127.0.0.1:${portOf(http)}`, https: `https://127.0.0.1:${portOf(https)}` });
    process.on("message", async () => process.send?.({ ...(await usage()), requests }));
    process.once("disconnect", () => {
      database.close();
      file.close();
      process.exit();
    });
  },
);
