// Replaces the host in the URLs of all handles of a prefix: shows each change first, then makes them with bulk() and a
// journal, so that it can be run again after an interruption. With --dry-run it changes nothing.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { openJournalFile } from "@handlekit/core/journal-file";
import { newHandle, PREFIX, withSite } from "./lib/site.mjs";

const [OLD, NEW] = ["https://old.example.org/", "https://repository.example.org/"];

/** The handles whose URL is on the old host, and their new URLs. @param {import("@handlekit/client").HandleClient} client */
async function* findOld(client) {
  for await (const record of client.readMany(client.list(PREFIX), { types: ["URL"] })) {
    if ("error" in record) {
      console.log(`${record.handle}: ${record.error.code}`);
      continue;
    }
    const url = record.values[0]?.data.value;
    if (typeof url === "string" && url.startsWith(OLD)) {
      yield { handle: record.handle, url: NEW + url.slice(OLD.length) };
    }
  }
}

await withSite(async ({ credentials }) => {
  const client = createClient(credentials);
  const examples = ["a", "b", "c"].map((name) => newHandle(`repair-${name}`));
  for (const handle of examples) {
    await client.create(handle, { URL: OLD + handle.slice(PREFIX.length + 1, -37), TITLE: "A record" });
  }

  // The list is kept, so that a repeated run with the same journal has the same operations.
  const repairs = [];
  for await (const repair of findOld(client)) repairs.push(repair);
  repairs.sort((a, b) => (a.handle < b.handle ? -1 : 1));
  for (const { handle, url } of repairs) {
    console.log(String(await client.modify(handle, { URL: url }, { dryRun: true })));
  }
  if (process.argv.includes("--dry-run")) {
    console.log(`${repairs.length} would be changed`);
  } else {
    const folder = await mkdtemp(join(tmpdir(), "handlekit-repair-"));
    const journal = await openJournalFile(join(folder, "repair.journal"));
    const operations = repairs.map(({ handle, url }) => ({
      kind: /** @type {const} */ ("modify"),
      handle,
      values: { URL: url },
    }));
    const report = await client.bulk(operations, { journal });
    console.log(`${report.done} changed, ${report.failed + report.unknown} not`);
    console.log(`again: ${(await client.bulk(operations, { journal })).skipped} were changed before`);
    await journal.close();
    await rm(folder, { recursive: true });
  }
  for (const handle of examples) await client.delete(handle);
  await client.close();
});
