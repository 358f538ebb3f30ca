import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { handleKey, isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { openDriver } from "../src/driver/open-driver.ts";
import { createSqliteStore } from "../src/mod.ts";
import { useTempFiles } from "./temp-file.ts";
import { textAt, valuesOf } from "./values.ts";

const tempFile = useTempFiles();
const key = handleKey("20.500.12345/A");
const modeOf = (file: string) => statSync(file).mode & 0o777;

async function refusal(file: string) {
  const error: unknown = await createSqliteStore({ file }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHandleError(error)) throw new Error(`${file} was opened.`);
  return error;
}

describe("a new file", () => {
  it("and its log are for the owner alone", async () => {
    const file = tempFile();
    const store = await createSqliteStore({ file });
    await store.commit(key, "absent", valuesOf("1"));
    expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
    await store.close();
  });

  it("holds everything itself after close", async () => {
    const file = tempFile();
    const store = await createSqliteStore({ file });
    await store.commit(key, "absent", valuesOf("1"));
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    await store.close();
    await store.close();
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
    const copy = tempFile();
    writeFileSync(copy, readFileSync(file));
    const other = await createSqliteStore({ file: copy });
    expect(await textAt(other, key)).toBe("1");
    await other.close();
  });
});

describe("a file that exists", () => {
  it("keeps its mode", async () => {
    const file = tempFile();
    await (await createSqliteStore({ file })).close();
    chmodSync(file, 0o640);
    const store = await createSqliteStore({ file });
    expect(modeOf(file)).toBe(0o640);
    await store.close();
  });

  it("becomes a store when it is empty", async () => {
    const file = tempFile();
    writeFileSync(file, "");
    const store = await createSqliteStore({ file });
    expect(await store.commit(key, "absent", valuesOf("1"))).toBe("done");
    await store.close();
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
      const driver = await openDriver(file);
      driver.exec(sql);
      driver.close();
      const before = readFileSync(file);
      const error = await refusal(file);
      expect(error.code).toBe("store_failed");
      expect(error.message).toBe(`The file ${file} is the SQLite database of another program.`);
      expect(readFileSync(file).equals(before)).toBe(true);
    },
  );

  it("is refused and left alone when a newer version wrote it", async () => {
    const file = tempFile();
    await (await createSqliteStore({ file })).close();
    const driver = await openDriver(file);
    driver.exec("PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)");
    driver.close();
    const before = readFileSync(file);
    const error = await refusal(file);
    expect(error.message).toContain(`${file} is a handle store of format 2`);
    expect(error.hint).toContain("newer");
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe("a name", () => {
  it("that is empty is an invalid option", async () => {
    expect((await refusal("")).code).toBe("invalid_options");
  });

  it.each(["none/handles.sqlite", "http://127.0.0.1/handles.sqlite", "libsql://127.0.0.1/x"])(
    "is always a path, and its directory must exist: %s",
    async (name) => {
      const error = await refusal(name);
      expect(error).toMatchObject({ code: "store_failed", hint: "Create the directory first." });
      expect(error.message).toContain(`The store ${resolve(name)} could not be opened`);
    },
  );

  it("cannot be a directory's", async () => {
    const error = await refusal(tempFile("."));
    expect(error).toMatchObject({ code: "store_failed", hint: expect.stringContaining("read and write") });
  });
});
