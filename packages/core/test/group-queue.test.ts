import { createGroupQueue } from "@handlekit/core/store";
import { expect, it } from "vitest";

/** A queue whose writes end when the test says so. */
function startQueue() {
  const groups: string[] = [];
  const ends: { resolve: (outcomes: string[]) => void; reject: (error: unknown) => void }[] = [];
  let announce = () => {};
  const queue = createGroupQueue((items: readonly string[]) => {
    groups.push(items.join(""));
    announce();
    return new Promise<string[]>((resolve, reject) => ends.push({ resolve, reject }));
  });
  /** Resolves once a number of writes have begun. */
  const begun = async (count: number) => {
    while (groups.length < count) await new Promise<void>((resolve) => (announce = resolve));
  };
  return { queue, groups, ends, begun };
}

it("writes the items of one turn, and then those that came meanwhile, each as one group", async () => {
  const { queue, groups, ends, begun } = startQueue();
  const first = [queue.add("a"), queue.add("b")];
  await begun(1);
  const second = [queue.add("c"), queue.add("d"), queue.add("e")];
  expect(groups).toEqual(["ab"]);
  ends[0]?.resolve(["A", "B"]);
  expect(await Promise.all(first)).toEqual(["A", "B"]);
  await begun(2);
  expect(groups).toEqual(["ab", "cde"]);
  ends[1]?.resolve(["C", "D", "E"]);
  await queue.idle();
  expect(await Promise.all(second)).toEqual(["C", "D", "E"]);

  const third = queue.add("f");
  await begun(3);
  expect(groups[2]).toBe("f");
  ends[2]?.resolve(["F"]);
  expect(await third).toBe("F");
});

it("rejects every item of a group that failed, and writes the next one", async () => {
  const { queue, groups, ends, begun } = startQueue();
  const settled = Promise.allSettled([queue.add("a"), queue.add("b")]);
  await begun(1);
  const next = queue.add("c");
  const error = new Error("no space");
  ends[0]?.reject(error);
  const rejected = { status: "rejected", reason: error };
  expect(await settled).toEqual([rejected, rejected]);
  await begun(2);
  ends[1]?.resolve(["C"]);
  expect(await next).toBe("C");
  await queue.idle();
  expect(groups).toEqual(["ab", "c"]);
});

it("collects the items of one turn of the event loop when it is deferred by setImmediate", async () => {
  const groups: number[][] = [];
  const queue = createGroupQueue((items: readonly number[]) => {
    groups.push([...items]);
    return items.map((item) => item * 2);
  }, setImmediate);
  const add = async (number: number, turns: number) => {
    for (let i = 0; i < turns; i++) await undefined;
    return queue.add(number);
  };
  expect(await Promise.all([add(1, 0), add(2, 1), add(3, 5)])).toEqual([2, 4, 6]);
  expect(groups).toEqual([[1, 2, 3]]);
  await queue.idle();
});
