import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { handleKey, isHandleError } from "@handlekit/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { openSqlite } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt, valuesOf } from "./values.ts";

/** The files of all open connections. libsql itself closes a file only once the statements are garbage. */
const { connections } = vi.hoisted(() => ({ connections: new Map<object, string>() }));

vi.mock("../src/driver/open-driver.ts", async (importActual) => {
  const actual = await importActual<typeof import("../src/driver/open-driver.ts")>();
  return {
    async openDriver(file: string) {
      const driver = await actual.openDriver(file);
      connections.set(driver, file);
      return {
        ...driver,
        close() {
          connections.delete(driver);
          driver.close();
        },
      };
    },
  };
});

const connectionsTo = (file: string) => [...connections.values()].filter((each) => each === file).length;

const tempFile = useTempFiles();
const key = handleKey("20.500.12345/A");
const modeOf = (file: string) => statSync(file).mode & 0o777;
const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0);

/** Opens a file until the test ends. */
async function open(file: string) {
  const opened = await openSqlite({ file });
  onTestFinished(() => opened.close());
  return opened;
}

async function refusal(file: unknown) {
  const error: unknown = await openSqlite({ file: file as string }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHandleError(error)) throw new Error(`${file} was opened.`);
  return error;
}

async function withDriver<T>(file: string, use: (driver: Awaited<ReturnType<typeof openDriver>>) => T) {
  const driver = await openDriver(file);
  try {
    return use(driver);
  } finally {
    driver.close();
  }
}

describe("a new file", () => {
  it("and its log have mode 0600", async () => {
    const file = tempFile();
    const { store } = await open(file);
    await store.commit(key, "absent", valuesOf("1"));
    expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
  });

  it("contains everything after close", async () => {
    const file = tempFile();
    const { store, state, close } = await open(file);
    await store.commit(key, "absent", valuesOf("1"));
    await state.put("a", "1", "absent");
    expect(sizeOf(`${file}-wal`)).toBeGreaterThan(0);
    await close();
    expect(sizeOf(`${file}-wal`)).toBe(0);
    const copy = tempFile();
    writeFileSync(copy, readFileSync(file));
    const other = await open(copy);
    expect(await textAt(other.store, key)).toBe("1");
    expect((await other.state.get("a"))?.value).toBe("1");
  });
});

describe("a file that exists", () => {
  it("keeps its mode", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    chmodSync(file, 0o640);
    await open(file);
    expect(modeOf(file)).toBe(0o640);
  });

  it("becomes a store when it is empty", async () => {
    const file = tempFile();
    writeFileSync(file, "");
    const { store } = await open(file);
    expect(await store.commit(key, "absent", valuesOf("1"))).toBe("done");
  });

  it("gets the tables of the state when it has none", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    await withDriver(file, (driver) => driver.exec("DROP TABLE state; DROP TABLE sequences"));
    const opened = await Promise.all([open(file), open(file)]);
    const numbers = await Promise.all(opened.flatMap(({ state }) => [state.next("s"), state.next("s")]));
    expect(numbers.sort()).toEqual([1, 2, 3, 4]);
  });

  it.each(["short", "a text that is longer than the header of a SQLite file. ".repeat(100)])(
    "is refused and left alone when it is no database (%#)",
    async (content) => {
      const file = tempFile();
      writeFileSync(file, content);
      const error = await refusal(file);
      expect(error).toMatchObject({ code: "store_failed", hint: expect.stringContaining("not a SQLite") });
      expect(error.message).toContain(file);
      expect(readFileSync(file, "utf8")).toBe(content);
    },
  );

  it.each(["CREATE TABLE theirs (x)", "PRAGMA application_id = 1", "PRAGMA user_version = 1"])(
    "is refused and left alone when it is another program's: %s",
    async (sql) => {
      const file = tempFile();
      await withDriver(file, (driver) => driver.exec(sql));
      const before = readFileSync(file);
      const error = await refusal(file);
      expect(error.code).toBe("store_failed");
      expect(error.message).toBe(`The file ${file} is the SQLite database of another program.`);
      expect(readFileSync(file).equals(before)).toBe(true);
    },
  );

  it("is refused and not changed if a newer version wrote it", async () => {
    const file = tempFile();
    await (await openSqlite({ file })).close();
    await withDriver(file, (driver) =>
      driver.exec("PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)"),
    );
    const before = readFileSync(file);
    const error = await refusal(file);
    expect(error.message).toContain(`${file} is a handle store of format 2`);
    expect(error.hint).toContain("newer");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("is left closed when its state cannot be opened", async () => {
    const file = tempFile();
    const opened = await openSqlite({ file });
    expect(connectionsTo(file)).toBe(2);
    await opened.close();
    await withDriver(file, (driver) => driver.exec("DROP TABLE sequences"));
    expect((await refusal(file)).code).toBe("store_failed"); // there is a table named state already
    expect(connectionsTo(file)).toBe(0);
  });
});

describe("the option file", () => {
  it.each(["", undefined, null, 1])("is invalid: %o", async (file) => {
    const error = await refusal(file);
    expect(error).toMatchObject({ code: "invalid_options", message: expect.stringContaining("option file") });
  });

  it.each(["none/handles.sqlite", "http://127.0.0.1/handles.sqlite", "libsql://127.0.0.1/x"])(
    "is always a path, and its directory must exist: %s",
    async (name) => {
      const error = await refusal(name);
      expect(error).toMatchObject({ code: "store_failed", hint: "Create the directory first." });
      expect(error.message).toContain(`The store ${resolve(name)} could not be opened`);
    },
  );

  it("cannot be a directory", async () => {
    const error = await refusal(tempFile("."));
    expect(error).toMatchObject({ code: "store_failed", hint: expect.stringContaining("read and write") });
  });
});

describe("store and state", () => {
  it("write to the file at the same time", async () => {
    const { store, state } = await open(tempFile());
    const writes = [store.commit(key, "absent", valuesOf("1")), state.next("s"), state.put("a", "1", "any")];
    expect(await Promise.all(writes)).toEqual(["done", 1, "done"]);
  });

  it("are closed together, after pending writes", async () => {
    const file = tempFile();
    const { store, state, close } = await open(file);
    const writes = [store.commit(key, "absent", valuesOf("1")), state.next("s")];
    await close();
    expect(await Promise.all(writes)).toEqual(["done", 1]);
    for (const call of [store.read(key), state.get("a")]) {
      await expect(call).rejects.toMatchObject({ code: "store_failed" });
    }
    expect(connectionsTo(file)).toBe(0);
    await close();
    const again = await open(file);
    expect(await textAt(again.store, key)).toBe("1");
    expect(await again.state.next("s")).toBe(2);
  });

  it("are closed each by itself too", async () => {
    const { store, state } = await open(tempFile());
    await state.close?.();
    expect(await store.commit(key, "absent", valuesOf("1"))).toBe("done");
    await store.close();
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_failed" });
  });

  it("are both closed when the first cannot be", async () => {
    const file = tempFile();
    const { store, state, close } = await openSqlite({ file });
    const { close: closeState } = state;
    const reason = new Error("of the test");
    Object.assign(state, { close: () => Promise.reject(reason) });
    await expect(close()).rejects.toBe(reason);
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_failed" });
    await closeState?.();
    expect(connectionsTo(file)).toBe(0);
  });
});
