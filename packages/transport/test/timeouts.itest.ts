import type { IncomingMessage } from "node:http";
import { createTransport, type TransportOptions } from "@handlekit/transport";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CANARY, deferred, errorOf, servePlain, serveRaw } from "./servers.ts";

/** Long enough to connect on a busy machine, so that only the response is late. */
const QUICK = 250;

beforeAll(() => import("undici"));

function open(options: TransportOptions = {}) {
  const transport = createTransport({ retries: { limit: 0 }, ...options });
  onTestFinished(() => transport.close());
  return transport;
}

function request(origin: string, method = "GET") {
  return { method, url: `${origin}/api/x?q=${CANARY}`, headers: { authorization: `Basic ${CANARY}` } };
}

/** A server that never answers, and the next request that it gets. */
async function serveSilence() {
  let next = deferred<IncomingMessage>();
  const origin = await servePlain((incoming) => {
    next.resolve(incoming);
    next = deferred();
  });
  return { origin, next: () => next.promise };
}

const closed = ({ socket }: IncomingMessage) => new Promise((resolve) => socket.once("close", resolve));

describe("time-outs", () => {
  it("end a connection that is not made", async () => {
    const ended = deferred<void>();
    const port = await serveRaw((socket) => socket.resume().once("close", () => ended.resolve()));
    const transport = open({ timeouts: { connect: QUICK } });
    const error = await errorOf(transport.send(request(`https://127.0.0.1:${port}`, "PUT")));
    expect(error).toMatchObject({
      code: "timeout",
      retryable: true,
      message: `There was no connection to https://127.0.0.1:${port} within 250 ms.`,
    });
    expect(error.hint).toContain("timeouts.connect");
    await ended.promise;
  });

  it("end an attempt that is not answered, with its connection", async () => {
    const { origin, next } = await serveSilence();
    const arrived = next();
    const error = await errorOf(open({ timeouts: { attempt: QUICK } }).send(request(origin)));
    expect(error).toMatchObject({
      code: "timeout",
      retryable: true,
      message: `${origin} did not answer GET /api/x within 250 ms.`,
    });
    await closed(await arrived);
  });

  it("end an attempt whose answer does not end", async () => {
    const origin = await servePlain((_request, response) => {
      response.writeHead(200).write("{");
    });
    const error = await errorOf(open({ timeouts: { attempt: QUICK } }).send(request(origin)));
    expect(error.code).toBe("timeout");
  });

  it("report that a write may have been carried out, and are not retryable", async () => {
    const { origin } = await serveSilence();
    const methods = ["PUT", "POST", "DELETE"];
    const sent = [{ attempt: QUICK }, { total: QUICK }].flatMap((timeouts) =>
      methods.map((method) => errorOf(open({ timeouts }).send(request(origin, method)))),
    );
    for (const error of await Promise.all(sent)) {
      expect(error).toMatchObject({ code: "timeout", retryable: false });
      expect(error.message).toContain("It may or may not have been carried out.");
    }
  });

  it("end everything when the total is up, including the work of a strategy", async () => {
    const { origin, next } = await serveSilence();
    const arrived = next();
    const transport = open({ timeouts: { total: QUICK } });
    const error = await errorOf(transport.send(request(origin)));
    expect(error).toMatchObject({
      code: "timeout",
      retryable: true,
      message: `GET ${origin}/api/x was not finished within 250 ms in all.`,
    });
    await closed(await arrived);

    const strategy = {
      scheme: "slow",
      origins: ["https://127.0.0.1"],
      authenticate: () => new Promise<never>(() => {}),
    };
    const slow = await errorOf(transport.send(request("https://127.0.0.1", "PUT"), { strategy }));
    expect(slow).toMatchObject({ code: "timeout", retryable: true });
    expect(slow.message).not.toContain("may or may not");
  });

  it("do not count the wait for a free connection as part of the attempt", async () => {
    const paths: (string | undefined)[] = [];
    const origin = await servePlain(({ url }) => void paths.push(url));
    const transport = open({ connections: 1, timeouts: { attempt: QUICK } });
    const send = (path: string) => transport.send({ method: "GET", url: `${origin}/${path}`, headers: {} });
    const errors = await Promise.all([errorOf(send("first")), errorOf(send("second"))]);
    expect(errors.map(({ message }) => message)).toEqual([
      `${origin} did not answer GET /first within 250 ms.`,
      `${origin} did not answer GET /second within 250 ms.`,
    ]);
    expect(paths).toEqual(["/first", "/second"]);
  });

  it("count the wait for a free connection as part of the total", async () => {
    const { origin, next } = await serveSilence();
    const transport = open({ connections: 1, timeouts: { total: QUICK } });
    const arrived = next();
    const both = [errorOf(transport.send(request(origin))), errorOf(transport.send(request(origin)))];
    await arrived;
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual(["timeout", "timeout"]);
  });
});

