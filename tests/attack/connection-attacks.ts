import type { Socket } from "node:net";
import { type Attack, must, rounds } from "./attack.ts";
import { AUTHORIZATION, LARGE, SMALL, type Target } from "./target.ts";
import { closed, openMany, openTcp, openTls, requestText, within } from "./wire.ts";

/** The default of maxConnectionsPerAddress. */
const PER_ADDRESS = 256;
/** For the server's timers on a busy machine. */
const GRACE_MS = 15_000;

const PATH = `/api/handles/${SMALL}`;

/** The first bytes of a ClientHello record that announces 512 bytes. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Array(20).fill(7)]);
/** A hello of SSL 2. */
const OLD_HELLO = Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10, ...Array(37).fill(1)]);
/** A handshake record that is not a ClientHello. */
const NO_HELLO = Buffer.from([0x16, 3, 1, 0, 5, 0xff, 1, 2, 3, 4]);

/** Opens connections, leaves them as they are, and checks that the server closes all of them in time. */
function leftAlone(
  name: string,
  count: number,
  limit: (target: Target) => number,
  open: (target: Target) => Promise<Socket>,
): Attack {
  return {
    name,
    async run(target, isOver) {
      let slowest = 0;
      const tried = await rounds(isOver, async () => {
        const begun = performance.now();
        const sockets = await openMany(count, () => open(target));
        const end = Promise.all(sockets.map((socket) => closed(socket))).then(() => true);
        const milliseconds = limit(target);
        must((await within(end, milliseconds + GRACE_MS)) === true, `open after ${milliseconds} ms`);
        slowest = Math.max(slowest, performance.now() - begun);
        for (const socket of sockets) socket.destroy();
      });
      return { tried: `${tried * count} connections`, result: `all closed within ${seconds(slowest)}` };
    },
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

const afterwards = (bytes: string | Uint8Array) => async (socket: Socket) => {
  socket.write(bytes);
  return socket;
};

const handshake = ({ limits }: Target) => limits.handshake;
const headers = ({ limits }: Target) => limits.request / 2 + 2000;
const request = ({ limits }: Target) => limits.request + 2000;

/** Sends pipelined requests for a large record on some connections, and reads nothing. */
const pipelining: Attack = {
  name: "50 pipelined requests for 900 kB each, whose responses are never read",
  async run(target, isOver) {
    const before = await target.memory();
    let [peak, requests] = [before, 0];
    const many = requestText("GET", `/api/handles/${LARGE}`).repeat(50);
    const tried = await rounds(isOver, async () => {
      const sockets = await openMany(12, () => openTls(target.port));
      for (const socket of sockets) {
        socket.pause();
        socket.write(many);
        requests += 50;
      }
      const end = Promise.all(sockets.map((socket) => closed(socket, false)));
      // A client that does not read is not told that the connection was closed until it writes.
      const writing = setInterval(() => {
        for (const socket of sockets) if (!socket.destroyed) socket.write(requestText("GET", PATH));
      }, 200);
      const reading = setInterval(async () => {
        peak = Math.max(peak, await target.memory());
      }, 50);
      const done = await within(end, target.limits.response + GRACE_MS);
      clearInterval(writing);
      clearInterval(reading);
      for (const socket of sockets) socket.destroy();
      must(done !== undefined, "connections that read nothing stay open");
    });
    must(peak - before < 200, `the memory grew from ${before} to ${peak} MB`);
    return {
      tried: `${requests} requests on ${tried * 12} connections`,
      result: `all closed; memory at most ${peak} MB, ${before} MB before`,
    };
  },
};

const tooMany: Attack = {
  name: "more connections from one address than allowed",
  async run(target, isOver) {
    const count = PER_ADDRESS + 50;
    let refused = 0;
    const tried = await rounds(isOver, async () => {
      const sockets = await openMany(count, () => openTcp(target.port));
      const end = sockets.map((socket) => closed(socket).then(() => refused++));
      const all = await within(Promise.all(end.slice(PER_ADDRESS)), target.limits.handshake + GRACE_MS);
      must(all !== undefined, "none were refused");
      for (const socket of sockets) socket.destroy();
      await Promise.all(end);
    });
    return { tried: `${tried * count} connections`, result: `at most ${PER_ADDRESS} open` };
  },
};

const abandoned: Attack = {
  name: "requests whose connection is closed at once",
  async run(target, isOver) {
    const count = 50;
    const tried = await rounds(isOver, async () => {
      const sockets = await openMany(count, () => openTls(target.port));
      for (const socket of sockets) {
        socket.write(requestText("GET", `/api/handles/${LARGE}`).repeat(20));
        socket.destroy();
      }
    });
    return { tried: `${tried * count * 20} requests`, result: "dropped" };
  },
};

/** The attacks on connections. */
export const CONNECTION_ATTACKS: readonly Attack[] = [
  leftAlone("TCP connections that send nothing", 200, handshake, ({ port }) => openTcp(port)),
  leftAlone("half a ClientHello", 200, handshake, ({ port }) => openTcp(port).then(afterwards(HALF_HELLO))),
  leftAlone("a hello of SSL 2", 200, headers, ({ port }) => openTcp(port).then(afterwards(OLD_HELLO))),
  leftAlone("a handshake record without a ClientHello", 200, handshake, ({ port }) =>
    openTcp(port).then(afterwards(NO_HELLO)),
  ),
  leftAlone("TLS connections without a request", 60, headers, ({ port }) => openTls(port)),
  leftAlone("half a request over HTTP", 200, headers, ({ port }) =>
    openTcp(port).then(afterwards(`GET ${PATH} HTTP/1.1\r\nHost: h\r\nX-Slow: `)),
  ),
  leftAlone("half a body", 60, request, async ({ port }) =>
    openTls(port).then(
      afterwards(
        `PUT ${PATH} HTTP/1.1\r\nHost: h\r\n${AUTHORIZATION}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[`,
      ),
    ),
  ),
  tooMany,
  pipelining,
  abandoned,
];
