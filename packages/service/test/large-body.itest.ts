import { createServer } from "node:http";
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

it("sends a large record as its client reads it, and holds little of it in memory before", async () => {
  const { store } = openMemory();
  const record = Array.from({ length: 8 }, (_, i) =>
    encodeValue({ index: i + 1, type: "DESC", data: `${i}`.repeat(900_000) }),
  );
  await store.home("20.500.12345");
  await store.commit(handleKey("20.500.12345/large"), "absent", record);
  const server = createServer(createNodeListener(createHandleService({ store })));
  let accepted: Socket | undefined;
  server.on("connection", (socket) => {
    accepted = socket;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write("GET /api/handles/20.500.12345/large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let sent = -1;
    while (accepted === undefined || accepted.bytesWritten !== sent) {
      sent = accepted?.bytesWritten ?? -1;
      await wait(200);
    }
    expect(accepted.writableLength).toBeLessThan(2 * 65_536);
    const chunks: Buffer[] = [];
    const ended = new Promise((resolve) => socket.on("close", resolve));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
    await ended;
    const [, body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
    const { values } = JSON.parse(body) as {
      readonly values: readonly { readonly data: { value: string } }[];
    };
    expect(values.map(({ data }) => data.value)).toEqual(record.map((_, i) => `${i}`.repeat(900_000)));
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
