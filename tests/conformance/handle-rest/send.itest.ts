import { type AddressInfo, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { connect } from "./send.ts";

const ANSWER =
  "HTTP/1.1 418 no\r\nX-One: 1\r\nx-one: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\u2603\r\n0\r\n\r\n";

/** A server that answers every request alike. */
async function listen(): Promise<{ url: string; received: () => string; connections: () => number }> {
  let received = "";
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
      if (chunk.includes("\r\n\r\n")) socket.write(ANSWER);
    });
    socket.on("error", () => {});
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received: () => received, connections: () => connections };
}

it("sends target, header lines and body byte for byte, and reads the answer's lines", async () => {
  const { url, received } = await listen();
  const connection = connect(url, { ca: "" });
  onTestFinished(() => connection.close());
  const answer = await connection.send({
    method: "PUT",
    target: "/api//handles/a%zz/../b;c?x=[0]&y",
    headers: [
      ["Host", "somewhere:1"],
      ["x-UPPER", "1"],
      ["authorization", 'handle a="b\\"c"'],
      ["x-UPPER", "2"],
    ],
    body: "\u2603",
  });
  expect(
    received().startsWith("PUT /api//handles/a%zz/../b;c?x=[0]&y HTTP/1.1\r\nHost: somewhere:1\r\n"),
  ).toBe(true);
  expect(received()).toContain('x-UPPER: 1\r\nauthorization: handle a="b\\"c"\r\nx-UPPER: 2\r\n');
  expect(received()).toContain("Content-Length: 3\r\n");
  expect(received().endsWith("\r\n\r\n\u2603")).toBe(true);
  expect(answer).toEqual({
    status: 418,
    headers: [
      ["X-One", "1"],
      ["x-one", "2"],
      ["Transfer-Encoding", "chunked"],
    ],
    body: "\u2603",
  });
});

it("keeps to one connection", async () => {
  const { url, connections } = await listen();
  const connection = connect(url, { ca: "" });
  onTestFinished(() => connection.close());
  const request = { method: "GET", target: "/", headers: [], body: "" };
  await connection.send(request);
  await connection.send(request);
  expect(connections()).toBe(1);
});
