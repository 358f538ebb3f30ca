// The built packages under whichever runtime runs this file: node, deno or bun.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createBasicAuth } from "@handlekit/auth/basic";
import { createClientCertificateAuth } from "@handlekit/auth/client-certificate";
import { createClient } from "@handlekit/client";
import { HandleError, handleKey, isHandleError, parseHandle, parseReference, secret } from "@handlekit/core";
import { parseCredentials } from "@handlekit/credentials";
import { readKey, writePrivateKey } from "@handlekit/keys";
import { openMemory } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { createFetch, createTransport } from "@handlekit/transport";
import { ADMIN, PREFIX, startHandleServer } from "./handle-server.mjs";

const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
const CANARY = "S3CR3T-smoke";
const HANDLE = `${PREFIX}/Smoke-é`;
const URL_VALUE = "https://example.org/smoke";

/**
 * @param {string} code
 * @returns {(error: unknown) => true}
 */
const handleErrorWith = (code) => (error) => {
  assert.ok(isHandleError(error), `not a HandleError: ${inspect(error)}`);
  assert.equal(error.code, code);
  return true;
};

/** @param {string} origin */
const adminRecord = (origin) => ({
  method: "GET",
  url: `${origin}/api/handles/${PREFIX}/ADMIN`,
  headers: {},
});

