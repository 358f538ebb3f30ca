import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { encodeValue, handleKey } from "@handlekit/core";
import { createHandleService, openMemory } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import { expect, it } from "vitest";

/** Writes all of a request before it reads, as Python's requests does. */
function writeThenRead(port: number, head: string, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.on("error", reject);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
    socket.write(head);
    socket.write(body, () => socket.resume());
  });
}

it.each([
  ["announced", (length: number) => `Content-Length: ${length}`],
  ["not announced", () => "Transfer-Encoding: chunked"],
])("gives the 413 to a client that writes a body of 8 MiB before it reads: %s", async (_, header) => {
  const listener = createNodeListener(createHandleService({ store: openMemory().store }));
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const body = Buffer.alloc(8 * 1024 * 1024, "x");
    const { port } = server.address() as AddressInfo;
    const head = `PUT /api/handles/20.500.12345/x HTTP/1.1\r\nHost: h\r\n${header(body.length)}\r\n\r\n`;
    const chunked = Buffer.concat([
      Buffer.from(`${body.length.toString(16)}\r\n`),
      body,
      Buffer.from("\r\n0\r\n\r\n"),
    ]);
    const answer = await writeThenRead(port, head, header(0).startsWith("Transfer") ? chunked : body);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("The body is larger than 1048576 bytes");
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

const LARGE = "/api/handles/20.500.12345/large";
const TEXTS = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(900_000));

/** Serves a record of 7 MB. */
async function serveLarge(prepare: (out: ServerResponse) => void = () => {}) {
  const { store } = openMemory();
  const record = TEXTS.map((data, i) => encodeValue({ index: i + 1, type: "DESC", data }));
  await store.home("20.500.12345");
  await store.commit(handleKey("20.500.12345/large"), "absent", record);
  const listener = createNodeListener(createHandleService({ store }));
  const server = createServer((message, out) => {
    prepare(out);
    listener(message, out);
  });
  const accepted: Socket[] = [];
  server.on("connection", (socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, accepted, close };
}

it("sends a large record as its client reads it, and holds little of it in memory before", async () => {
  const { port, accepted, close } = await serveLarge();
  try {
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write(`GET ${LARGE} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    let sent = -1;
    while (sent <= 0 || accepted[0]?.bytesWritten !== sent) {
      sent = accepted[0]?.bytesWritten ?? -1;
      await wait(200);
    }
    expect(accepted[0]?.writableLength).toBeLessThan(2 * 65_536);
    // What the operating system has taken is less than all of it.
    expect(sent).toBeLessThan(6_000_000);
    const chunks: Buffer[] = [];
    const ended = new Promise((resolve) => socket.on("close", resolve));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
    await ended;
    const [, body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
    const { values } = JSON.parse(body) as {
      readonly values: readonly { readonly data: { readonly value: string } }[];
    };
    expect(values.map(({ data }) => data.value)).toEqual(TEXTS);
  } finally {
    close();
  }
});

it("sends all of a large record to a client that has ended its own side", async () => {
  const { port, close } = await serveLarge();
  try {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.write(`GET ${LARGE} HTTP/1.1\r\nHost: h\r\n\r\n`);
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve) => {
      socket.once("data", () => socket.end());
      socket.on("data", (chunk: Buffer) => chunks.push(chunk)).once("end", () => resolve());
    });
    const text = Buffer.concat(chunks).toString();
    const [, length] = /\r\nContent-Length: (\d+)\r\n/.exec(text) ?? [];
    expect(text.length - text.indexOf("\r\n\r\n") - 4).toBe(Number(length));
  } finally {
    close();
  }
});

it("does not wait for a socket that says nothing about its buffer, as those of serverless functions", async () => {
  const { port, close } = await serveLarge((out) => {
    const write = out.write.bind(out) as (chunk: unknown) => boolean;
    out.write = ((chunk: unknown) => void write(chunk)) as unknown as typeof out.write;
    out.once = ((name: string, listener: () => void) =>
      name === "drain" ? out : out.addListener(name, listener)) as typeof out.once;
  });
  try {
    const headers = { "accept-encoding": "identity" };
    const response = await fetch(`http://127.0.0.1:${port}${LARGE}`, { headers });
    expect(((await response.json()) as { readonly values: readonly unknown[] }).values).toHaveLength(8);
  } finally {
    close();
  }
});

it("reads no more requests while one waits for the end of a large response", async () => {
  const { port, accepted, close } = await serveLarge();
  try {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }).pause();
    const small = "GET /api/handles/20.500.12345/none HTTP/1.1\r\nHost: h\r\n\r\n";
    socket.write(`GET ${LARGE} HTTP/1.1\r\nHost: h\r\n\r\n`);
    while (!((accepted[0]?.bytesWritten ?? 0) > 0)) await wait(5);
    const begun = accepted[0]?.bytesRead ?? 0;
    let read = 0;
    let written = 0;
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const [server] = accepted;
      if (server === undefined || server.bytesWritten > 7_000_000 || written === 40) return;
      read = server.bytesRead - begun;
      written++;
      socket.write(small);
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    socket.resume();
    while ((text.match(/HTTP\/1\.1 404 /g)?.length ?? 0) < Math.max(written, 1)) await wait(5);
    expect(written).toBeGreaterThan(10);
    // One waits, and another may have come with it before the server had paused.
    expect(read).toBeLessThan(5 * small.length);
    socket.destroy();
  } finally {
    close();
  }
});
