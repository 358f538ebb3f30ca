import type { HandleStore, StateStore } from "@handlekit/core/store";
import { describeState, describeStore } from "@handlekit/testing";
import { describe, expect, it } from "vitest";
import { openSqlite } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const api = { describe, expect, it };
const files = new WeakMap<object, string>();

/** Opens the records of a file; closing them closes the state too. */
async function openRecords(file = tempFile()): Promise<HandleStore> {
  const { store, close } = await openSqlite({ file });
  const records = { ...store, close };
  files.set(records, file);
  return records;
}

/** Opens the state of a file; closing it closes the records too. */
async function openState(file = tempFile()): Promise<StateStore> {
  const opened = await openSqlite({ file });
  const state = { ...opened.state, close: opened.close };
  files.set(state, file);
  return state;
}

describeStore(
  "SQLite file",
  {
    open: () => openRecords(),
    async reopen(store) {
      await store.close();
      return openRecords(files.get(store));
    },
  },
  api,
);

describeState(
  "SQLite state",
  {
    open: () => openState(),
    async reopen(state) {
      await state.close?.();
      return openState(files.get(state));
    },
  },
  api,
);

describeStore("SQLite in memory", { open: () => openRecords(":memory:") }, api);
describeState("SQLite state in memory", { open: () => openState(":memory:") }, api);
