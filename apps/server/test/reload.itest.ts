// Reloads of a server on a data directory: what is taken on, what is refused, and what its files do to it.
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import type { Logger } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { init } from "../src/init/init.ts";
import { readSettings } from "../src/read-settings.ts";
import { type ServedDirectory, serve } from "../src/serve.ts";

const PREFIX = "20.500.12345";
const WATCH_EVERY = 20;
let folder: string;
let directory: string;
let server: ServedDirectory;
const log: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
const logger = Object.fromEntries(
  ["debug", "info", "warn", "error"].map((level) => [
    level,
    (message: string, fields = {}) => log.push({ level, message, fields }),
  ]),
) as unknown as Logger;

const at = (name: string) => join(directory, name);
const configure = (settings: object) =>
  writeFile(
    at("config.json"),
    JSON.stringify({ httpsPort: 0, metricsPort: 0, accessLog: false, ...settings }),
  );
const reload = () => server.reload(() => readSettings(directory, {}, {}));
const logged = (message: string) => log.filter((line) => line.message.includes(message));

async function createTls(name: string) {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const certificate = await createSelfSignedCertificate({ privateKey, subject: name, hosts: ["127.0.0.1"] });
  return { certificate, key: new TextDecoder().decode(privateKey.reveal()) };
}

function get(path: string, headers = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { rejectUnauthorized: false, agent: false, headers };
    request(`${server.urls[0]}${path}`, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}

/** Resolves to the common name of the certificate that new connections see. */
function certificateName(): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.urls[0] ?? "");
    const socket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false });
    socket.once("error", reject).once("secureConnect", () => {
      const { subject } = socket.getPeerCertificate() as PeerCertificate;
      socket.destroy();
      resolve(String(subject.CN));
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = join(folder, "data");
  await init(directory, { prefix: PREFIX });
  await configure({});
  server = await serve(
    directory,
    await readSettings(directory, {}, {}),
    logger,
    {},
    {
      watchEvery: WATCH_EVERY,
    },
  );
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  log.length = 0;
});

describe("a reload", () => {
  it("takes on settings of the service and of the listeners, and names those that need a restart", async () => {
    const user = {
      authorization: `Basic ${Buffer.from(`300:${PREFIX}/ADMIN:S3CR3T-wrong`).toString("base64")}`,
    };
    const fail = async () => (await get(`/api/handles/${PREFIX}/ADMIN`, user)).status;
    expect([await fail(), await fail()]).toEqual([401, 401]);
    await configure({
      failedLoginsPerAddress: 1,
      hstsMaxAge: 60,
      accessLog: true,
      httpPort: 0,
      maxBodyBytes: 2048,
    });
    expect(await reload()).toBe(true);
    const changed = logged("reloaded").flatMap(({ fields }) => fields.changed as string[]);
    expect(changed.toSorted()).toEqual(["accessLog", "failedLoginsPerAddress", "hstsMaxAge"]);
    expect(logged("until the server is restarted")).toEqual([
      expect.objectContaining({
        level: "warn",
        fields: { settings: expect.arrayContaining(["httpPort", "maxBodyBytes"]) },
      }),
    ]);
    log.length = 0;
    expect([await fail(), await fail()]).toEqual([401, 429]);
    expect((await get("/api/site")).status).toBe(200);
    expect(logged("request")).toHaveLength(3);
    await configure({});
    expect(await reload()).toBe(true);
  });

  it("takes on limits of connections, and leaves open ones alone", async () => {
    await configure({ maxConnections: 1 });
    const { port } = new URL(server.urls[0] ?? "");
    const socket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false });
    await new Promise((resolve) => socket.once("secureConnect", resolve));
    expect(await reload()).toBe(true);
    await expect(get("/api/site")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(logged("connections are refused")).toHaveLength(1);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const answered = new Promise((resolve) => socket.once("data", resolve));
    socket.write("GET /api/site HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    expect(String(await answered)).toContain("HTTP/1.1 200");
    await closed;
    await configure({});
    await reload();
    expect((await get("/api/site")).status).toBe(200);
  });

  it.each<[string, string, RegExp]>([
    ["a file that is no JSON", "{", /config\.json is not a JSON object/],
    ["a setting out of range", '{"maxConnections":0}', /The setting maxConnections \(config\.json\)/],
    ["an unknown setting", '{"maxConections":5}', /maxConections/],
    ["an administrator that is none", '{"serverAdmins":["admin"]}', /admin/],
    ["a range that is none", '{"ardcProxies":["10.0.0.0/99"]}', /ardcProxies/],
    ["cipher suites that do not exist", '{"tlsCiphers":"NONE-AT-ALL"}', /tlsCiphers/],
    ["a certificate that is not there", '{"tlsCertificate":"no.pem"}', /no\.pem cannot be read/],
    ["a key of another certificate", '{"tlsKey":"admin-key.pem"}', /cannot be used together/],
    ["a password that is not there", '{"searchUser":"reader"}', /searchUser/],
  ])("with %s changes nothing, and says why", async (_, config, why) => {
    const before = [await certificateName(), await get("/api/site")];
    await writeFile(at("config.json"), config);
    expect(await reload()).toBe(false);
    expect(log).toEqual([
      expect.objectContaining({
        level: "error",
        message: "could not reload; the settings and the certificate are those before",
        fields: { error: expect.objectContaining({ message: expect.stringMatching(why) }) },
      }),
    ]);
    expect([await certificateName(), await get("/api/site")]).toEqual(before);
    await configure({});
    expect(await reload()).toBe(true);
    expect(logged("reloaded").at(-1)?.fields).toEqual({ changed: [] });
  });
});

