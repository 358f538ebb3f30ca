import { copyFileSync, existsSync } from "node:fs";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { describeState, describeStore } from "@handlekit/testing";
import { describe, expect, it } from "vitest";
import { openBackend, openInline } from "../src/open-backend.ts";
import { openWith } from "../src/open-with.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const api = { describe, expect, it };
const files = new WeakMap<object, string>();

/** Copies a file that is in use, with its log: what the disk has when the process is killed. */
function copyOf(file: string): string {
  const copy = tempFile();
  for (const suffix of ["", "-wal"]) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  }
  return copy;
}

for (const [name, backend] of [
  ["SQLite file", openBackend],
  ["SQLite file without a thread", openInline],
] as const) {
  /** Opens the records of a file; closing them closes the state too. */
  const openRecords = async (file = tempFile()): Promise<HandleStore> => {
    const { store, close } = await openWith({ file }, backend);
    const records = { ...store, close };
    files.set(records, file);
    return records;
  };

  /** Opens the state of a file; closing it closes the records too. */
  const openState = async (file = tempFile()): Promise<StateStore> => {
    const opened = await openWith({ file }, backend);
    const state = { ...opened.state, close: opened.close };
    files.set(state, file);
    return state;
  };

  describeStore(
    name,
    {
      open: () => openRecords(),
      async reopen(store) {
        await store.close();
        return openRecords(files.get(store));
      },
      crash: (store) => openRecords(copyOf(files.get(store) ?? "")),
    },
    api,
  );

  describeState(
    name,
    {
      open: () => openState(),
      async reopen(state) {
        await state.close?.();
        return openState(files.get(state));
      },
    },
    api,
  );
}

const inMemory = () => openWith({ file: ":memory:" }, openBackend);

describeStore(
  "SQLite in memory",
  {
    async open() {
      const { store, close } = await inMemory();
      return { ...store, close };
    },
  },
  api,
);
describeState(
  "SQLite state in memory",
  {
    async open() {
      const { state, close } = await inMemory();
      return { ...state, close };
    },
  },
  api,
);
