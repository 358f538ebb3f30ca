import { encodeValues, handleKey } from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";
import { openMemory } from "@handlekit/service";
import { describeState, describeStore } from "@handlekit/testing";
import { describe, expect, it } from "vitest";

describeStore("memory store", { open: async () => openMemory().store }, { describe, expect, it });
describeState("memory state", { open: async () => openMemory().state }, { describe, expect, it });

describe("memory store", () => {
  it("returns the same record until it is changed, which nobody can modify", async () => {
    const { store } = openMemory();
    const key = handleKey("20.500.12345/x");
    const given = encodeValues([{ index: 1, type: "URL", data: "https://example.org/" }]);
    await store.commit(key, "absent", given);
    const record = await store.read(key);
    expect(await store.read(key)).toBe(record);
    const values = (record?.values ?? []) as StoredValue[];
    expect(() => values.pop()).toThrow(TypeError);
    expect(() => Object.assign(values[0] ?? {}, { index: 2 })).toThrow(TypeError);
    given.pop();
    expect((await store.read(key))?.values.length).toBe(1);
  });
});
