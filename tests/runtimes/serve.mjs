// Node's side of the client certificate check: tells its parent how to reach it, and ends when the parent does.
import { openMemory } from "@handlekit/service";
import { startHandleServer } from "./handle-server.mjs";

const { close, ...server } = await startHandleServer(openMemory().store);
process.stdin.on("end", close).resume();
process.stdout.write(`${JSON.stringify(server)}\n`);
