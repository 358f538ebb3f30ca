import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createFirstByteReader } from "../src/first-byte.ts";

const TLS = Buffer.from([0x16, 3, 1]);

/** A reader of connections that are in memory, so that their bytes arrive when the test says. */
function createReader({ timeout = 60_000, onTls = () => {} }: { timeout?: number; onTls?: () => void } = {}) {
  const tls: Socket[] = [];
  const plain: Socket[] = [];
  const read = createFirstByteReader({
    timeout,
    toTls(socket) {
      tls.push(socket);
      onTls();
    },
    toPlain: (socket) => plain.push(socket),
  });
  const open = () => {
    const stream = new PassThrough();
    const socket = stream as unknown as Socket;
    read(socket);
    onTestFinished(() => void stream.destroy());
    return { stream, socket };
  };
  return { open, tls, plain };
}

it("tells TLS from plain text by the first byte, which it puts back", async () => {
  const { open, tls, plain } = createReader();
  open().stream.write(TLS);
  open().stream.write("GET / HTTP/1.1\r\n");
  await nextTurn();
  expect(tls[0]?.read()).toEqual(TLS);
  expect(String(plain[0]?.read())).toBe("GET / HTTP/1.1\r\n");
});

it("begins one handshake in each turn of the event loop, and none is left behind", async () => {
  const { open, tls } = createReader();
  for (let i = 0; i < 20; i++) open().stream.write(TLS);
  const counts: number[] = [];
  while (tls.length < 20) {
    await nextTurn();
    counts.push(tls.length);
  }
  const steps = counts.map((count, i) => count - (counts[i - 1] ?? 0));
  expect(Math.max(...steps.slice(1))).toBe(1);
  // The first may begin in the turn in which the second does.
  expect(steps[0]).toBeLessThan(3);
  await nextTurn();
  open().stream.write(TLS);
  await nextTurn();
  expect(tls.length).toBe(21);
});

it("leaves out connections that were closed while they waited", async () => {
  const { open, tls } = createReader({
    onTls() {
      for (const { stream } of closed) stream.destroy();
    },
  });
  const all = Array.from({ length: 5 }, () => open());
  const closed = all.slice(1, 4);
  for (const { stream } of all) stream.write(TLS);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  expect(tls).toEqual([all[0]?.socket, all[4]?.socket]);
});

it("closes connections that send nothing in time", async () => {
  const read = createFirstByteReader({
    timeout: 50,
    toTls: () => expect.unreachable(),
    toPlain: () => expect.unreachable(),
  });
  const server = createServer(read);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
  await new Promise((resolve) => client.once("close", resolve));
});
