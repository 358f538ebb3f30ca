// Answers every GET with the record and every PUT with success, over http and https, as cheaply as Node can.
// Forked by run.mjs; is told the certificate, tells its two origins, ends with its parent.
import { createServer as createPlainServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { RECORD, WRITTEN } from "./record.mjs";

/** @param {unknown} json */
function answer(json) {
  const body = JSON.stringify(json);
  const head = [
    "HTTP/1.1 200 OK",
    "Content-Type: application/json;charset=utf-8",
    "Vary: Accept-Encoding, User-Agent",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const READ = answer(RECORD);
const DONE = answer(WRITTEN);

/** @param {import("node:net").Socket} socket */
function serve(socket) {
  let pending = "";
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    for (;;) {
      const end = pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const isWrite = pending.startsWith("PUT ");
      const length = isWrite ? Number(/content-length: *(\d+)/i.exec(pending)?.[1] ?? 0) : 0;
      if (pending.length < end + 4 + length) return;
      pending = pending.slice(end + 4 + length);
      socket.write(isWrite ? DONE : READ);
    }
  });
}

/** @param {import("node:net").Server} server */
function listen(server) {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () =>
      resolve(/** @type {import("node:net").AddressInfo} */ (server.address()).port),
    );
  });
}

process.once("disconnect", () => process.exit());
process.once("message", async (/** @type {{ key: string, certificate: string }} */ { key, certificate }) => {
  const http = await listen(createPlainServer(serve));
  const https = await listen(createTlsServer({ key, cert: certificate }, serve));
  process.send?.({ http: `http://127.0.0.1:${http}`, https: `https://127.0.0.1:${https}` });
});
