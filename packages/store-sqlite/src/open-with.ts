import { realpathSync } from "node:fs";
import { checkOptions, HandleError, invalidOptions, isHandleError, quoteForMessage } from "@handlekit/core";
import { createHotRecords } from "@handlekit/core/store";
import { ACCESS_HINT, storeFailure } from "./failure.ts";
import { lockFile } from "./file/lock-file.ts";
import { absolutePath, createFile } from "./file/open-file.ts";
import type { Backend, openBackend } from "./open-backend.ts";
import type { SqliteOptions } from "./options.ts";
import { createState } from "./state.ts";
import type { OpenedSqlite } from "./statistics.ts";
import { createStore } from "./store.ts";

const CACHE_BYTES = 64 * 1024 * 1024;

/** Opens a store as `openSqlite` does, with a backend that tests can choose. */
export async function openWith(options: SqliteOptions, open: typeof openBackend): Promise<OpenedSqlite> {
  checkOptions("openSqlite", options, {
    file: ["string"],
    cacheBytes: ["number", "undefined"],
    log: ["object", "undefined"],
  });
  const { cacheBytes = CACHE_BYTES, log } = options;
  if (options.file === "") {
    throw invalidOptions("openSqlite: the option file is empty.", 'Give a path, or ":memory:".');
  }
  if (!(cacheBytes >= 0)) {
    throw invalidOptions("openSqlite: the option cacheBytes is not a number of bytes, 0 or more.");
  }
  const file = absolutePath(options.file);
  let real = file;
  let unlock: (() => void) | undefined;
  let backend: Backend;
  try {
    if (file !== ":memory:") {
      createFile(file);
      // The lock belongs to the file, by whatever name it is opened.
      real = realpathSync(file);
      unlock = await lockFile(real);
    }
    backend = await open(real, log);
  } catch (error) {
    unlock?.();
    throw isHandleError(error) ? error : storeFailure(file, "be opened", error, ACCESS_HINT);
  }
  return compose(backend, file, cacheBytes, () => unlock?.());
}

/** Store and state of an open file, which is closed when both are. */
function compose(backend: Backend, file: string, cacheBytes: number, unlock: () => void): OpenedSqlite {
  const open = new Set(["store", "state"]);
  let closed: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    try {
      await backend.close();
    } catch (error) {
      throw storeFailure(file, "close", error);
    } finally {
      unlock();
    }
  }

  /** Returns the checks, failures and closing of the store or the state. */
  function part(name: string) {
    const assertOpen = () => {
      if (!open.has(name)) throw new HandleError("store_failed", { message: `The store ${file} is closed.` });
    };
    return {
      attempt<T>(what: string, work: () => T, of?: string): T {
        assertOpen();
        try {
          return work();
        } catch (error) {
          throw storeFailure(file, of === undefined ? what : `${what} ${quoteForMessage(of)}`, error);
        }
      },
      assertOpen,
      async close() {
        if (!open.delete(name)) return closed;
        await backend.idle();
        if (open.size === 0) closed ??= closeAll();
        return closed;
      },
    };
  }

  const hot = createHotRecords(cacheBytes);
  const store = createStore(backend, file, hot, part("store"));
  const state = createState(backend, file, part("state"));
  return {
    store,
    state,
    statistics: () => ({ ...backend.counts, cacheBytes: hot.bytes }),
    async close() {
      await Promise.all([state.close?.(), store.close()]);
    },
  };
}
