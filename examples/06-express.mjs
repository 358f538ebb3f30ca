// The resolver and the REST API in Express, under /hdl; also behind express.json(), whose parsed body is used.
// Behind a proxy that terminates TLS, pass the option connection of createNodeListener.
import { once } from "node:events";
import { createHandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import express from "express";
import { openRecords, showResolver } from "./lib/records.mjs";

const service = createHandleService({ store: await openRecords(), basePath: "/hdl" });
const app = express();
app.use(express.json());
app.use("/hdl", createNodeListener(service));

const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (typeof address === "object") await showResolver(`http://127.0.0.1:${address?.port}/hdl`);
server.close();
server.closeAllConnections();
