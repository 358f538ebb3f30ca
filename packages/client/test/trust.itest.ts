import { createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { EUDATHandleClient, PIDClientCredentials } from "@handlekit/client/b2handle";
import { decodeUtf8, encodeBase64, encodePublicKey, isHandleError } from "@handlekit/core";
import { loadCredentials, resolveCredentials } from "@handlekit/credentials/file";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { expect, it, onTestFinished } from "vitest";

const HANDLE = "20.500.12345/abc";
const FOREIGN = `sha256:${"00".repeat(32)}`;
const value = { index: 1, type: "URL", data: { format: "string", value: "u" }, ttl: 60 };
const answer = JSON.stringify({ responseCode: 1, handle: HANDLE, values: [value] });

/** Starts a server with the certificate that Handle.Net's setup makes, and a folder for credentials. */
async function serve() {
  const { privateKey, publicKey } = await createKeyPair({ bits: 2048 });
  const cert = await createSelfSignedCertificate({ privateKey, subject: "anonymous" });
  let asked = 0;
  const server = createServer({ cert, key: decodeUtf8(privateKey.reveal()) ?? "" }, (request, response) => {
    asked += 1;
    request.resume();
    response.end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = await mkdtemp(join(tmpdir(), "handlekit-trust-"));
  await writeFile(join(folder, "server.pem"), cert);
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const baseuri = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(folder, "credentials.json");
  return {
    cert,
    server: baseuri,
    publicKey: encodeBase64(encodePublicKey(publicKey)),
    file,
    asked: () => asked,
    async save(more: object) {
      const login = { username: `300:${HANDLE}`, password: "S3CR3T" };
      await writeFile(file, JSON.stringify({ baseuri, ...login, ...more }), { mode: 0o600 });
    },
  };
}

async function read(client: { read(handle: string): Promise<unknown>; close(): Promise<void> }) {
  try {
    await client.read(HANDLE);
    return "read";
  } catch (error) {
    return isHandleError(error) ? error.code : String(error);
  } finally {
    await client.close();
  }
}

it("reads a server with a certificate of its own, by every form of trust in a credentials file", async () => {
  const { save, file, cert, publicKey } = await serve();
  const { fingerprint256 } = new X509Certificate(cert);
  const pem = String(createPublicKey(cert).export({ type: "spki", format: "pem" }));
  await writeFile(join(file, "..", "key.pem"), pem);
  for (const more of [
    { trust: `sha256:${fingerprint256}` },
    { trust: "server.pem" },
    { trust: "key.pem" },
    { trust: { certificate: "server.pem" } },
    { trust: { publicKey: "key.pem" } },
    { trust: { publicKey } },
    { trust: { fingerprint: fingerprint256 } },
    { HTTPS_verify: "server.pem" },
  ]) {
    await save(more);
    expect(await read(createClient(await loadCredentials(file)))).toBe("read");
  }
});

it("reads it by HDL_TRUST, and not without any trust", async () => {
  const { save, file, cert, asked } = await serve();
  await save({});
  const env = { HDL_TRUST: `sha256:${new X509Certificate(cert).fingerprint256}` };
  expect(await read(createClient(await loadCredentials(file)))).toBe("tls_untrusted");
  expect(await read(createClient(await resolveCredentials({ file, env: { HDL_TRUST: FOREIGN } })))).toBe(
    "tls_untrusted",
  );
  expect(asked()).toBe(0);
  expect(await read(createClient(await resolveCredentials({ file, env })))).toBe("read");
});

it("lets the options of the transport take precedence", async () => {
  const { server, cert } = await serve();
  const right = { certificate: cert };
  const wrong = { fingerprint: FOREIGN };
  expect(await read(createClient({ server, trust: wrong }, { transport: { trust: right } }))).toBe("read");
  expect(await read(createClient({ server, trust: right }, { transport: { trust: wrong } }))).toBe(
    "tls_untrusted",
  );
  expect(await read(createClient({ server, trust: right }, { transport: { retries: { limit: 0 } } }))).toBe(
    "read",
  );
  for (const httpsVerify of [false, { ca: cert }]) {
    expect(() => createClient({ server, trust: right, httpsVerify })).toThrow("contradict each other");
  }
});

it("is used by the credentials of B2HANDLE, unless the configuration verifies otherwise", async () => {
  const { save, file, asked } = await serve();
  await save({ trust: "server.pem" });
  const credentials = await PIDClientCredentials.loadFromJSON(file);
  const client = await EUDATHandleClient.instantiateWithCredentials(credentials);
  expect(await client.getValueFromHandle(HANDLE, "URL")).toBe("u");
  await client.close();
  const before = asked();
  const strict = EUDATHandleClient.instantiateWithCredentials(credentials, { httpsVerify: true });
  await expect(strict).rejects.toThrow("is not trusted");
  expect(asked()).toBe(before);
});
