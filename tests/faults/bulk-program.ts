// What tests/faults/bulk.itest.ts runs as a process of its own, to kill it: one bulk run with a journal in a file.
import { readFileSync } from "node:fs";
import { createBasicAuth } from "@handlekit/auth/basic";
import { createClient } from "@handlekit/client";
import { openJournalFile } from "@handlekit/core/journal-file";
import { createTransport } from "@handlekit/transport";
import { type BulkSettings, operationsOf } from "./bulk-operations.ts";

const settings = JSON.parse(readFileSync(process.stdin.fd, "utf8")) as BulkSettings;
const { origin, ca, identity, password, journal: file, count, concurrency, phase } = settings;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const transport = createTransport({
  ca: readFileSync(ca, "utf8"),
  timeouts: { attempt: 1000, total: 20_000 },
  retries: { baseDelay: 1, maxDelay: 20 },
});
const strategy = createBasicAuth({ identity, password, origins: [origin] });
const client = createClient({ server: origin }, { strategy, transport });
const journal = await openJournalFile(file);
const heap: { quarter?: number; end?: number } = {};
const codes: Record<string, number> = {};
let outcomes = 0;
const report = await client.bulk(operationsOf(phase, count), {
  concurrency,
  journal,
  onProgress({ error }) {
    outcomes++;
    if (error) codes[error.code] = (codes[error.code] ?? 0) + 1;
    if (outcomes === Math.floor(count / 4)) heap.quarter = heapUsed();
    if (outcomes === Math.floor(count / 2)) say({ half: true });
  },
});
heap.end = heapUsed();
say({ report, heap, codes });
await journal.close();
await client.close();
await transport.close();
