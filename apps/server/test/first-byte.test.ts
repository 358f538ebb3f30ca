import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createFirstByteReader } from "../src/first-byte.ts";

const TLS = Buffer.from([0x16, 3, 1]);

/** A server that counts what it passes on, and how many of it in each turn of the event loop. */
async function listen(timeout = 10_000) {
  const tls: Socket[] = [];
  const plain: Socket[] = [];
  let inTurn = 0;
  let mostInTurn = 0;
  const read = createFirstByteReader({
    timeout,
    toTls(socket) {
      tls.push(socket.on("error", () => {}));
      mostInTurn = Math.max(mostInTurn, ++inTurn);
      setImmediate(() => {
        inTurn = 0;
      });
    },
    toPlain: (socket) => plain.push(socket.on("error", () => {})),
  });
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    read(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  onTestFinished(() => {
    for (const socket of [...clients, ...accepted]) socket.destroy();
    server.close();
  });
  const open = async (first?: Uint8Array) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    clients.push(socket);
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    if (first !== undefined) socket.write(first);
    return socket;
  };
  return { open, tls, plain, accepted, most: () => mostInTurn };
}

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(5);
}

it("tells TLS from plain text by the first byte, which it puts back", async () => {
  const { open, tls, plain } = await listen();
  await open(TLS);
  await open(Buffer.from("GET / HTTP/1.1\r\n"));
  await until(() => tls.length === 1 && plain.length === 1);
  expect(tls[0]?.read()).toEqual(TLS);
  expect(String(plain[0]?.read())).toBe("GET / HTTP/1.1\r\n");
});

it("begins one handshake in each turn of the event loop", async () => {
  const { open, tls, most } = await listen();
  await Promise.all(Array.from({ length: 50 }, () => open(TLS)));
  await until(() => tls.length === 50);
  expect(most()).toBe(1);
});

it("leaves out connections that were closed while they waited", async () => {
  const { open, tls, accepted } = await listen();
  const clients = await Promise.all(Array.from({ length: 20 }, () => open()));
  await until(() => accepted.length === 20);
  for (const socket of clients) socket.write(TLS);
  // When the first has begun, the others wait, or have not been read yet.
  await until(() => tls.length > 0);
  const destroyed = accepted.filter((socket) => !tls.includes(socket));
  for (const socket of destroyed) socket.destroy();
  for (let turn = 0; turn < 50; turn++) await nextTurn();
  expect(destroyed.filter((socket) => tls.includes(socket))).toEqual([]);
});

it("closes connections that send nothing in time", async () => {
  const { open, accepted, tls } = await listen(50);
  const closed = new Promise((resolve) => open().then((socket) => socket.once("close", resolve).resume()));
  await closed;
  expect(accepted[0]?.destroyed).toBe(true);
  expect(tls).toEqual([]);
});
