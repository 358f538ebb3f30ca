/**
 * Gives the handles of an argument list in their order. `-` stands for those on standard input, one per line; empty lines
 * are left out.
 */
export async function* handlesFrom(args: readonly string[]): AsyncGenerator<string> {
  for (const arg of args) {
    if (arg !== "-") {
      yield arg;
      continue;
    }
    const { createInterface } = await import("node:readline");
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() !== "") yield line.trim();
    }
  }
}
