// A strategy of your own: lib/nonce-auth.mjs implements AuthStrategy for a gateway that gives out nonces. settle() sees
// the 401 with the nonce and has the request sent again; describeAuthStrategy of @handlekit/testing tests it.
import { randomBytes } from "node:crypto";
import { createClient } from "@handlekit/client";
import { createHandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import { createNonceAuth } from "./lib/nonce-auth.mjs";
import { startNonceServer } from "./lib/nonce-server.mjs";
import { HANDLE, openRecords } from "./lib/records.mjs";

const key = randomBytes(32);
const service = createHandleService({ store: await openRecords() });
const gateway = await startNonceServer(createNodeListener(service), new Map([["library", key]]));
const strategy = createNonceAuth({ keyId: "library", key, origins: [gateway.server] });
const client = createClient({ server: gateway.server, httpsVerify: { ca: gateway.ca } }, { strategy });

for (const _ of "123") console.log(await client.readText(HANDLE, "URL", { authenticated: true }));
console.log(`3 reads, refused before there was a nonce: ${gateway.refused()}`);
await client.readText(HANDLE, "URL").catch((error) => console.log(`without the strategy: ${error.code}`));
await client.close();
gateway.close();
