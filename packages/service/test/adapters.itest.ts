import { Agent, createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createFetchHandler } from "@handlekit/service/fetch";
import { createNodeListener } from "@handlekit/service/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, createFixture, PREFIX, path, seed } from "./support.ts";

const pem = (key: { reveal(): Uint8Array }) => new TextDecoder().decode(key.reveal());
let server: Server;
let port: number;
let tls: { cert: string; key: string };
let ca: string;
let fixture: Awaited<ReturnType<typeof createFixture>>;

beforeAll(async () => {
  fixture = await createFixture({ now: Date.now });
  const { privateKey, publicKey } = await createKeyPair({ bits: 2048 });
  tls = {
    key: pem(privateKey),
    cert: await createSelfSignedCertificate({ privateKey, subject: `301:${PREFIX}/CERT` }),
  };
  await seed(fixture.store, `${PREFIX}/CERT`, [
    { index: 301, type: "HS_PUBKEY", data: { format: "key", value: publicKey } },
    { index: 9, type: "HIDDEN", data: "x", permissions: "1100" },
    admin("011111110011", 301, `${PREFIX}/CERT`),
  ]);
  const own = await createKeyPair({ bits: 2048 });
  ca = await createSelfSignedCertificate({
    privateKey: own.privateKey,
    subject: "server",
    hosts: ["127.0.0.1"],
  });
  // With session tickets, which hdl-server turns off: the adapter must not depend on that.
  server = createServer(
    { key: pem(own.privateKey), cert: ca, requestCert: true, rejectUnauthorized: false },
    createNodeListener(fixture.service, { maxBodyBytes: 2048 }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** One request; on `agent` connections are kept. */
function ask(
  agent: Agent,
  target: string,
  authorization?: string,
  body?: Buffer,
  method = body ? "PUT" : "GET",
) {
  return new Promise<{ status: number | undefined; text: string; reused: boolean; resumed: boolean }>(
    (resolve, reject) => {
      const headers = {
        ...(authorization ? { authorization } : {}),
        ...(body ? { "content-type": "application/json" } : {}),
      };
      const sent = request({ host: "127.0.0.1", port, path: target, method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        const resumed = (response.socket as import("node:tls").TLSSocket).isSessionReused();
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            text: Buffer.concat(chunks).toString(),
            reused: sent.reusedSocket,
            resumed,
          }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    },
  );
}

const HIDDEN = path("CERT?index=9");
const USE = 'Handle clientCert="true"';

describe("the node adapter", () => {
  it("uses a certificate on its connection from clientCert=true until clientCert=false", async () => {
    const agent = new Agent({ ca, ...tls, keepAlive: true, maxSockets: 1 });
    const codes = [];
    for (const header of [undefined, USE, undefined, 'Handle clientCert="false"', undefined]) {
      const { text } = await ask(agent, HIDDEN, header);
      codes.push((JSON.parse(text) as { responseCode: number }).responseCode);
    }
    agent.destroy();
    expect(codes).toEqual([200, 1, 1, 200, 200]);
  });

  it("has no certificate on a resumed session of a client without one", async () => {
    const agent = new Agent({ ca, keepAlive: false, maxCachedSessions: 10 });
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await ask(agent, HIDDEN, USE));
    agent.destroy();
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(answers.some(({ resumed }) => resumed)).toBe(true);
  });

  it("refuses a body that is too large, with or without Content-Length", async () => {
    const agent = new Agent({ ca });
    const answer = await ask(agent, path("x"), undefined, Buffer.alloc(3000));
    expect([answer.status, answer.text.includes("larger than 2048")]).toEqual([413, true]);
    expect((await ask(agent, path("x"), undefined, Buffer.from("[]"))).status).toBe(401);
    agent.destroy();
  });

  it("answers HEAD with the length of the body and without it", async () => {
    const agent = new Agent({ ca });
    const { status, text } = await ask(agent, path("Record"), undefined, undefined, "HEAD");
    agent.destroy();
    expect([status, text]).toEqual([200, ""]);
  });
});

describe("the fetch adapter", () => {
  const handler = () => createFetchHandler(fixture.service, { maxBodyBytes: 2048 });

  it("converts a Request to a Response", async () => {
    const response = await handler()(new Request(`https://h.example${path("Record")}?index=1`));
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "application/json;charset=utf-8",
    ]);
    expect(((await response.json()) as { responseCode: number }).responseCode).toBe(1);
    expect(
      (await handler()(new Request(`https://h.example${path("Record")}`, { method: "HEAD" }))).body,
    ).toBe(null);
  });

  it("authenticates only over https", async () => {
    const { text, headers } = await fixture.call("PUT", path("x"), { body: [], secure: false });
    expect([text.includes("402"), headers.some(([name]) => name === "WWW-Authenticate")]).toEqual([
      true,
      false,
    ]);
    const put = { method: "PUT", body: "[]", headers: { "content-type": "application/json" } };
    expect((await handler()(new Request(`http://h.example${path("x")}`, put))).status).toBe(403);
    const secure = await handler()(new Request(`https://h.example${path("x")}`, put));
    expect([secure.status, secure.headers.get("www-authenticate")?.startsWith("Basic")]).toEqual([401, true]);
  });

  it("limits the body", async () => {
    const put = { method: "PUT", body: "x".repeat(3000), headers: { "content-type": "application/json" } };
    expect((await handler()(new Request(`https://h.example${path("x")}`, put))).status).toBe(413);
  });
});