describe("an abort", () => {
  it("ends the request at once and closes its socket", async () => {
    const { origin, next } = await serveSilence();
    const arrived = next();
    const controller = new AbortController();
    const error = errorOf(open().send(request(origin, "PUT"), { signal: controller.signal }));
    const gone = closed(await arrived);
    controller.abort(new Error(CANARY));
    expect(await error).toMatchObject({ code: "aborted", retryable: false });
    expect((await error).message).toContain("It may or may not have been carried out.");
    await gone;
  });

  it("reports that a write may have been carried out, even if it is repeatable", async () => {
    for (const [method, said] of [
      ["PUT", true],
      ["GET", false],
    ] as const) {
      const { origin, next } = await serveSilence();
      const arrived = next();
      const controller = new AbortController();
      const how = { signal: controller.signal, repeatable: true };
      const error = errorOf(open().send(request(origin, method), how));
      await arrived;
      controller.abort();
      expect([method, (await error).message.includes("may or may not")]).toEqual([method, said]);
    }
  });

  it("ends a connection that is being made", async () => {
    const arrived = deferred<void>();
    const ended = deferred<void>();
    const port = await serveRaw((socket) => {
      socket.once("data", () => arrived.resolve()).once("close", () => ended.resolve());
    });
    const controller = new AbortController();
    const sent = open().send(request(`https://127.0.0.1:${port}`, "PUT"), { signal: controller.signal });
    const error = errorOf(sent);
    await arrived.promise;
    controller.abort();
    expect((await error).message).not.toContain("may or may not");
    await ended.promise;
  });

  it("before the start sends nothing", async () => {
    let requests = 0;
    const origin = await servePlain((_request, response) => {
      requests += 1;
      response.end();
    });
    const transport = open();
    const error = await errorOf(transport.send(request(origin), { signal: AbortSignal.abort(CANARY) }));
    expect(error.code).toBe("aborted");
    await transport.send(request(origin));
    expect(requests).toBe(1);
  });

  it("of a request that waits for a connection leaves the others alone", async () => {
    const answer = deferred<void>();
    const paths: (string | undefined)[] = [];
    const origin = await servePlain(async ({ url }, response) => {
      paths.push(url);
      await answer.promise;
      response.end();
    });
    const transport = open({ connections: 1 });
    const send = (path: string, signal?: AbortSignal) =>
      transport.send({ method: "GET", url: `${origin}/${path}`, headers: {} }, signal ? { signal } : {});
    const controller = new AbortController();
    const first = send("first");
    const second = errorOf(send("second", controller.signal));
    const third = send("third");
    controller.abort();
    expect((await second).code).toBe("aborted");
    answer.resolve();
    expect((await Promise.all([first, third])).map(({ status }) => status)).toEqual([200, 200]);
    expect(paths).toEqual(["/first", "/third"]);
  });

  it("of one request does not end a login that others wait for", async () => {
    const login = deferred<void>();
    const loginArrived = deferred<void>();
    const paths: (string | undefined)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { pathname } = new URL(String(input));
      paths.push(pathname);
      if (pathname !== "/login") return new Response();
      loginArrived.resolve();
      return await new Promise<Response>((resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        void login.promise.then(() => resolve(new Response("ticket")));
      });
    };
    const origin = "https://handle.example.org";
    let shared: Promise<unknown> | undefined;
    const strategy = {
      scheme: "session",
      origins: [origin],
      async authenticate(
        wire: ReturnType<typeof request>,
        context: { send(wire: unknown): Promise<unknown> },
      ) {
        shared ??= context.send({ method: "POST", url: `${origin}/login`, headers: {} });
        await shared;
        return wire;
      },
    };
    const transport = open({ fetch });
    const controller = new AbortController();
    const first = errorOf(transport.send(request(origin), { strategy, signal: controller.signal }));
    const second = transport.send(request(origin), { strategy });
    await loginArrived.promise;
    controller.abort();
    expect((await first).code).toBe("aborted");
    login.resolve();
    expect((await second).status).toBe(200);
    expect(paths).toEqual(["/login", "/api/x"]);
  });
});

describe("close", () => {
  it("ends what is under way and refuses what comes later", async () => {
    const { origin, next } = await serveSilence();
    const arrived = next();
    const transport = open();
    const error = errorOf(transport.send(request(origin)));
    const gone = closed(await arrived);
    await transport.close();
    expect((await error).code).toBe("aborted");
    await gone;
    expect((await errorOf(transport.send(request(origin)))).message).toContain("the transport was closed");
    await transport.close();
  });

  it("ends idle connections", async () => {
    const arrived = deferred<IncomingMessage>();
    const origin = await servePlain((incoming, response) => {
      arrived.resolve(incoming);
      response.setHeader("keep-alive", "timeout=600");
      response.end();
    });
    const transport = open();
    await transport.send(request(origin));
    const gone = closed(await arrived.promise);
    await transport.close();
    await gone;
  });
});
