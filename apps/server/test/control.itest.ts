import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@handlekit/core";
import { openSqlite } from "@handlekit/store-sqlite";
import { describeState, describeStore } from "@handlekit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startControl } from "../src/control/control-server.ts";
import { openDirectoryStore } from "../src/control/open-store.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const STORE = "store.sqlite";
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A directory with a store that is open in this process, as by a running server. */
async function running(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "handlekit-"));
  endings.push(() => rm(directory, { recursive: true }));
  const opened = await openSqlite({ file: join(directory, STORE) });
  endings.push(opened.close);
  endings.push(await startControl(directory, opened, silent));
  return directory;
}

const api = { describe, expect, it };

describeStore(
  "through the socket of a running server",
  { open: async () => (await openDirectoryStore(await running(), STORE)).store },
  api,
);
describeState(
  "state through the socket of a running server",
  { open: async () => (await openDirectoryStore(await running(), STORE)).state },
  api,
);

describe("the socket", () => {
  it("is for the owner alone, and goes with the server", async () => {
    const directory = await running();
    expect((await stat(join(directory, "control.sock"))).mode & 0o777).toBe(0o600);
    await endings.pop()?.();
    await expect(stat(join(directory, "control.sock"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("takes the place of one that a killed server has left", async () => {
    const directory = await running();
    await endings.pop()?.();
    await writeFile(join(directory, "control.sock"), "");
    await endings.pop()?.();
    const opened = await openSqlite({ file: join(directory, STORE) });
    endings.push(opened.close, await startControl(directory, opened, silent));
    const { store } = await openDirectoryStore(directory, STORE);
    expect(await store.prefixes()).toEqual([]);
  });

  it("answers what it cannot do in words", async () => {
    const directory = await running();
    for (const body of ['{"on":"store","name":"drop","arguments":[]}', '{"on":"state"}', "no JSON", "null"]) {
      const answer = await new Promise<string>((resolve, reject) => {
        let text = "";
        const socket = createConnection(join(directory, "control.sock"));
        socket.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        socket.on("end", () => resolve(text)).on("error", reject);
        socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      });
      expect(answer).toMatch(
        /^HTTP\/1\.1 200 [\s\S]*\{"error":\{"name":"HandleError","code":"(not_supported|server_error)"/,
      );
    }
  });

  it("is not needed when no server runs: a command waits for another, and opens the store itself", async () => {
    const directory = await running();
    await endings.pop()?.();
    const first = endings.pop();
    const waiting = openDirectoryStore(directory, STORE);
    await first?.();
    const { store, close } = await waiting;
    endings.push(close);
    expect(await store.prefixes()).toEqual([]);
  });
});
