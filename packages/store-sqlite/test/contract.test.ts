import type { HandleStore } from "@handlekit/core/store";
import { describeStore } from "@handlekit/testing";
import { describe, expect, it } from "vitest";
import { createSqliteStore } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";

const tempFile = useTempFiles();
const files = new Map<HandleStore, string>();

async function open(file = tempFile()): Promise<HandleStore> {
  const store = await createSqliteStore({ file });
  files.set(store, file);
  return store;
}

describeStore(
  "SQLite file",
  {
    open: () => open(),
    async reopen(store) {
      await store.close();
      return open(files.get(store));
    },
  },
  { describe, expect, it },
);

describeStore(
  "SQLite in memory",
  { open: () => createSqliteStore({ file: ":memory:" }) },
  { describe, expect, it },
);
