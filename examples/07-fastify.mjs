// The resolver and the REST API in Fastify, under /hdl. Fastify reads the body before the handler: it is passed on, and
// hijack() leaves the response to the listener.
import { createHandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import { fastify } from "fastify";
import { openRecords, showResolver } from "./lib/records.mjs";

const service = createHandleService({ store: await openRecords(), basePath: "/hdl" });
const listener = createNodeListener(service);
const app = fastify({ forceCloseConnections: true });
app.all("/hdl/*", (request, reply) => {
  reply.hijack();
  listener(Object.assign(request.raw, { body: request.body }), reply.raw);
});

await showResolver(`${await app.listen({ port: 0, host: "127.0.0.1" })}/hdl`);
await app.close();
