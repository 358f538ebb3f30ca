import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { type AuthStrategy, encodeUtf8, secret } from "@handlekit/core";
import { createTransport, type Transport } from "@handlekit/transport";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Authority, type CertifiedKey, createAuthority } from "./certificates.ts";
import { CANARY, deferred, errorOf, serveRaw, serveTls } from "./servers.ts";

interface Seen {
  readonly name: string | undefined;
  readonly reused: boolean;
  readonly protocol: string | null;
  readonly port: number | undefined;
}

let authority: Authority;
let server: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority("CA of the tests");
  server = await authority.issue({ subject: "server", hosts: ["127.0.0.1"] });
});

async function strategyOf(name: string, origin: string): Promise<AuthStrategy> {
  const { certificate, key } = await authority.issue({ subject: name });
  return {
    scheme: "client-certificate",
    origins: [origin],
    tls: { certificate, key: secret(key) },
    authenticate: (request) => ({
      ...request,
      headers: { ...request.headers, authorization: 'Handle clientCert="true"' },
    }),
  };
}

function open(): Transport {
  const transport = createTransport({ ca: authority.certificate });
  onTestFinished(() => transport.close());
  return transport;
}

function answer({ socket }: IncomingMessage, response: ServerResponse): void {
  const tls = socket as TLSSocket;
  const seen: Seen = {
    name: tls.getPeerX509Certificate()?.subject,
    reused: tls.isSessionReused(),
    protocol: tls.getProtocol(),
    port: socket.remotePort,
  };
  response.end(JSON.stringify(seen));
}

async function ask(transport: Transport, origin: string, strategy?: AuthStrategy): Promise<Seen> {
  const request = { method: "GET", url: `${origin}/api/sessions/this`, headers: {} };
  const { body } = await transport.send(request, strategy ? { strategy } : {});
  return JSON.parse(new TextDecoder().decode(body)) as Seen;
}

/** As Handle.Net does: requests the certificate only after a request says that there is one. */
function renegotiate(request: IncomingMessage, response: ServerResponse): void {
  const tls = request.socket as TLSSocket;
  const wanted = request.headers.authorization?.includes('clientCert="true"');
  if (!wanted || tls.getPeerX509Certificate()) answer(request, response);
  else {
    tls.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) => {
      if (error) response.writeHead(400).end();
      else answer(request, response);
    });
  }
}

describe("a client certificate", () => {
  it("is presented on the connections of its strategy only", async () => {
    const origin = await serveTls(server, answer, { requestCert: true, rejectUnauthorized: false });
    const transport = open();
    const one = await strategyOf("300:20.500.12345/ONE", origin);
    const two = await strategyOf("300:20.500.12345/TWO", origin);
    const seen: Seen[] = [];
    for (const strategy of [undefined, one, two, undefined, one, two]) {
      seen.push(await ask(transport, origin, strategy));
    }
    const expected = [undefined, "CN=300:20.500.12345/ONE", "CN=300:20.500.12345/TWO"];
    expect(seen.map(({ name }) => name)).toEqual([...expected, ...expected]);
    expect(new Set(seen.map(({ port }) => port)).size).toBe(3);
  });

  it("is presented to a server that renegotiates, on each new connection", async () => {
    const origin = await serveTls(
      server,
      (request, response) => {
        response.setHeader("connection", "close");
        renegotiate(request, response);
      },
      { maxVersion: "TLSv1.2" },
    );
    const transport = open();
    const strategy = await strategyOf("300:20.500.12345/ADMIN", origin);
    const first = await ask(transport, origin, strategy);
    const second = await ask(transport, origin, strategy);
    for (const seen of [first, second]) {
      expect(seen).toMatchObject({ name: "CN=300:20.500.12345/ADMIN", reused: false, protocol: "TLSv1.2" });
    }
    expect(second.port).not.toBe(first.port);
    expect((await ask(transport, origin)).name).toBe(undefined);
  });

  it("stays on the connection that was renegotiated", async () => {
    const origin = await serveTls(server, renegotiate, { maxVersion: "TLSv1.2" });
    const transport = open();
    const strategy = await strategyOf("300:20.500.12345/ADMIN", origin);
    const first = await ask(transport, origin, strategy);
    const second = await ask(transport, origin, strategy);
    expect(second).toEqual(first);
    expect(second.name).toBe("CN=300:20.500.12345/ADMIN");
  });

  it("is used with TLS 1.2, without session tickets", async () => {
    const hellos: Uint8Array[] = [];
    let arrived = deferred<void>();
    const port = await serveRaw((socket) =>
      socket.once("data", (bytes) => {
        hellos.push(bytes);
        arrived.resolve();
      }),
    );
    const origin = `https://127.0.0.1:${port}`;
    const transport = open();
    const strategy = await strategyOf("300:20.500.12345/ADMIN", origin);
    for (const options of [{}, { strategy }]) {
      arrived = deferred();
      const controller = new AbortController();
      const request = { method: "GET", url: origin, headers: {} };
      const aborted = errorOf(transport.send(request, { ...options, signal: controller.signal }));
      await arrived.promise;
      controller.abort();
      expect((await aborted).code).toBe("aborted");
    }
    const SESSION_TICKET = 35;
    const SUPPORTED_VERSIONS = 43; // Only a client that knows TLS 1.3 sends it.
    const [anonymous, certified] = hellos.map(extensionsOf);
    expect(anonymous).toEqual(expect.arrayContaining([SESSION_TICKET, SUPPORTED_VERSIONS]));
    expect(certified).not.toContain(SESSION_TICKET);
    expect(certified).not.toContain(SUPPORTED_VERSIONS);
  });

  it("is refused with another certificate's key, without showing the key", async () => {
    const origin = await serveTls(server, answer);
    const mine = await authority.issue({ subject: "300:20.500.12345/ADMIN" });
    const other = await authority.issue({ subject: "300:20.500.12345/OTHER" });
    for (const key of [other.key, `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`]) {
      const strategy: AuthStrategy = {
        ...(await strategyOf("x", origin)),
        tls: { certificate: mine.certificate, key: { reveal: () => encodeUtf8(key) } },
      };
      const error = await errorOf(open().send({ method: "GET", url: origin, headers: {} }, { strategy }));
      expect(error.code).toBe("invalid_key");
    }
  });

  it("that is external needs a fetch that presents it", async () => {
    const origin = await serveTls(server, answer);
    const strategy: AuthStrategy = { ...(await strategyOf("x", origin)), tls: "external" };
    const request = { method: "GET", url: origin, headers: {} };
    expect((await errorOf(open().send(request, { strategy }))).code).toBe("invalid_options");
    const sent: string[] = [];
    const external = createTransport({
      fetch: async (input) => {
        sent.push(String(input));
        return new Response("ok");
      },
    });
    expect((await external.send(request, { strategy })).status).toBe(200);
    expect(sent).toEqual([origin]);
    const own = await strategyOf("x", origin);
    expect((await errorOf(external.send(request, { strategy: own }))).code).toBe("not_supported");
  });
});

/** The numbers of the extensions of a ClientHello. */
function extensionsOf(record: Uint8Array): number[] {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  let at = 5 + 4 + 2 + 32; // The record's header, the message's, the version and the random.
  at += 1 + view.getUint8(at); // The session.
  at += 2 + view.getUint16(at); // The cipher suites.
  at += 1 + view.getUint8(at); // The compression methods.
  const end = at + 2 + view.getUint16(at);
  const found: number[] = [];
  for (at += 2; at < end; at += 4 + view.getUint16(at + 2)) found.push(view.getUint16(at));
  return found;
}
