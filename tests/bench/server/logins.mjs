import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createArdcAuth, createBasicAuth, createSecretKeySigner, createSessionAuth } from "@handlekit/auth";
import { secret } from "@handlekit/core";
import { ARDC, PASSWORD, USER } from "./record.mjs";

/**
 * Sends one request. The certificate is not verified: the server is our own child.
 *
 * @param {import("@handlekit/core").WireRequest} sent
 * @returns {Promise<import("@handlekit/core").WireResponse>}
 */
function send({ method, url, headers, body }) {
  const agent = new Agent({ rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, async (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const lines = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      resolve({
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(lines),
        body: Buffer.concat(chunks),
      });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** @param {import("@handlekit/core").AuthStrategy} strategy @param {string} url @param {Uint8Array} [body] */
const authenticate = (strategy, url, body) =>
  strategy.authenticate({ method: "POST", url, headers: {}, ...(body && { body }) }, { send });

/**
 * The headers that log a request in, by kind of login, and what ARDC's service wants.
 *
 * @param {string} https the origin of the server
 * @param {string} directory its data directory
 */
export async function createLogins(https, directory) {
  const password = secret(PASSWORD);
  const origins = [https];
  const basic = createBasicAuth({ identity: USER, password, origins });
  const session = createSessionAuth({
    identity: USER,
    signer: createSecretKeySigner({ secret: password }),
    origins,
  });
  const { headers, body } = await authenticate(createArdcAuth({ ...ARDC, origins }), `${https}/pids/mint`);
  const url = `${https}/api/handles/x`;
  const read = (/** @type {string} */ name) => readFile(join(directory, name), "utf8");
  return {
    basic: (await authenticate(basic, url)).headers,
    session: (await authenticate(session, url)).headers,
    certificate: {
      headers: { authorization: 'Handle version="0", clientCert="true"' },
      pem: { cert: await read("admin-certificate.pem"), key: await read("admin-key.pem") },
    },
    ardc: { headers, body: new TextDecoder().decode(body) },
  };
}
