import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { createClientCertificateAuth, createSecretKeySigner, createSessionAuth } from "@handlekit/auth";
import { type AuthStrategy, decodeUtf8, exchange } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createTransport } from "@handlekit/transport";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { blockBelow, readme, runBlock } from "./readme-blocks.ts";
import { createSessionServer } from "./session-server.ts";

const CLIENTS = ["### fetch", "### ky", "### axios", "### undici", "### got"];
const USER = "300:20.500.12345/USER1";
const BY_KEY = "301:20.500.12345/USER1";
const PASSWORD = "S3CR3T-of-the-readme";
const RECORD = "/api/handles/20.500.12345/abc";
const VALUES = [{ index: 1, type: "URL", data: "https://example.org/" }];
const BODY = JSON.stringify({ values: VALUES });

const MODULES: Readonly<Record<string, () => Promise<unknown>>> = {
  "node:crypto": () => import("node:crypto"),
  "node:https": () => import("node:https"),
  "@handlekit/auth": () => import("@handlekit/auth"),
  "@handlekit/core": () => import("@handlekit/core"),
  "@handlekit/transport": () => import("@handlekit/transport"),
  axios: () => import("axios"),
  got: () => import("got"),
  ky: () => import("ky"),
  undici: () => import("undici"),
};

interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

let ours: CertifiedKey;
let client: CertifiedKey;

async function issue(subject: string, hosts?: readonly string[]): Promise<CertifiedKey> {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const certificate = await createSelfSignedCertificate({ privateKey, subject, hosts });
  return { certificate, key: decodeUtf8(privateKey.reveal()) ?? "" };
}

beforeAll(async () => {
  ours = await issue("server", ["127.0.0.1"]);
  client = await issue(BY_KEY);
});

