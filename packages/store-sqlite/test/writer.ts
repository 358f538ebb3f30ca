import { handleKey } from "@handlekit/core";
import { openSqlite } from "../src/mod.ts";
import { textOf, valuesOf } from "./values.ts";

// A process for processes.itest.ts: writer.js FILE LANE... MAXIMUM
// Each lane writes a new record at every step, then counts up a record of its own, and prints "lane count" when both are
// durable.

const [file = "", ...rest] = process.argv.slice(2);
const maximum = Number(rest.pop());
const { store, close } = await openSqlite({ file });

async function count(lane: string): Promise<void> {
  const counter = handleKey(`20.500.1/${lane}`);
  for (let steps = 0; steps < maximum; ) {
    const record = await store.read(counter);
    const next = Number(textOf(record) ?? 0) + 1;
    await store.commit(handleKey(`20.500.2/${lane}/${next}`), "absent", valuesOf(`${next}`));
    const answer = await store.commit(counter, record?.revision ?? "absent", valuesOf(`${next}`));
    if (answer === "conflict") continue;
    process.stdout.write(`${lane} ${next}\n`);
    steps++;
  }
}

await Promise.all(rest.map(count));
await close();
