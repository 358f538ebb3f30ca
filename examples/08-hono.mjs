// The resolver and the REST API in Hono, under /hdl, on Node's adapter; the same app runs on Deno and Bun.
// The handler takes a Request and resolves to a Response.
import { once } from "node:events";
import { createHandleService } from "@handlekit/service";
import { createFetchHandler } from "@handlekit/service/fetch";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { openRecords, showResolver } from "./lib/records.mjs";

const handler = createFetchHandler(createHandleService({ store: await openRecords(), basePath: "/hdl" }));
const app = new Hono();
app.all("/hdl/*", (context) => handler(context.req.raw));

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
if (!server.listening) await once(server, "listening");
const address = server.address();
if (typeof address === "object") await showResolver(`http://127.0.0.1:${address?.port}/hdl`);
server.close();
if ("closeAllConnections" in server) server.closeAllConnections();