async function serve(listener: RequestListener, options: ServerOptions = {}): Promise<string> {
  const server = createServer({ cert: ours.certificate, key: ours.key, ...options }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Asks for the certificate as Handle.Net does: by renegotiation, when a request says that there is one. */
async function renegotiate({ socket, headers }: IncomingMessage): Promise<string | undefined> {
  const tls = socket as TLSSocket;
  if (headers.authorization === 'Handle clientCert="true"' && !tls.getPeerX509Certificate()) {
    await new Promise<void>((resolve, reject) => {
      tls.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
  return tls.getPeerX509Certificate()?.subject;
}

/** A server that renegotiates, and the requests that it got. */
async function serveCertified(keepAlive: boolean) {
  const seen: { readonly subject: string | undefined; readonly body: string }[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await readBody(request)).toString();
    const subject = await renegotiate(request);
    seen.push({ subject, body });
    if (!keepAlive) response.setHeader("connection", "close");
    response.writeHead(subject === undefined ? 401 : 201, { "content-type": "application/json" });
    response.end('{"responseCode":1}');
  };
  return { seen, origin: await serve(listener, { maxVersion: "TLSv1.2" }) };
}

function run(heading: string, origin: string, strategy: AuthStrategy): Promise<string[]> {
  const { certificate, key } = client;
  const address = `${origin}${RECORD}`;
  const given = { server: origin, ca: ours.certificate, certificate, key, strategy, address, values: VALUES };
  return runBlock(blockBelow(heading), given, MODULES);
}

const certified = (origin: string) =>
  createClientCertificateAuth({
    tls: { certificate: client.certificate, key: client.key },
    origins: [origin],
  });

describe.each(CLIENTS)("the example of the README below %s", (heading) => {
  it.each([true, false])("presents the certificate to a server that renegotiates (%s)", async (keepAlive) => {
    const { origin, seen } = await serveCertified(keepAlive);
    const strategy = certified(origin);
    const subject = `CN=${BY_KEY}`;
    for (const _ of [1, 2]) expect(await run(heading, origin, strategy)).toEqual(["201"]);
    expect(seen).toEqual([
      { subject, body: BODY },
      { subject, body: BODY },
    ]);
  });

  it("sends again when the server no longer knows the session", async () => {
    const sessions = createSessionServer({ [USER]: { secret: PASSWORD } });
    const origin = await serve(async (request, response) => {
      const { method = "", url = "", headers } = request;
      const { authorization } = headers;
      const answer = await sessions.respond({
        method,
        url: `${origin}${url}`,
        headers: authorization === undefined ? {} : { authorization },
        body: await readBody(request),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    const signer = createSecretKeySigner({ secret: PASSWORD, alg: "HMAC-SHA256" });
    const strategy = createSessionAuth({ identity: USER, signer, origins: [origin] });
    const transport = createTransport({ ca: ours.certificate });
    onTestFinished(() => transport.close());
    await exchange(strategy, { method: "GET", url: origin + RECORD, headers: {} }, transport);
    sessions.sessions.clear();
    sessions.seen.splice(0);

    expect(await run(heading, origin, strategy)).toEqual(["200"]);
    const bodies = sessions.seen
      .filter(({ url }) => url === origin + RECORD)
      .map(({ method, body }) => [method, body && decodeUtf8(body)]);
    expect(bodies).toEqual([
      ["PUT", BODY],
      ["PUT", BODY],
    ]);
  });

  it("sends nothing to another server", async () => {
    const { origin, seen } = await serveCertified(true);
    const error: unknown = await run(heading, origin, certified("https://handle.example.org")).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain("are not sent to");
    expect(seen).toEqual([]);
  });
});

it("is right that a request without SSL_OP_NO_TICKET is anonymous", async () => {
  const { origin, seen } = await serveCertified(false);
  const heading = "### undici";
  const without = blockBelow(heading).replace(/^.*SSL_OP_NO_TICKET,\n/m, "");
  const { certificate, key } = client;
  const given = {
    ca: ours.certificate,
    certificate,
    key,
    strategy: certified(origin),
    address: origin + RECORD,
    values: VALUES,
  };
  expect(await runBlock(without, given, MODULES)).toEqual(["401"]);
  expect(seen).toEqual([{ subject: undefined, body: BODY }]);
});

it("has a beginning of the examples that runs", async () => {
  const files = new Map([
    ["handle-server.pem", ours.certificate],
    ["certificate.pem", client.certificate],
    ["key.pem", client.key],
  ]);
  const { origin } = await serveCertified(true);
  const beginning = blockBelow("## In your own HTTP client").replace(
    "https://handle.example.org:8000",
    origin,
  );
  const code = `${beginning}\n{${blockBelow("### fetch").replace(/^import .*$/m, "")}}`;
  const given = { createFetch: (await import("@handlekit/transport")).createFetch };
  const modules = {
    ...MODULES,
    "node:fs/promises": async () => ({ readFile: (name: string) => files.get(name) }),
  };
  expect(await runBlock(code, given, modules)).toEqual(["201"]);
});

it("has a first example that runs and prints what it says", async () => {
  const seen: unknown[] = [];
  const handle = "20.500.12345/auth-example";
  const origin = await serve(async (request, response) => {
    const { method, url, headers } = request;
    const [user] = atob(headers.authorization?.replace("Basic ", "") ?? "").split(":");
    seen.push([method, url, user, JSON.parse((await readBody(request)).toString()).values.length]);
    response.writeHead(201).end(JSON.stringify({ responseCode: 1, handle }));
  });
  const code = blockBelow("## Ten lines");
  const transport = (await import("@handlekit/transport")).createFetch({ ca: ours.certificate });
  onTestFinished(() => transport.close());
  const { authFetch } = await import("@handlekit/auth");
  const modules = {
    "@handlekit/auth": async () => ({
      ...(await import("@handlekit/auth")),
      // In place of NODE_EXTRA_CA_CERTS, which counts only at the start of the process.
      authFetch: (strategy: AuthStrategy) => authFetch(strategy, { fetch: transport }),
    }),
  };
  const given = { process: { env: { HANDLE_PASSWORD: PASSWORD } } };
  const printed = await runBlock(code.replace("https://127.0.0.1:8000", origin), given, modules);
  expect(printed).toEqual([...code.matchAll(/\); \/\/ (.*)$/gm)].map(([, said]) => said));
  expect(seen).toEqual([["PUT", `/api/handles/${handle}`, "300%3A20.500.12345/ADMIN", 2]]);
});

it("names every export", async () => {
  const modules = [await import("@handlekit/auth"), await import("@handlekit/auth/wire")];
  const names = modules.flatMap((module) => Object.keys(module));
  expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(readme))).toEqual([]);
});