describe("the files of certificate and key", () => {
  it("are taken on when both have been replaced, with the key that proves the server", async () => {
    const publicKey = (text: string) => /"n":"([^"]+)"/.exec(text)?.[1];
    const { text: before } = await get("/api/site");
    const { certificate, key } = await createTls("replaced");
    await writeFile(at("server-certificate.pem"), certificate);
    await expect.poll(() => logged("could not reload").length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await certificateName()).not.toBe("replaced");
    await writeFile(at("server-key.pem"), key, { mode: 0o600 });
    await expect.poll(() => logged("reloaded").length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await certificateName()).toBe("replaced");
    expect(logged("reloaded")[0]?.fields).toMatchObject({
      changed: [],
      certificate: expect.stringMatching(/^[\dA-F:]{95}$/),
    });
    const metrics = await (await fetch(`${server.metricsUrl}/metrics`)).text();
    const [, expires] = /^hdl_certificate_expiry_timestamp_seconds (\S+)$/m.exec(metrics) ?? [];
    expect(Number(expires) * 1000).toBe(Date.parse(new X509Certificate(certificate).validTo));
    const { text: after } = await get("/api/site");
    expect(publicKey(after)).not.toBe(publicKey(before));
  });

  it("are followed behind symbolic links, as certbot replaces them, also when the settings name others", async () => {
    const write = async (name: string) => {
      const { certificate, key } = await createTls(name);
      await writeFile(at(`${name}-certificate.pem`), certificate);
      await writeFile(at(`${name}-key.pem`), key, { mode: 0o600 });
    };
    const link = async (name: string) => {
      for (const what of ["certificate", "key"]) {
        await symlink(`${name}-${what}.pem`, at(`${what}.new`));
        await rename(at(`${what}.new`), at(`live-${what}.pem`));
      }
    };
    await write("first");
    await write("second");
    await link("first");
    await configure({ tlsCertificate: "live-certificate.pem", tlsKey: "live-key.pem" });
    expect(await reload()).toBe(true);
    expect(await certificateName()).toBe("first");
    await link("second");
    await expect.poll(certificateName, { timeout: 10_000 }).toBe("second");
    expect(await readFile(at("live-key.pem"), "utf8")).toContain("PRIVATE KEY");
  });
});
