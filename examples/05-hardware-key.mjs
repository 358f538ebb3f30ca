// A Signer with a key that this program does not have: lib/security-module.mjs stands in for the hardware. Its public key
// becomes the HS_PUBKEY value of a user, who logs in to a session by the signatures of the module.
import { Worker } from "node:worker_threads";
import { createSessionAuth } from "@handlekit/auth";
import { createClient } from "@handlekit/client";
import { newHandle, withSite } from "./lib/site.mjs";

const module = new Worker(new URL("lib/security-module.mjs", import.meta.url));
/** @type {Map<number, (answer: any) => void>} */
const waiting = new Map();
module.on("message", ({ number, answer }) => waiting.get(number)?.(answer));
let asked = 0;
/** @param {Uint8Array} [bytes] */
function ask(bytes) {
  return new Promise((resolve) => {
    waiting.set(++asked, resolve);
    module.postMessage({ number: asked, bytes });
  });
}

/** @type {import("@handlekit/auth").Signer} */
const signer = { type: "HS_PUBKEY", alg: "SHA-256", sign: (bytes) => ask(bytes) };

await withSite(async ({ server, ca, credentials }) => {
  const admin = createClient(credentials);
  const user = newHandle("module");
  const { kty, n, e } = await ask();
  await admin.create(user, [
    { index: 301, type: "HS_PUBKEY", data: { format: "key", value: { kty, n, e } } },
  ]);
  const record = newHandle("deposit");
  await admin.create(record, [
    { type: "URL", data: "https://example.org/first" },
    {
      type: "HS_ADMIN",
      data: { format: "admin", value: { handle: user, index: 301, permissions: "011111110011" } },
    },
  ]);

  const strategy = createSessionAuth({ identity: `301:${user}`, signer, origins: [server] });
  const client = createClient({ server, httpsVerify: { ca } }, { strategy });
  await client.modify(record, { URL: "https://example.org/signed" });
  console.log(await client.readText(record, "URL"));
  await client.delete(record);
  console.log(`signatures for two changes: ${asked - 1}`);
  await strategy.close?.();
  await client.close();
  await admin.delete(user);
  await admin.close();
});
await module.terminate();
