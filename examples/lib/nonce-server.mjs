// A server behind which a handle service stands: it lets requests pass that have a MAC of nonce-auth.mjs, each once.
import { randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:https";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { requestMac } from "./nonce-auth.mjs";

/**
 * @param {import("node:http").RequestListener} listener
 * @param {ReadonlyMap<string, Uint8Array>} keys
 */
export async function startNonceServer(listener, keys) {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const cert = await createSelfSignedCertificate({ privateKey, subject: "gateway", hosts: ["127.0.0.1"] });
  const nonce = randomUUID();
  const seen = new Set();
  let refused = 0;

  /** @param {import("node:http").IncomingMessage} request */
  function isValid(
    { method = "", url = "", headers: { authorization = "" } },
    /** @type {Uint8Array} */ body,
  ) {
    const fields = Object.fromEntries(
      [...authorization.matchAll(/(\w+)="([^"]*)"/g)].map((all) => all.slice(1)),
    );
    const key = keys.get(fields.id ?? "");
    const { count = "", mac = "" } = fields;
    if (key === undefined || fields.nonce !== nonce || seen.has(`${fields.id} ${count}`)) return false;
    const expected = Buffer.from(requestMac({ nonce, count, method, path: url, body }, key));
    const given = Buffer.from(mac);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    seen.add(`${fields.id} ${count}`);
    return true;
  }

  const tls = { key: new TextDecoder().decode(privateKey.reveal()), cert };
  const server = createServer(tls, async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    if (isValid(request, body)) {
      delete request.headers.authorization;
      return listener(Object.assign(request, { body }), response);
    }
    refused++;
    response.writeHead(401, { "www-authenticate": `Nonce nonce="${nonce}"` }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    server: `https://127.0.0.1:${port}`,
    ca: cert,
    refused: () => refused,
    close: () => server.close(),
  };
}
