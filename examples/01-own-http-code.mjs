// A strategy in your own HTTP code: exchange() calls a function of yours that sends one request, here with node:https.
// authFetch() does the same for a function with the interface of fetch, here undici's. Both send a login to its server only.
import { request as httpsRequest } from "node:https";
import { authFetch, createAuth } from "@handlekit/auth";
import { exchange } from "@handlekit/core";
import { Agent, fetch } from "undici";
import { newHandle, VALUES, withSite } from "./lib/site.mjs";

/**
 * Sends a WireRequest and resolves to a WireResponse: any status, no redirects, header names in lower case.
 *
 * @param {import("@handlekit/core").WireRequest} request
 * @param {string} ca
 * @returns {Promise<import("@handlekit/core").WireResponse>}
 */
function sendWithNode({ method, url, headers, body }, ca) {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, { method, headers: { ...headers }, ca }, async (response) => {
      const lines = Object.entries(response.headers).map(([name, value]) => [
        name,
        [value].flat().join(", "),
      ]);
      const chunks = await response.toArray();
      resolve({
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(lines),
        body: Buffer.concat(chunks),
      });
    });
    sent.on("error", reject).end(body);
  });
}

await withSite(async ({ server, ca, credentials }) => {
  const strategy = createAuth(credentials);
  if (strategy === undefined) throw new Error("The credentials have no login.");
  const handle = newHandle("own");
  const url = `${server}/api/handles/${handle}`;

  const created = await exchange(
    strategy,
    {
      method: "PUT",
      url,
      headers: { "content-type": "application/json" },
      body: new TextEncoder().encode(JSON.stringify({ values: VALUES })),
    },
    { send: (request) => sendWithNode(request, ca) },
  );
  console.log(`created by exchange: ${created.status}`);

  const dispatcher = new Agent({ connect: { ca } });
  const send = authFetch(strategy, { fetch: (address, init) => fetch(address, { ...init, dispatcher }) });
  console.log(`deleted by authFetch: ${(await send(url, { method: "DELETE" })).status}`);
  await send("https://example.org/").catch((error) => console.log(`another server: ${error.code}`));
  await dispatcher.close();
});