/** Runs `use` with Node's server, whatever runtime this is: Bun's does not show client certificates. */
async function withNodeServer(use) {
  const child = spawn("node", [fileURLToPath(new URL("serve.mjs", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const lines = createInterface({ input: child.stdout });
  try {
    const line = await Promise.race([new Promise((resolve) => lines.once("line", resolve)), ended]);
    if (typeof line !== "string") throw new Error(`serve.mjs ended with exit code ${line}`);
    await use(JSON.parse(line));
  } finally {
    child.stdin.end();
    await ended;
  }
}

/** @type {Record<string, (server: Awaited<ReturnType<typeof startHandleServer>>) => void | Promise<void>>} */
const checks = {
  "key files of Handle.Net": async () => {
    const file = new URL("../../packages/keys/test/handle-net-keys.json", import.meta.url);
    const vectors = JSON.parse(await readFile(file, "utf8"));
    const passphrase = secret(vectors.passphrase);
    const { publicKey } = await readKey(Buffer.from(vectors["rsa-public"], "base64"));
    // Deno has no DES-ECB.
    for (const code of runtime === "deno" ? [1, 2, 3, 4] : [0, 1, 2, 3, 4]) {
      const key = await readKey(Buffer.from(vectors[`rsa-encryption-${code}`], "base64"), { passphrase });
      assert.deepEqual(key.publicKey, publicKey);
      assert.ok(key.privateKey);
      const format = code === 4 ? "bin" : "pem";
      const written = await writePrivateKey(key.privateKey, { format, passphrase });
      assert.deepEqual((await readKey(written.reveal(), { passphrase })).publicKey, publicKey);
    }
  },
  "what runs is what is built": () => {
    for (const name of ["core", "credentials", "auth", "transport", "client", "service", "store-sqlite"]) {
      assert.match(import.meta.resolve(`@handlekit/${name}`), /\/dist\/mod\.js$/);
    }
  },
  "a handle is parsed and refused": () => {
    assert.deepEqual(parseHandle(`hdl:${HANDLE}`), { prefix: PREFIX, suffix: "Smoke-é" });
    assert.throws(() => parseHandle("no slash"), handleErrorWith("invalid_handle"));
    assert.ok(new HandleError("invalid_handle", { message: "m" }) instanceof Error);
  },
  "a secret is not shown": () => {
    const hidden = secret(CANARY);
    const shown = [String(hidden), JSON.stringify({ hidden }), inspect({ hidden })];
    if (runtime === "deno") shown.push(globalThis.Deno.inspect({ hidden }));
    if (runtime === "bun") shown.push(globalThis.Bun.inspect({ hidden }));
    for (const text of shown) assert.ok(!text.includes("S3CR3T"), "it was shown");
    assert.equal(new TextDecoder().decode(hidden.reveal()), CANARY);
  },
  "credentials are parsed and not shown": () => {
    const document = parseCredentials(JSON.stringify({ username: ADMIN, password: CANARY }));
    assert.equal(document.login?.kind, "password");
    assert.ok(!inspect(document, { depth: 9 }).includes("S3CR3T"), "the password was shown");
  },
  "a server that nobody vouches for is refused": async ({ origin }) => {
    const transport = createTransport();
    await assert.rejects(transport.send(adminRecord(origin)), handleErrorWith("tls_untrusted"));
    await transport.close();
  },
  "a server with a certificate of its own and no names is trusted by it, and by nothing else": async (
    other,
  ) => {
    const server = await startHandleServer(openMemory().store, []);
    const { origin, ca, publicKey, password } = server;
    const fingerprint = new X509Certificate(ca).fingerprint256;
    const strategy = createBasicAuth({ identity: ADMIN, password, origins: [origin, other.origin] });
    const right = [
      { ca },
      { trust: { certificate: ca } },
      { trust: { publicKey } },
      { trust: { fingerprint } },
    ];
    for (const options of right) {
      const transport = createTransport(options);
      for (let i = 0; i < 2; i++) {
        assert.equal((await transport.send(adminRecord(origin), { strategy })).status, 200);
      }
      await assert.rejects(
        transport.send(adminRecord(other.origin), { strategy }),
        handleErrorWith("tls_untrusted"),
      );
      await transport.close();
    }
    const address = origin.replace("localhost", "127.0.0.1");
    for (const options of [{}, { ca: other.ca }, { trust: { certificate: other.ca } }]) {
      const transport = createTransport(options);
      await assert.rejects(transport.send(adminRecord(address)), handleErrorWith("tls_untrusted"));
      await transport.close();
    }
    await server.close();
  },
  "a client certificate reaches a server that is trusted by its own certificate": () =>
    withNodeServer(async ({ origin, ca, certificate, key }) => {
      const transport = createTransport({ trust: { certificate: ca } });
      const strategy = createClientCertificateAuth({ tls: { certificate, key }, origins: [origin] });
      assert.equal((await transport.send(adminRecord(origin), { strategy })).status, 200);
      await transport.close();
    }),
  "a strategy logs in through the transport": async ({ origin, ca, password }) => {
    const transport = createTransport({ ca });
    const strategy = createBasicAuth({ identity: ADMIN, password, origins: [origin] });
    const wrong = createBasicAuth({ identity: ADMIN, password: CANARY, origins: [origin] });
    assert.equal((await transport.send(adminRecord(origin), { strategy })).status, 200);
    assert.equal((await transport.send(adminRecord(origin), { strategy: wrong })).status, 401);
    await transport.close();
  },
  "a client certificate reaches the server": () =>
    withNodeServer(async ({ origin, ca, certificate, key }) => {
      const transport = createTransport({ ca });
      const strategy = createClientCertificateAuth({ tls: { certificate, key }, origins: [origin] });
      const { status, body } = await transport.send(adminRecord(origin), { strategy });
      assert.equal(status, 200, new TextDecoder().decode(body));
      await transport.close();
    }),
  "createFetch carries the certificate and every kind of body": () =>
    withNodeServer(async ({ origin, ca, certificate, key }) => {
      const strategy = createClientCertificateAuth({ tls: { certificate, key }, origins: [origin] });
      const send = createFetch({ strategy, ca });
      const address = `${origin}/api/handles/${PREFIX}/Smoke-fetch?overwrite=true`;
      const record = JSON.stringify({ values: [{ index: 1, type: "URL", data: URL_VALUE }] });
      const headers = { "content-type": "application/json" };
      const bytes = () => new TextEncoder().encode(record);
      for (const body of [record, bytes(), new Blob([bytes()]).stream()]) {
        const answer = await send(address, { method: "PUT", headers, body });
        const text = await answer.text();
        assert.ok([200, 201].includes(answer.status), text);
        assert.equal(JSON.parse(text).responseCode, 1);
      }
      const request = new Request(address, { method: "PUT", headers, body: record });
      assert.equal((await send(request)).status, 200);
      const read = await send(new URL(`${origin}/api/handles/${PREFIX}/Smoke-fetch`));
      assert.equal((await read.json()).values[0].data.value, URL_VALUE);
      assert.equal((await send(address, { method: "DELETE" })).status, 200);
      await assert.rejects(send(address, { signal: AbortSignal.abort() }), handleErrorWith("aborted"));
      await send.close();
    }),
  "a handle is created, read, changed and deleted": async ({ origin, ca, password }) => {
    const client = createClient({
      server: origin,
      login: { kind: "password", identity: parseReference(ADMIN), password: secret(password) },
      httpsVerify: { ca },
    });
    await client.create(HANDLE, { URL: URL_VALUE });
    assert.equal((await client.readValue(HANDLE, "URL"))?.data.value, URL_VALUE);
    await client.modify(HANDLE, { URL: `${URL_VALUE}/2` });
    assert.equal((await client.readValue(HANDLE.toLowerCase(), "URL"))?.data.value, `${URL_VALUE}/2`);
    await client.delete(HANDLE);
    await assert.rejects(client.read(HANDLE), handleErrorWith("handle_not_found"));
    await client.close();
  },
};

const folder = await mkdtemp(join(tmpdir(), "handlekit-smoke-"));
const file = join(folder, "handles.sqlite");
const opened = await openSqlite({ file });
const server = await startHandleServer(opened.store);
let failed = 0;

for (const [name, check] of Object.entries(checks)) {
  try {
    await check(server);
  } catch (error) {
    failed += 1;
    console.error(`${runtime}: FAILED: ${name}\n${inspect(error)}`);
  }
}

await server.close();
await opened.close();
try {
  const again = await openSqlite({ file });
  assert.ok(
    await again.store.read(handleKey(`${PREFIX}/admin`)),
    "the record was gone when the store was opened again",
  );
  await again.close();
} catch (error) {
  failed += 1;
  console.error(`${runtime}: FAILED: what was stored is there again\n${inspect(error)}`);
}
await rm(folder, { recursive: true, force: true });

const total = Object.keys(checks).length + 1;
console.log(
  failed === 0 ? `${runtime}: ok (${total} checks)` : `${runtime}: ${failed} of ${total} checks failed`,
);
process.exitCode = failed === 0 ? 0 : 1;
