import { createHash, randomBytes } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { encodeBasic, formatHandleAuthorization, parseChallenges, signedBytes } from "@handlekit/auth/wire";
import { createClient } from "@handlekit/client";
import { encodeBase64, encodeUtf8, parseReference } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { serve } from "../support/hdl.ts";
import { beginningRaw, exchangeRaw, openTls, readAll, statusOf } from "../support/raw-tls.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

let site: Site;
let ca: string;
const admin = parseReference(`300:${PREFIX}/ADMIN`);
const basic = () => encodeBasic(admin, encodeUtf8(PASSWORD));
const FLAGS = ["--http-port", "0", "--request-timeout", "4000"];
const TARGET = `/api/handles/${PREFIX}/victim`;

beforeAll(async () => {
  site = await createSite(...FLAGS);
  ca = join(site.directory, "server-certificate.pem");
  const client = createClient(await loadCredentials(site.credentials.password));
  await client.create(`${PREFIX}/victim`, { URL: "https://example.org/" });
  await client.close();
});
afterAll(() => site?.remove());

/** One request on a connection of its own. */
function ask(
  method: string,
  target: string,
  headers: readonly string[],
  body = "",
  tls = {},
): Promise<string> {
  const length =
    body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`, "Content-Type: application/json"];
  const head = [`${method} ${target} HTTP/1.1`, "Host: h", "Connection: close", ...length, ...headers].join(
    "\r\n",
  );
  return exchangeRaw(site.url, ca, `${head}\r\n\r\n${body}`, tls);
}

const stillThere = async () => statusOf(await ask("GET", TARGET, [])) === 200;

async function challenge() {
  const answer = await ask("PUT", TARGET, [], "[]");
  const line = /^WWW-Authenticate: (Handle .*)\r$/m.exec(answer)?.[1] ?? "";
  const { handle } = parseChallenges(line);
  return { sessionId: handle?.sessionId ?? "", nonce: handle?.nonce ?? new Uint8Array() };
}

function signed(sessionId: string, nonce: Uint8Array): string {
  const cnonce = randomBytes(16);
  const message = signedBytes(nonce, cnonce);
  const signature = createHash("sha256").update(PASSWORD).update(message).update(PASSWORD).digest("base64");
  const claims = {
    id: `300:${PREFIX}/ADMIN`,
    type: "HS_SECKEY",
    alg: "SHA256",
    cnonce: encodeBase64(cnonce),
    signature,
  };
  return `Authorization: ${formatHandleAuthorization({ sessionId, ...claims })}`;
}

describe("nobody gets in who should not", () => {
  it("with a signature made for another nonce or another session", async () => {
    const [one, two] = [await challenge(), await challenge()];
    expect(statusOf(await ask("DELETE", TARGET, [signed(one.sessionId, two.nonce)]))).toBe(401);
    expect(statusOf(await ask("DELETE", TARGET, [signed(two.sessionId, one.nonce)]))).toBe(401);
    expect(statusOf(await ask("DELETE", TARGET, [signed("", one.nonce)]))).toBe(401);
    expect(await stillThere()).toBe(true);
  });

  it("with a sessionId that was guessed, changed, not answered or logged out", async () => {
    const { sessionId, nonce } = await challenge();
    const use = (id: string) => ask("DELETE", TARGET, [`Authorization: Handle sessionId="${id}"`]);
    expect(statusOf(await use(randomBytes(50).toString("base64url")))).toBe(401);
    expect(statusOf(await use(sessionId))).toBe(401);
    expect(statusOf(await ask("GET", `${TARGET}?index=1`, [signed(sessionId, nonce)]))).toBe(200);
    const changed = `${sessionId.slice(0, -2)}${sessionId.endsWith("AA") ? "BA" : "AA"}`;
    expect(statusOf(await use(changed))).toBe(401);
    await ask("DELETE", "/api/sessions/this", [`Authorization: Handle sessionId="${sessionId}"`]);
    expect(statusOf(await use(sessionId))).toBe(401);
    expect(await stillThere()).toBe(true);
  });

  it("with the right header over plain HTTP", async () => {
    const { port } = new URL(site.server.urls[1] ?? "");
    const socket = connectTcp(Number(port), "127.0.0.1");
    const all = readAll(socket);
    socket.write(
      `DELETE ${TARGET} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: ${basic()}\r\n\r\n`,
    );
    expect(statusOf(await all)).toBe(403);
    expect(await stillThere()).toBe(true);
  });

  it("with a certificate that names another, or with none", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const key = Buffer.from(privateKey.reveal());
    const cert = await createSelfSignedCertificate({ privateKey, subject: `301:${PREFIX}/ADMIN` });
    const header = 'Authorization: Handle clientCert="true"';
    expect(statusOf(await ask("DELETE", TARGET, [header], "", { key, cert }))).toBe(401);
    expect(statusOf(await ask("DELETE", TARGET, [header]))).toBe(401);
    expect(await stillThere()).toBe(true);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "by resuming a %s session of somebody with a certificate",
    async (version) => {
      const login = (await loadCredentials(site.credentials.certificate)).login;
      if (login?.kind !== "certificate") throw new Error("init made no certificate");
      const own = { key: Buffer.from(login.key.reveal()), cert: login.certificate };
      const limits = { minVersion: version, maxVersion: version };
      const first = await openTls(site.url, ca, { ...own, ...limits });
      const all = readAll(first);
      first.write(
        `GET ${TARGET} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Handle clientCert="true"\r\n\r\n`,
      );
      expect(statusOf(await all)).toBe(200);
      const session = first.getSession();
      const header = 'Authorization: Handle clientCert="true"';
      const resumed = await ask("DELETE", TARGET, [header], "", {
        ...limits,
        ...(session ? { session } : {}),
      });
      expect(statusOf(resumed)).toBe(401);
      expect(await stillThere()).toBe(true);
    },
  );

  it("by sending two identities, folding a header or hiding a second request", async () => {
    const wrong = `Authorization: ${encodeBasic(admin, encodeUtf8("S3CR3T-wrong"))}`;
    const right = `Authorization: ${basic()}`;
    expect(statusOf(await ask("DELETE", TARGET, [wrong, right]))).not.toBe(200);
    const hidden = `DELETE ${TARGET} HTTP/1.1\r\nHost: h\r\n${right}\r\n\r\n`;
    const both = ["Content-Length: 5", "Transfer-Encoding: chunked"];
    const answers = await ask("PUT", TARGET, both, "").then(String);
    expect(statusOf(answers)).toBe(400);
    const twice = await exchangeRaw(
      site.url,
      ca,
      `GET ${TARGET} HTTP/1.1\r\nHost: h\r\nContent-Length: ${hidden.length}\r\nContent-Length: 0\r\n\r\n${hidden}`,
    );
    expect(statusOf(twice)).toBe(400);
    expect(statusOf(await ask("GET", TARGET, ["Authorization : x"]))).toBe(400);
    expect(statusOf(await ask("GET", TARGET, ["X: a\0b"]))).toBe(400);
    expect(await stillThere()).toBe(true);
  });

  it("by writing the prefix or the suffix of a user in another case", async () => {
    const client = createClient(await loadCredentials(site.credentials.password));
    const user = `${PREFIX}/Mixed`;
    await client.create(user, [
      { type: "HS_SECKEY", index: 300, data: "S3CR3T-mixed", permissions: "1100" },
      {
        type: "HS_ADMIN",
        index: 100,
        data: { format: "admin", value: { handle: user, index: 300, permissions: "011111110011" } },
      },
    ]);
    await client.close();
    const as = (name: string) =>
      `Authorization: ${encodeBasic(parseReference(`300:${name}`), encodeUtf8("S3CR3T-mixed"))}`;
    const write = (name: string) =>
      ask("PUT", `/api/handles/${user}?index=5`, [as(name)], '[{"index":5,"type":"T","data":"x"}]');
    expect(statusOf(await write(user.toUpperCase()))).toBe(403);
    expect(statusOf(await write(user))).toBe(201);
  });

  it("through lists that go in circles", async () => {
    const client = createClient(await loadCredentials(site.credentials.password));
    const list = (handle: string, other: string) =>
      client.create(handle, [
        { type: "HS_VLIST", index: 200, data: { format: "vlist", value: [{ handle: other, index: 200 }] } },
        {
          type: "HS_ADMIN",
          index: 100,
          data: { format: "admin", value: { handle, index: 200, permissions: "011111110011" } },
        },
      ]);
    await list(`${PREFIX}/ring-a`, `${PREFIX}/ring-b`);
    await list(`${PREFIX}/ring-b`, `${PREFIX}/ring-a`);
    await client.close();
    expect(
      statusOf(await ask("DELETE", `/api/handles/${PREFIX}/ring-a`, [`Authorization: ${basic()}`])),
    ).toBe(403);
  });
});

describe("TLS", () => {
  it.each(["ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA", "AES128-GCM-SHA256", "AES256-SHA"])(
    "has no %s, and forward secrecy with authenticated encryption instead",
    async (ciphers) => {
      const only = { maxVersion: "TLSv1.2", ciphers: `${ciphers}:@SECLEVEL=0` } as const;
      await expect(openTls(site.url, ca, only)).rejects.toThrow(/handshake failure/i);
      const both = { maxVersion: "TLSv1.2", ciphers: `${ciphers}:ECDHE-RSA-AES128-GCM-SHA256` } as const;
      const socket = await openTls(site.url, ca, both);
      expect(socket.getCipher().name).toBe("ECDHE-RSA-AES128-GCM-SHA256");
      socket.destroy();
    },
  );

  it("carries HTTP/1.1 and nothing else", async () => {
    const socket = await openTls(site.url, ca, { ALPNProtocols: ["h2", "http/1.1"] });
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
    await expect(openTls(site.url, ca, { ALPNProtocols: ["h2"] })).rejects.toThrow(
      /no application protocol/i,
    );
  });

  it("has the suites of a setting, which must name one", async () => {
    await site.server.stop();
    const ports = ["--http-port", "0", "--tls-ciphers"];
    await expect(serve(site.directory, ...ports, "NO-SUCH-SUITE")).rejects.toThrow(
      /The setting tlsCiphers names no cipher suite/,
    );
    site.server = await serve(site.directory, ...ports, "AES128-GCM-SHA256");
    const socket = await openTls(site.url, ca, { maxVersion: "TLSv1.2" });
    expect(socket.getCipher().name).toBe("AES128-GCM-SHA256");
    socket.destroy();
    await site.server.stop();
    site.server = await serve(site.directory, ...FLAGS);
  });
});

describe("nobody stops the server", () => {
  it("with two Host headers", async () => {
    expect(statusOf(await ask("GET", TARGET, ["Host: other"]))).toBe(400);
    expect(statusOf(await ask("GET", TARGET, ["hOST: h"]))).toBe(400);
    expect(statusOf(await ask("GET", TARGET, ["X-Host: other"]))).toBe(200);
  });

  it("with a body over the limit, announced or not", async () => {
    const auth = `Authorization: ${basic()}`;
    const announced = `PUT ${TARGET} HTTP/1.1\r\nHost: h\r\n${auth}\r\nContent-Length: 99999999999\r\n\r\n`;
    expect(statusOf(await beginningRaw(site.url, ca, announced))).toBe(413);
    const chunk = `${(65_536).toString(16)}\r\n${"x".repeat(65_536)}\r\n`;
    const chunked = `PUT ${TARGET} HTTP/1.1\r\nHost: h\r\n${auth}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}`;
    expect(statusOf(await beginningRaw(site.url, ca, chunked))).toBe(413);
  });

  it("with a body, a header or a handshake that never ends", async () => {
    const slowBody = `PUT ${TARGET} HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic()}\r\nContent-Length: 10\r\n\r\n[`;
    const slowHeader = `GET ${TARGET} HTTP/1.1\r\nHost: h\r\nX-Slow: `;
    const answers = await Promise.all([
      exchangeRaw(site.url, ca, slowBody),
      exchangeRaw(site.url, ca, slowHeader),
    ]);
    expect(answers.map(statusOf)).toEqual([408, 408]);
  });

  it("with a header or a nesting without measure", async () => {
    expect(statusOf(await ask("GET", TARGET, [`X: ${"x".repeat(40_000)}`]))).toBe(431);
    expect(statusOf(await ask("GET", `${TARGET}${"x".repeat(9000)}`, []))).toBe(414);
    expect(statusOf(await ask("GET", `${TARGET}${"x".repeat(40_000)}`, []))).toBe(431);
    const nested = await ask("PUT", TARGET, [`Authorization: ${basic()}`], "[".repeat(200_000));
    expect([statusOf(nested), nested.includes("nests deeper")]).toEqual([400, true]);
  });

  it("with another version of HTTP", async () => {
    for (const line of [`GET ${TARGET} HTTP/0.9`, `GET ${TARGET} HTTP/2.0`]) {
      const answer = await exchangeRaw(site.url, ca, `${line}\r\nHost: h\r\n\r\n`);
      expect([line, statusOf(answer), answer.includes('"responseCode":4')]).toEqual([line, 505, true]);
    }
  });

  it("with a method it does not know", async () => {
    expect(statusOf(await ask("PATCH", TARGET, []))).toBe(501);
    const unknown = await ask("FOO", TARGET, []);
    expect(statusOf(unknown)).toBe(501);
    expect(unknown).toContain('{"responseCode":4,"message":"Unknown method FOO"}');
  });
});

describe("one port for HTTP and HTTPS", () => {
  it("tells them apart by the first byte, and authenticates nobody over HTTP", async () => {
    await site.server.stop();
    const port = await freePort();
    site.server = await serve(site.directory, "--https-port", String(port), "--http-port", String(port));
    expect(site.server.urls).toEqual([`https://127.0.0.1:${port}`, `http://127.0.0.1:${port}`]);
    const request = (auth: string) =>
      `DELETE ${TARGET} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: ${auth}\r\n\r\n`;
    const socket = connectTcp(port, "127.0.0.1");
    const plain = readAll(socket);
    socket.write(request(basic()));
    expect(statusOf(await plain)).toBe(403);
    const silent = connectTcp(port, "127.0.0.1");
    const end = readAll(silent);
    silent.end();
    expect(await end).toBe("");
    const large = `GET ${TARGET} HTTP/1.1\r\nHost: h\r\nX: ${"x".repeat(40_000)}\r\n\r\n`;
    expect(statusOf(await exchangeRaw(`https://127.0.0.1:${port}`, ca, large))).toBe(431);
    expect(statusOf(await exchangeRaw(`https://127.0.0.1:${port}`, ca, request(basic())))).toBe(200);
  });
});
