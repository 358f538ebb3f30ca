import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
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
