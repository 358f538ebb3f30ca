import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type AuthStrategy, isHandleError, type WireRequest } from "@handlekit/core";
import { addTrustTests } from "./add-trust-tests.ts";
import { checkSuite, type TestApi } from "./test-api.ts";
import { CANARY, codeOf, type Running, type TransportSubject, withServer } from "./transport-suite.ts";

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Adds tests of the contract of a transport: requests and responses are passed on unchanged, redirects are not followed,
 * an abort ends the connection, strategies are used, and TLS is verified. Its server listens on 127.0.0.1.
 *
 * @param name the name of the transport in the test report
 * @param subject creates the transports, and has the certificate of the suite's server
 * @param api the functions of the test runner
 * @example
 * ```ts
 * import { describe, expect, it } from "vitest";
 * describeTransport("my transport", { createTransport, tls: { certificate, key, ca } }, { describe, expect, it });
 * ```
 */
export function describeTransport(name: string, subject: TransportSubject, api: TestApi): void {
  checkSuite("describeTransport", name, subject, api, {
    createTransport: ["function"],
    trusts: ["boolean", "undefined"],
    tls: ["object"],
  });
  const { describe, it, expect } = api;

  const answering = (listener: RequestListener, run: (running: Running) => Promise<void>) => () =>
    withServer(subject, listener, run);

  const get = (origin: string, path = "/"): WireRequest => ({
    method: "GET",
    url: `${origin}${path}`,
    headers: {},
  });

  const strategyFor = (origin: string, more: Partial<AuthStrategy> = {}): AuthStrategy => ({
    scheme: "contract",
    origins: [origin],
    authenticate: (request) => ({
      ...request,
      headers: { ...request.headers, authorization: `Basic ${CANARY}` },
    }),
    ...more,
  });

  describe(`${name} as a transport`, () => {
    it(
      "sends the method, the path, the headers and the body",
      answering(
        async (request, response) => {
          const { method, url, headers } = request;
          const body = await bodyOf(request);
          response.end(
            JSON.stringify({ method, url, type: headers["content-type"], x: headers["x-test"], body }),
          );
        },
        async ({ transport, origin }) => {
          const response = await transport.send({
            method: "PUT",
            url: `${origin}/api/handles/20.500.12345/a%20b?overwrite=true`,
            headers: { "content-type": "application/json", "x-test": "1" },
            body: new TextEncoder().encode('{"é":1}'),
          });
          expect(JSON.parse(new TextDecoder().decode(response.body))).toEqual({
            method: "PUT",
            url: "/api/handles/20.500.12345/a%20b?overwrite=true",
            type: "application/json",
            x: "1",
            body: '{"é":1}',
          });
        },
      ),
    );

    it(
      "returns the status, the headers in lower case and the bytes",
      answering(
        (_request, response) => {
          response.writeHead(404, { "X-Test": "Yes" }).end(Buffer.from([0, 255, 128]));
        },
        async ({ transport, origin }) => {
          const { status, headers, body } = await transport.send(get(origin));
          expect(status).toBe(404);
          expect(headers["x-test"]).toBe("Yes");
          expect([...(body ?? [])]).toEqual([0, 255, 128]);
        },
      ),
    );

    it(
      "has no body if the response is empty, and returns an error status too",
      answering(
        (_request, response) => {
          response.writeHead(503, { "content-length": "0" }).end();
        },
        async ({ transport, origin }) => {
          const response = await transport.send(get(origin));
          expect(response.status).toBe(503);
          expect("body" in response && response.body !== undefined).toBe(false);
        },
      ),
    );

    it(
      "joins repeated headers",
      answering(
        (_request, response) => {
          response.setHeader("www-authenticate", ['Basic realm="handle"', 'Handle sessionId="x"']);
          response.writeHead(401).end();
        },
        async ({ transport, origin }) => {
          const { headers } = await transport.send(get(origin));
          expect(headers["www-authenticate"]).toBe('Basic realm="handle", Handle sessionId="x"');
        },
      ),
    );

    it("never follows a redirect, and returns a 300", async () => {
      const seen: (string | undefined)[] = [];
      const listener = ({ url }: IncomingMessage, response: ServerResponse) => {
        seen.push(url);
        response.writeHead(Number(url?.slice(1)), { location: "/elsewhere" }).end();
      };
      await withServer(subject, listener, async ({ transport, origin }) => {
        for (const status of [301, 302, 303, 307, 308]) {
          expect(await codeOf(transport.send(get(origin, `/${status}`)))).toBe("redirected");
        }
        expect((await transport.send(get(origin, "/300"))).status).toBe(300);
      });
      expect(seen).toEqual(["/301", "/302", "/303", "/307", "/308", "/300"]);
    });

    it("closes the connection at once when the caller aborts", async () => {
      let onRequest = (_request: IncomingMessage) => {};
      const arrived = new Promise<IncomingMessage>((resolve) => {
        onRequest = resolve;
      });
      const listener = (request: IncomingMessage) => onRequest(request);
      await withServer(subject, listener, async ({ transport, origin }) => {
        const controller = new AbortController();
        const code = codeOf(transport.send(get(origin), { signal: controller.signal }));
        const { socket } = await arrived;
        const closed = new Promise((resolve) => socket.once("close", resolve));
        controller.abort();
        expect(await code).toBe("aborted");
        await closed;
      });
    });

    it("sends nothing if the caller has already aborted", async () => {
      let requests = 0;
      const listener = (_request: IncomingMessage, response: ServerResponse) => {
        requests += 1;
        response.end();
      };
      await withServer(subject, listener, async ({ transport, origin }) => {
        const code = await codeOf(transport.send(get(origin), { signal: AbortSignal.abort() }));
        expect(code).toBe("aborted");
        await transport.send(get(origin));
      });
      expect(requests).toBe(1);
    });

    it("refuses to send credentials over plain http or to another server", async () => {
      let requests = 0;
      const listener = (_request: IncomingMessage, response: ServerResponse) => {
        requests += 1;
        response.end();
      };
      await withServer(subject, listener, async ({ transport, origin }) => {
        const plain = origin.replace("https:", "http:");
        const own = { strategy: strategyFor(plain) };
        expect(await codeOf(transport.send(get(plain), own))).toBe("insecure_connection");
        const foreign = { strategy: strategyFor("https://handle.example.org") };
        expect(await codeOf(transport.send(get(origin), foreign))).toBe("insecure_connection");
      });
      expect(requests).toBe(0);
    });

    it("calls authenticate and settle, and sends again once if settle returns resend", async () => {
      const seen: (string | undefined)[] = [];
      const settled: number[] = [];
      const listener = ({ headers }: IncomingMessage, response: ServerResponse) => {
        seen.push(headers.authorization);
        response.writeHead(400 + seen.length).end();
      };
      await withServer(subject, listener, async ({ transport, origin }) => {
        const strategy = strategyFor(origin, {
          settle({ status }) {
            settled.push(status);
            return "resend";
          },
        });
        expect((await transport.send(get(origin), { strategy })).status).toBe(402);
      });
      expect(seen).toEqual([`Basic ${CANARY}`, `Basic ${CANARY}`]);
      expect(settled).toEqual([401, 402]);
    });

    it("sends the requests of a strategy itself", async () => {
      const seen: string[] = [];
      const listener = ({ url, headers }: IncomingMessage, response: ServerResponse) => {
        seen.push(`${url} ${headers.authorization ?? "nobody"}`);
        response.end("ticket");
      };
      await withServer(subject, listener, async ({ transport, origin }) => {
        const strategy = strategyFor(origin, {
          async authenticate(request, context) {
            const { body } = await context.send(get(origin, "/login"));
            return {
              ...request,
              headers: { ...request.headers, authorization: new TextDecoder().decode(body) },
            };
          },
        });
        await transport.send(get(origin, "/api"), { strategy });
      });
      expect(seen).toEqual(["/login nobody", "/api ticket"]);
    });

    it("verifies the server's certificate", async () => {
      let requests = 0;
      const listener = (_request: IncomingMessage, response: ServerResponse) => {
        requests += 1;
        response.end();
      };
      await withServer(subject, listener, async ({ origin }) => {
        const untrusting = await subject.createTransport({});
        try {
          expect(await codeOf(untrusting.send(get(origin)))).toBe("tls_untrusted");
        } finally {
          await untrusting.close();
        }
      });
      expect(requests).toBe(0);
    });

    addTrustTests(subject, api);

    it("keeps the request's headers and query out of its errors", async () => {
      const listener = (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(302, { location: `/elsewhere?${CANARY}` }).end();
      };
      await withServer(subject, listener, async ({ transport, origin }) => {
        const request = { ...get(origin, `/?${CANARY}`), headers: { authorization: `Basic ${CANARY}` } };
        const thrown: unknown = await transport.send(request).catch((error: unknown) => error);
        expect(isHandleError(thrown, "redirected")).toBe(true);
        const shown = isHandleError(thrown)
          ? [thrown.message, thrown.hint, thrown.stack, String(thrown.cause)]
          : [];
        expect(shown.join("\n").includes(CANARY)).toBe(false);
      });
    });
  });
}
