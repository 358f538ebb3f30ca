import { X509Certificate } from "node:crypto";
import type { Logger } from "@handlekit/core";
import { createTransport, type TransportOptions } from "@handlekit/transport";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Authority, type CertifiedKey, createAuthority } from "./certificates.ts";
import { CANARY, errorOf, findClosedPort, servePlain, serveRaw, serveTls } from "./servers.ts";

const HOSTS = ["127.0.0.1", "localhost"];
const HOUR = 3_600_000;

let authority: Authority;
let good: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority("CA of the tests");
  good = await authority.issue({ subject: "server", hosts: HOSTS });
});

function open(options: TransportOptions = { ca: authority.certificate }) {
  const transport = createTransport(options);
  onTestFinished(() => transport.close());
  return transport;
}

function get(origin: string) {
  return { method: "GET", url: `${origin}/api/x?q=${CANARY}`, headers: { authorization: `Basic ${CANARY}` } };
}

const hello = (certified: CertifiedKey) => serveTls(certified, (_request, response) => response.end("hello"));

function recorder(): { readonly log: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const ignore = () => {};
  return {
    warnings,
    log: { debug: ignore, info: ignore, error: ignore, warn: (text) => warnings.push(text) },
  };
}

describe("the server's certificate", () => {
  it("is trusted when the CA is given, by address and by name", async () => {
    const origin = await hello(good);
    const transport = open();
    expect((await transport.send(get(origin))).status).toBe(200);
    expect((await transport.send(get(origin.replace("127.0.0.1", "localhost")))).status).toBe(200);
  });

  it.each([true, false])(
    "is trusted when its CA does not say that it is one, keepAlive %s",
    async (keepAlive) => {
      const unstated = await createAuthority("CA of another age", false);
      expect(new X509Certificate(unstated.certificate).ca).toBe(false);
      const origin = await hello(await unstated.issue({ subject: "server", hosts: HOSTS }));
      const trusting = open({ ca: unstated.certificate, keepAlive });
      expect((await trusting.send(get(origin))).status).toBe(200);
      expect((await trusting.send(get(origin))).status).toBe(200);
      const error = await errorOf(open({ ca: unstated.certificate, keepAlive }).send(get(await hello(good))));
      expect(error.code).toBe("tls_untrusted");
    },
  );

  it("is not trusted without the CA", async () => {
    const error = await errorOf(open({}).send(get(await hello(good))));
    expect(error).toMatchObject({ code: "tls_untrusted", retryable: false });
    expect(error.message).toMatch(/https:\/\/127\.0\.0\.1:\d+/);
    expect(error.hint).toContain("HTTPS_verify");
    expect(error.hint).toContain("`trust`");
    const { fingerprint256 } = new X509Certificate(good.certificate);
    expect(error.message).toContain(
      `the certificate of CN=server, with the fingerprint sha256:${fingerprint256}`,
    );
  });

  it("is not trusted when another CA is given", async () => {
    const other = await createAuthority("another CA");
    const error = await errorOf(open({ ca: other.certificate }).send(get(await hello(good))));
    expect(error.code).toBe("tls_untrusted");
  });

  it.each([
    ["has expired", -2 * HOUR, -HOUR],
    ["is not valid yet", HOUR, 2 * HOUR],
  ])("is refused when it %s", async (_when, from, to) => {
    const certified = await authority.issue({
      subject: "server",
      hosts: HOSTS,
      notBefore: new Date(Date.now() + from),
      notAfter: new Date(Date.now() + to),
    });
    const error = await errorOf(open().send(get(await hello(certified))));
    expect(error).toMatchObject({ code: "tls_expired", retryable: false });
    expect(error.hint).toContain("clock");
  });

  it("is refused for a host that it does not name, and the message has both names", async () => {
    const certified = await authority.issue({ subject: "x", hosts: ["handle.example.org", "192.0.2.7"] });
    const error = await errorOf(open().send(get(await hello(certified))));
    expect(error).toMatchObject({ code: "tls_host_name", retryable: false });
    expect(error.message).toContain("is not for 127.0.0.1; it is for handle.example.org, 192.0.2.7");
    expect(error.hint).toBeTruthy();
  });

  it("is not verified with verify: false, which warns when the transport is created", async () => {
    const { log, warnings } = recorder();
    const transport = open({ verify: false, log });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("TLS verification is OFF");
    expect((await transport.send(get(await hello(good)))).status).toBe(200);
  });

  it("warns on the console where there is no log", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    open({ verify: false });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("TLS verification is OFF"));
  });

  it("is verified even where the environment turns verification off", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await errorOf(open({}).send(get(await hello(good))))).code).toBe("tls_untrusted");
  });
});

describe("a connection that is not made", () => {
  it("says so when the port speaks plain http", async () => {
    const origin = await servePlain((_request, response) => response.end());
    const error = await errorOf(open().send(get(origin.replace("http:", "https:"))));
    expect(error).toMatchObject({ code: "tls_failed", retryable: false });
    expect(error.hint).toContain("plain http");
  });

  it("says so when the server wants another TLS version", async () => {
    const origin = await serveTls(good, (_request, response) => response.end(), {
      minVersion: "TLSv1.3",
    });
    const own = await authority.issue({ subject: "300:20.500.12345/ADMIN" });
    const strategy = {
      scheme: "test",
      origins: [origin],
      tls: { certificate: own.certificate, key: { reveal: () => new TextEncoder().encode(own.key) } },
      authenticate: (request: ReturnType<typeof get>) => request,
    };
    const error = await errorOf(open().send(get(origin), { strategy }));
    expect(error.code).toBe("tls_failed");
    expect(error.message).toContain("PROTOCOL_VERSION");
  });

  it("says so when nothing listens, and a write is retryable then", async () => {
    const origin = `https://127.0.0.1:${await findClosedPort()}`;
    const error = await errorOf(open().send({ ...get(origin), method: "PUT" }));
    expect(error).toMatchObject({ code: "connection_refused", retryable: true });
    expect(error.message).toContain(origin);
    expect(error.message).not.toContain("may or may not");
    expect(error.hint).toBeTruthy();
  });

  it("says so when every address of a name refuses", async () => {
    const origin = `https://localhost:${await findClosedPort()}`;
    expect((await errorOf(open().send(get(origin)))).code).toBe("connection_refused");
  });

  it("says so when the server hangs up in the handshake", async () => {
    const port = await serveRaw((socket) => socket.once("data", () => socket.destroy()));
    const error = await errorOf(open().send({ ...get(`https://127.0.0.1:${port}`), method: "DELETE" }));
    expect(error).toMatchObject({ code: "connection_failed", retryable: true });
    expect(error.message).not.toContain("may or may not");
  });

  it("ignores proxies from the environment", async () => {
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) {
      vi.stubEnv(name, `http://127.0.0.1:${await findClosedPort()}`);
    }
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await open().send(get(await hello(good)))).status).toBe(200);
  });
});
