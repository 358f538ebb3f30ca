import { expect, it } from "vitest";
import { createGroupQueue } from "../src/journal/group-queue.ts";

/** A queue whose writes end when they are told to. */
function startQueue() {
  const groups: string[] = [];
  const ends: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let announce = () => {};
  const queue = createGroupQueue((group) => {
    groups.push(group);
    announce();
    return new Promise((resolve, reject) => ends.push({ resolve, reject }));
  });
  /** Waits until a number of writes have begun. */
  const begun = async (count: number) => {
    while (groups.length < count) await new Promise<void>((resolve) => (announce = resolve));
  };
  return { queue, groups, ends, begun };
}

it("writes what is added in one turn, and then what came meanwhile, each as one group", async () => {
  const { queue, groups, ends, begun } = startQueue();
  const ended: string[] = [];
  const add = (text: string) => queue.add(text).then(() => ended.push(text));
  const first = [add("a"), add("b")];
  await begun(1);
  const second = [add("c"), add("d"), add("e")];
  expect(groups).toEqual(["ab"]);
  ends[0]?.resolve();
  await Promise.all(first);
  expect(ended).toEqual(["a", "b"]);
  await begun(2);
  expect(groups).toEqual(["ab", "cde"]);
  ends[1]?.resolve();
  await Promise.all([...second, queue.idle()]);
  expect(ended).toEqual(["a", "b", "c", "d", "e"]);

  const third = add("f");
  await begun(3);
  expect(groups[2]).toBe("f");
  ends[2]?.resolve();
  await third;
});

it("rejects the group that failed and everything after it, and writes no more", async () => {
  const { queue, groups, ends, begun } = startQueue();
  const settled = Promise.allSettled([queue.add("a"), queue.add("b")]);
  await begun(1);
  const waiting = Promise.allSettled([queue.add("c")]);
  const error = new Error("no space");
  ends[0]?.reject(error);
  const rejected = { status: "rejected", reason: error };
  expect(await settled).toEqual([rejected, rejected]);
  expect(await waiting).toEqual([rejected]);
  await expect(queue.add("d")).rejects.toBe(error);
  await queue.idle();
  expect(groups).toEqual(["ab"]);
});
