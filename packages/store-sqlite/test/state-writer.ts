import { openSqlite } from "../src/mod.ts";

// A process for state-processes.itest.ts: state-writer.js FILE LANE... MAXIMUM
// Each lane takes numbers of one common sequence, puts each under a key of its own, and prints "lane number" when that
// is durable.

const [file = "", ...rest] = process.argv.slice(2);
const maximum = Number(rest.pop());
const { state, close } = await openSqlite({ file });

async function count(lane: string): Promise<void> {
  for (let steps = 0; steps < maximum; steps++) {
    const number = await state.next("numbers");
    await state.put(`number/${number}`, lane, "absent");
    process.stdout.write(`${lane} ${number}\n`);
  }
}

await Promise.all(rest.map(count));
await close();
