// A login in got: exchange() decides what is sent and whether it is sent again, got only sends. Here as a session,
// whose login is two requests, which got sends too.
import { createAuth } from "@handlekit/auth";
import { exchange } from "@handlekit/core";
import got from "got";
import { newHandle, VALUES, withSite } from "./lib/site.mjs";

await withSite(async ({ server, ca, credentials }) => {
  const strategy = createAuth(credentials, { session: true });
  if (strategy === undefined) throw new Error("The credentials have no login.");
  const client = got.extend({
    https: { certificateAuthority: ca },
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    responseType: "buffer",
  });
  /** @type {string[]} */
  const seen = [];
  /** @param {import("@handlekit/core").WireRequest} request */
  async function send({ method, url, headers, body }) {
    seen.push(`${method} ${new URL(url).pathname.split("/").slice(1, 3).join("/")}`);
    const options = { method: /** @type {import("got").Method} */ (method), headers: { ...headers }, body };
    const { statusCode, headers: received, rawBody } = await client(url, options);
    const lines = Object.entries(received).map(([name, value]) => [name, [value].flat().join(", ")]);
    return { status: statusCode, headers: Object.fromEntries(lines), body: rawBody };
  }

  const url = `${server}/api/handles/${newHandle("got")}`;
  const headers = { "content-type": "application/json" };
  const body = new TextEncoder().encode(JSON.stringify({ values: VALUES }));
  const created = await exchange(strategy, { method: "PUT", url, headers, body }, { send });
  const deleted = await exchange(strategy, { method: "DELETE", url, headers: {} }, { send });
  console.log(`created and deleted by got: ${created.status}, ${deleted.status}`);
  console.log(seen.join("; "));
  await strategy.close?.();
});
