// The resolver as the fetch handler of a worker: no socket and no framework, a Request in, a Response out. A platform
// imports such an object (`export default worker`); it needs the platform's node: modules. Here this program calls it.
import { createHandleService } from "@handlekit/service";
import { createFetchHandler } from "@handlekit/service/fetch";
import { HANDLE, openRecords } from "./lib/records.mjs";

const worker = { fetch: createFetchHandler(createHandleService({ store: await openRecords() })) };

const origin = "https://handle.example.org";
const answer = await worker.fetch(new Request(`${origin}/${HANDLE}`));
console.log(`/${HANDLE} -> ${answer.status} ${answer.headers.get("location")}`);
const missing = await worker.fetch(new Request(`${origin}/api/handles/20.500.12345/missing`));
console.log(`/api/handles/20.500.12345/missing -> ${missing.status}`);
