import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { authFetch } from "@handlekit/auth";
import { createBasicAuth } from "@handlekit/auth/basic";
import { isHandleError } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { Agent, fetch as undiciFetch } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let server: Server;
let origin: string;
let agent: Agent;
const seen: { method: string | undefined; authorization: string | undefined; body: string }[] = [];

beforeAll(async () => {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const cert = await createSelfSignedCertificate({ privateKey, subject: "test", hosts: ["127.0.0.1"] });
  server = createServer({ cert, key: new TextDecoder().decode(privateKey.reveal()) }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { authorization } = request.headers;
      seen.push({ method: request.method, authorization, body: Buffer.concat(chunks).toString() });
      if (request.url === "/elsewhere") response.writeHead(302, { location: "https://other.example/" }).end();
      else response.writeHead(request.method === "DELETE" ? 204 : 200, { "x-made": "yes" }).end("done");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  agent = new Agent({ connect: { ca: cert } });
});

afterAll(async () => {
  await agent.close();
  server.close();
});

const send = () =>
  authFetch(createBasicAuth({ identity: "300:a/b", password: "S3CR3T", origins: [origin] }), {
    fetch: (url, init) => undiciFetch(url, { ...init, dispatcher: agent }),
  });

describe("authFetch", () => {
  it("adds the identity to each request", async () => {
    const response = await send()(`${origin}/x`, { method: "PUT", body: "content" });
    expect([response.status, response.headers.get("x-made"), await response.text()]).toEqual([
      200,
      "yes",
      "done",
    ]);
    const last = seen.at(-1);
    expect([last?.method, last?.body, last?.authorization?.startsWith("Basic ")]).toEqual([
      "PUT",
      "content",
      true,
    ]);
  });

  it("accepts a Request, and reads a stream whole", async () => {
    const body = new Blob(["con", "tent"]).stream();
    await send()(`${origin}/x`, { method: "POST", body });
    await send()(new Request(`${origin}/x`, { method: "POST", body: "content" }));
    expect(seen.slice(-2).map((request) => [request.method, request.body])).toEqual([
      ["POST", "content"],
      ["POST", "content"],
    ]);
  });

  it("ends with the signal of the request", async () => {
    const before = seen.length;
    const reason = new Error("enough");
    const init = { signal: AbortSignal.abort(reason) };
    expect(await send()(`${origin}/x`, init).catch((e: unknown) => e)).toBe(reason);
    const error = await send()(`${origin}/x`, { ...init, method: "PUT", body: "x" }).catch((e: unknown) => e);
    expect(isHandleError(error, "aborted")).toBe(true);
    expect(seen.length).toBe(before);
  });

  it("returns an empty response", async () => {
    const response = await send()(new URL(`${origin}/x`), { method: "DELETE" });
    expect([response.status, await response.text()]).toEqual([204, ""]);
  });

  it("does not follow a redirect", async () => {
    const response = await send()(`${origin}/elsewhere`, { redirect: "follow" });
    expect([response.url, response.status, response.headers.get("location")]).toEqual([
      `${origin}/elsewhere`,
      302,
      "https://other.example/",
    ]);
  });

  it("refuses another origin before anything is sent", async () => {
    const before = seen.length;
    const error = await send()("https://localhost:1/").catch((e: unknown) => e);
    expect(isHandleError(error, "insecure_connection")).toBe(true);
    expect(seen.length).toBe(before);
  });
});
