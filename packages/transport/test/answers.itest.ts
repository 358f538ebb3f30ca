import { createTransport, type TransportOptions } from "@handlekit/transport";
import { describe, expect, it, onTestFinished } from "vitest";
import { CANARY, deferred, errorOf, servePlain, serveRaw } from "./servers.ts";

function open(options: TransportOptions = {}) {
  const transport = createTransport(options);
  onTestFinished(() => transport.close());
  return transport;
}

function get(origin: string, path = "/") {
  return {
    method: "GET",
    url: `${origin}${path}?q=${CANARY}`,
    headers: { authorization: `Basic ${CANARY}` },
  };
}

/** Answers each request with these bytes, and hangs up. */
async function serveBytes(bytes: string): Promise<string> {
  const port = await serveRaw((socket) => socket.once("data", () => socket.end(bytes, "latin1")));
  return `http://127.0.0.1:${port}`;
}

describe("an answer", () => {
  it("comes with headers in lower case, repeated ones joined, and bytes", async () => {
    const origin = await serveBytes(
      "HTTP/1.1 401 x\r\nX-One: 1\r\nWWW-Authenticate: A\r\nwww-authenticate: B\r\nSet-Cookie: c\r\nSet-Cookie: d\r\nContent-Length: 2\r\n\r\n\xff\x00",
    );
    const { status, headers, body } = await open().send(get(origin));
    expect(status).toBe(401);
    expect(headers).toMatchObject({ "x-one": "1", "www-authenticate": "A, B", "set-cookie": "c, d" });
    expect([...(body ?? [])]).toEqual([255, 0]);
  });

  it("is the last one when the server sends an early hint before it", async () => {
    const origin = await serveBytes(
      "HTTP/1.1 103 x\r\nLink: </early>\r\n\r\nHTTP/1.1 200 x\r\nX-One: 1\r\nContent-Length: 2\r\n\r\nok",
    );
    const { status, headers, body } = await open().send(get(origin));
    expect([status, headers["x-one"], headers.link, String.fromCharCode(...(body ?? []))]).toEqual([
      200,
      "1",
      undefined,
      "ok",
    ]);
  });

  it("that comes in many pieces is put together", async () => {
    const length = 300_000;
    const origin = await servePlain(async (_request, response) => {
      for (let i = 0; i < length; i += 1000) {
        response.write(Buffer.alloc(1000, i / 1000));
        await new Promise(setImmediate);
      }
      response.end();
    });
    const { body } = await open().send(get(origin));
    expect(body?.every((byte, i) => byte === Math.floor(i / 1000) % 256)).toBe(true);
    expect(body?.length).toBe(length);
  });

  it("is asked for without compression unless the caller asks for it", async () => {
    const seen: (string | undefined)[] = [];
    const origin = await servePlain(({ headers }, response) => {
      seen.push(headers["accept-encoding"]);
      response.end();
    });
    await open().send(get(origin));
    await open().send({ ...get(origin), headers: { "accept-encoding": "gzip" } });
    expect(seen).toEqual(["identity", "gzip"]);
  });

  it("that redirects is an error that names the new address without its query", async () => {
    const origin = await servePlain((_request, response) => {
      response.writeHead(302, { location: `https://new.example.org/api?${CANARY}` }).end();
    });
    const error = await errorOf(open().send(get(origin, "/old")));
    expect(error).toMatchObject({ code: "redirected", status: 302, retryable: false });
    expect(error.message).toContain(`${origin}/old has moved to https://new.example.org/api;`);
    expect(error.hint).toContain("https address");
  });

  it("that redirects within the server is resolved; one to nowhere is an error too", async () => {
    const relative = await serveBytes("HTTP/1.1 308 x\r\nLocation: ../new\r\n\r\n");
    expect((await errorOf(open().send(get(relative, "/a/b/c")))).message).toContain(`${relative}/a/new;`);
    const nowhere = await serveBytes("HTTP/1.1 301 x\r\n\r\n");
    expect((await errorOf(open().send(get(nowhere)))).message).toContain("names no address");
  });

  it("that is too long is not read on", async () => {
    const ended = deferred<void>();
    const origin = await servePlain(({ socket }, response) => {
      socket.once("close", () => ended.resolve());
      const more = () => {
        while (response.write(Buffer.alloc(10_000)));
      };
      response.on("drain", more);
      more();
    });
    const error = await errorOf(open({ maxResponseBytes: 50_000 }).send(get(origin)));
    expect(error).toMatchObject({ code: "too_large", retryable: false });
    expect(error.hint).toContain("maxResponseBytes");
    await ended.promise;
  });

  it("may be exactly as long as is allowed", async () => {
    const origin = await servePlain((_request, response) => response.end(Buffer.alloc(1000)));
    expect((await open({ maxResponseBytes: 1000 }).send(get(origin))).body).toHaveLength(1000);
    expect((await errorOf(open({ maxResponseBytes: 999 }).send(get(origin)))).code).toBe("too_large");
  });

  it.each([
    ["ends before its length", "HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nabc"],
    ["ends within its chunks", "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"],
    ["ends before its last chunk", "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["ends within its headers", "HTTP/1.1 200 x\r\nContent-Le"],
    ["does not begin", ""],
  ])("that %s is a failed connection", async (_what, bytes) => {
    const origin = await serveBytes(bytes);
    expect(await errorOf(open().send(get(origin)))).toMatchObject({
      code: "connection_failed",
      retryable: true,
    });
    const write = await errorOf(open().send({ ...get(origin), method: "PUT" }));
    expect(write).toMatchObject({ code: "connection_failed", retryable: false });
    expect(write.message).toContain("It may or may not have been carried out.");
  });

  it("that is cut by a reset is a failed connection", async () => {
    const port = await serveRaw((socket) =>
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\nabc", () => socket.resetAndDestroy());
      }),
    );
    expect((await errorOf(open().send(get(`http://127.0.0.1:${port}`)))).code).toBe("connection_failed");
  });

  it("that is not HTTP is a protocol error", async () => {
    const origin = await serveBytes(`220 mail.example.org ${CANARY}\r\n`);
    const error = await errorOf(open().send(get(origin)));
    expect(error).toMatchObject({ code: "protocol_error", retryable: false });
  });

  it("with endless headers is too large", async () => {
    const origin = await serveBytes(`HTTP/1.1 200 x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect((await errorOf(open().send(get(origin)))).code).toBe("too_large");
  });
});

describe("connections", () => {
  it("are kept and used again, and no more are opened than allowed", async () => {
    const ports = new Set<number | undefined>();
    const origin = await servePlain(({ socket }, response) => {
      ports.add(socket.remotePort);
      response.end();
    });
    const transport = open({ connections: 3 });
    await Promise.all(Array.from({ length: 30 }, () => transport.send(get(origin))));
    await transport.send(get(origin));
    expect(ports.size).toBe(3);
  });

  it("that the server closes are replaced", async () => {
    const ports: (number | undefined)[] = [];
    const origin = await servePlain(({ socket }, response) => {
      ports.push(socket.remotePort);
      response.setHeader("connection", "close");
      response.end();
    });
    const transport = open({ connections: 1 });
    for (let i = 0; i < 3; i++) expect((await transport.send(get(origin))).status).toBe(200);
    expect(new Set(ports).size).toBe(3);
  });

  it("serve on after a request on one of them failed", async () => {
    const origin = await servePlain(({ url, socket }, response) => {
      if (url?.startsWith("/bad")) socket.destroy();
      else response.end();
    });
    const transport = open({ connections: 1 });
    expect((await errorOf(transport.send(get(origin, "/bad")))).code).toBe("connection_failed");
    expect((await transport.send(get(origin))).status).toBe(200);
  });
});
