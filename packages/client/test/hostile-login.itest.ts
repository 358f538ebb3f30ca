import { createSecretKeySigner, createSessionAuth } from "@handlekit/auth/session";
import { describe, expect, it } from "vitest";
import { answering, errorOf, HANDLE, open, PASSWORD, secure } from "./hostile-support.ts";

const IDENTITY = "300:20.500.12345/USER";

describe("a login to a hostile server", () => {
  async function sessionServer(challenge: object, status = 201) {
    const bodies: string[] = [];
    const server = await secure((request, out) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        bodies.push(body);
        out.writeHead(status).end(JSON.stringify(challenge));
      });
    });
    const strategy = createSessionAuth({
      identity: IDENTITY,
      signer: createSecretKeySigner({ secret: PASSWORD }),
      origins: [server],
    });
    return { client: open(server, { strategy }), bodies };
  }

  it.each<[attack: string, challenge: object]>([
    ["no nonce", { sessionId: "s" }],
    ["an empty nonce", { sessionId: "s", nonce: "" }],
    ["a nonce of 2 MB", { sessionId: "s", nonce: "A".repeat(2_000_000) }],
    ["a nonce that is no text", { sessionId: "s", nonce: 7 }],
    ["a session id that ends the header", { sessionId: 's"\r\nX: y', nonce: "AAAAAAAAAAAAAAAAAAAAAA==" }],
    ["a session id of 1 MB", { sessionId: "s".repeat(1_000_000), nonce: "AAAAAAAAAAAAAAAAAAAAAA==" }],
    ["a list", []],
  ])("signs nothing for %s", async (_, challenge) => {
    const { client, bodies } = await sessionServer(challenge);
    expect((await errorOf(() => client.count("20.500.12345"))).code).toBe("protocol_error");
    expect(bodies.join()).not.toContain("signature");
  });

  it("signs a nonce only together with one of its own, by the algorithm of its own choice", async () => {
    const nonce = Buffer.alloc(16, 7).toString("base64");
    const { client, bodies } = await sessionServer({ sessionId: "s", nonce, alg: "MD5", type: "HS_PUBKEY" });
    expect((await errorOf(() => client.delete(HANDLE))).code).toBe("authentication_failed");
    const sent = JSON.parse(bodies[1] ?? "{}") as Record<string, string>;
    expect([sent.type, sent.alg]).not.toContain("MD5");
    expect(sent.type).toBe("HS_SECKEY");
    expect(Buffer.from(sent.cnonce ?? "", "base64")).toHaveLength(16);
    expect(bodies.join()).not.toContain(PASSWORD);
  });

  it("is tried once more, and not for ever, by a server that refuses each session", async () => {
    let logins = 0;
    const nonce = Buffer.alloc(16, 7).toString("base64");
    const server = await secure((request, out) => {
      if (request.method === "PUT") logins++;
      const session = request.url?.startsWith("/api/sessions");
      out.setHeader("www-authenticate", `Handle sessionId="s", nonce="${nonce}"`);
      out.writeHead(session ? 200 : 401).end(JSON.stringify({ sessionId: "s", nonce, authenticated: true }));
    });
    const strategy = createSessionAuth({
      identity: IDENTITY,
      signer: createSecretKeySigner({ secret: PASSWORD }),
      origins: [server],
    });
    const client = open(server, { strategy });
    expect((await errorOf(() => client.count("20.500.12345"))).code).toBe("authentication_failed");
    expect(logins).toBeLessThanOrEqual(2);
  });

  it("sends the password to no other origin, whatever a redirect says", async () => {
    const asked: string[] = [];
    const other = await secure((request, out) => {
      asked.push(String(request.headers.authorization));
      out.end("{}");
    });
    const client = open(await secure(answering("", 307, { location: `${other}/api/handles/${HANDLE}` })));
    for (const call of [() => client.delete(HANDLE), () => client.count("20.500.12345")]) {
      expect((await errorOf(call)).code).toBe("redirected");
    }
    expect(asked).toEqual([]);
  });
});
