import { createPublicKey, randomBytes, X509Certificate } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createSecureContext, createServer, type TLSSocket } from "node:tls";
import { encodeBase64, encodePublicKey, type ServerTrust, secret } from "@handlekit/core";
import { createTransport, type TransportOptions } from "@handlekit/transport";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Authority, type CertifiedKey, createAuthority, createOwnCertificate } from "./certificates.ts";
import { CANARY, errorOf, listen, serveTls } from "./servers.ts";

const HOUR = 3_600_000;
const EXPIRED = { notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) };

let authority: Authority;
let own: CertifiedKey;
let other: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority("CA of the tests");
  own = await createOwnCertificate();
  other = await createOwnCertificate();
});

function open(options: TransportOptions) {
  const transport = createTransport({ retries: { limit: 0 }, ...options });
  onTestFinished(() => transport.close());
  return transport;
}

const put = (origin: string) => ({
  method: "PUT",
  url: `${origin}/api/handles/20.500.12345/abc`,
  headers: { authorization: `Basic ${CANARY}` },
  body: new TextEncoder().encode(CANARY),
});

const hello: RequestListener = (_request, response) => response.end("hello");

const fingerprintOf = ({ certificate }: CertifiedKey) =>
  `sha256:${new X509Certificate(certificate).fingerprint256}`;

/** Returns the key of a certificate as HS_SITE and HS_PUBKEY have it. */
function handleKeyOf({ certificate }: CertifiedKey): string {
  const jwk = createPublicKey(certificate).export({ format: "jwk" });
  return encodeBase64(encodePublicKey({ kty: "RSA", n: String(jwk.n), e: String(jwk.e) }));
}

function pemKeyOf({ certificate }: CertifiedKey): string {
  return String(createPublicKey(certificate).export({ type: "spki", format: "pem" }));
}

/** Every form of `trust` for one certificate. */
const trustsOf = (certified: CertifiedKey): readonly ServerTrust[] => [
  { certificate: certified.certificate },
  { publicKey: pemKeyOf(certified) },
  { publicKey: handleKeyOf(certified) },
  { fingerprint: fingerprintOf(certified) },
  { fingerprint: fingerprintOf(certified).toLowerCase().replaceAll(":", "").replace("sha256", "") },
];

describe("a server with a certificate of its own, CN=anonymous and without names", () => {
  it("is trusted by its certificate, its key in two forms, and its fingerprint", async () => {
    const origin = await serveTls(own, hello);
    for (const trust of trustsOf(own)) {
      const transport = open({ trust });
      expect((await transport.send(put(origin))).status).toBe(200);
      const byName = put(origin.replace("127.0.0.1", "localhost"));
      expect((await transport.send(byName)).status).toBe(200);
    }
  });

  it("is trusted by its certificate as `ca`, also among others, and for any host", async () => {
    const origin = await serveTls(own, hello);
    for (const ca of [own.certificate, `${authority.certificate}\n${own.certificate}`]) {
      const transport = open({ ca });
      expect((await transport.send(put(origin))).status).toBe(200);
      const byName = put(origin.replace("127.0.0.1", "localhost"));
      expect((await transport.send(byName)).status).toBe(200);
    }
  });

  it("is trusted although it has expired, by `trust` alone", async () => {
    const expired = await createOwnCertificate(EXPIRED);
    const origin = await serveTls(expired, hello);
    for (const trust of trustsOf(expired)) {
      expect((await open({ trust }).send(put(origin))).status).toBe(200);
    }
    const error = await errorOf(open({ ca: expired.certificate }).send(put(origin)));
    expect(error.code).toBe("tls_expired");
    expect(error.hint).toContain("`trust`");
  });

  it("is refused when it is another, with the fingerprint and subject of what it presents", async () => {
    const origin = await serveTls(other, hello);
    for (const trust of trustsOf(own)) {
      const error = await errorOf(open({ trust }).send(put(origin)));
      expect(error).toMatchObject({ code: "tls_untrusted", retryable: false });
      expect(error.message).toContain(
        `${origin} presents the self-signed certificate of CN=anonymous, with the fingerprint ${fingerprintOf(other)}, which is not the one`,
      );
      expect(error.message).not.toContain("may or may not");
      expect(error.hint).toContain("administrator");
    }
  });

  it.each(["certificate", "publicKey"] as const)("needs a readable %s", async (name) => {
    const label = name === "certificate" ? "CERTIFICATE" : "PUBLIC KEY";
    const pem = `-----BEGIN ${label}-----\n${CANARY}\n-----END ${label}-----`;
    const transport = open({ trust: { [name]: pem } as unknown as ServerTrust });
    const error = await errorOf(transport.send(put(await serveTls(own, hello))));
    expect(error.code).toBe("invalid_options");
    expect(error.message).toContain(`trust.${name}`);
  });

  it("leads to the two ways to trust it, and shows what to compare", async () => {
    const origin = await serveTls(own, hello);
    const unknown = await errorOf(open({}).send(put(origin)));
    expect(unknown.code).toBe("tls_untrusted");
    const namedBy = await authority.issue({ subject: "x\u202e\n[31m", hosts: ["handle.example.org"] });
    const nameless = await errorOf(
      open({ ca: authority.certificate }).send(put(await serveTls(namedBy, hello))),
    );
    expect(nameless.code).toBe("tls_host_name");
    expect(nameless.message).toContain(fingerprintOf(namedBy));
    expect(nameless.message).not.toMatch(/[\u202e\n]/);
    for (const { hint } of [unknown, nameless]) {
      for (const word of ["fingerprint", "administrator", "`trust`", "HTTPS_verify"]) {
        expect(hint).toContain(word);
      }
    }
    expect(unknown.message).toContain(
      `It presents the self-signed certificate of CN=anonymous, with the fingerprint ${fingerprintOf(own)}.`,
    );
  });
});

describe("`ca` with a certificate that is not the server's own", () => {
  it("still requires the name of the host, of a certificate that the CA signed", async () => {
    const nameless = await authority.issue({ subject: "anonymous" });
    const origin = await serveTls(nameless, hello);
    const error = await errorOf(open({ ca: authority.certificate }).send(put(origin)));
    expect(error.code).toBe("tls_host_name");
    // The same certificate, named itself.
    expect((await open({ ca: nameless.certificate }).send(put(origin))).status).toBe(200);
  });

  it("does not trust another self-signed certificate, or another one that the same CA signed", async () => {
    const renewed = await authority.issue({ subject: "server", hosts: ["127.0.0.1"] });
    const origin = await serveTls(renewed, hello);
    for (const ca of [
      own.certificate,
      other.certificate,
      (await authority.issue({ subject: "server" })).certificate,
    ]) {
      expect((await errorOf(open({ ca }).send(put(origin)))).code).toBe("tls_untrusted");
    }
  });
});

describe("the check", () => {
  it("is made before a byte of the request is sent", async () => {
    const received: Uint8Array[] = [];
    const server = createServer({ cert: other.certificate, key: other.key }, (socket) => {
      socket.on("data", (bytes) => received.push(bytes));
      socket.on("error", () => {});
    });
    const closed: Promise<void>[] = [];
    server.on("secureConnection", (socket) => {
      closed.push(new Promise((resolve) => socket.once("close", () => resolve())));
    });
    const origin = `https://127.0.0.1:${await listen(server)}`;
    const attempts: readonly TransportOptions[] = [
      ...trustsOf(own).map((trust) => ({ trust })),
      { ca: own.certificate },
      {},
    ];
    for (const options of attempts) {
      expect((await errorOf(open(options).send(put(origin)))).code).toBe("tls_untrusted");
    }
    await Promise.all(closed);
    expect(received).toEqual([]);
  });

  it("is made on every connection, and not again on one that is kept", async () => {
    let closing = false;
    const ports = new Set<number | undefined>();
    const server = createHttpsServer({ cert: own.certificate, key: own.key }, (request, response) => {
      ports.add(request.socket.remotePort);
      if (closing) response.setHeader("connection", "close");
      response.end();
    });
    const origin = `https://127.0.0.1:${await listen(server)}`;
    const transport = open({ trust: { fingerprint: fingerprintOf(own) } });
    for (closing of [false, true]) expect((await transport.send(put(origin))).status).toBe(200);
    expect(ports.size).toBe(1);
    server.setSecureContext({ cert: other.certificate, key: other.key });
    expect((await errorOf(transport.send(put(origin)))).code).toBe("tls_untrusted");
    server.setSecureContext({ cert: own.certificate, key: own.key });
    expect((await transport.send(put(origin))).status).toBe(200);
    expect(ports.size).toBe(2);
  });

  it("is made again when a renegotiation brings another certificate", async () => {
    let answered = 0;
    const origin = await serveTls(
      own,
      (request, response) => {
        const socket = request.socket as TLSSocket;
        socket.setKeyCert(createSecureContext({ cert: other.certificate, key: other.key }));
        socket.renegotiate({ rejectUnauthorized: false }, () => {
          answered += 1;
          response.end();
        });
      },
      { maxVersion: "TLSv1.2" },
    );
    const error = await errorOf(open({ trust: { certificate: own.certificate } }).send(put(origin)));
    expect(error.code).toBe("tls_untrusted");
    expect(answered).toBeLessThanOrEqual(1);
  });

  it("never resumes a session, which would bring no certificate", async () => {
    const reused: boolean[] = [];
    const origin = await serveTls(own, (request, response) => {
      reused.push((request.socket as TLSSocket).isSessionReused());
      response.setHeader("connection", "close").end();
    });
    const transport = open({ trust: { certificate: own.certificate } });
    for (let i = 0; i < 3; i++) await transport.send(put(origin));
    expect(reused).toEqual([false, false, false]);
  });

  it("is made for the connections of a client certificate too", async () => {
    const subjects: (string | undefined)[] = [];
    const listener: RequestListener = (request, response) => {
      subjects.push((request.socket as TLSSocket).getPeerX509Certificate()?.subject);
      response.end();
    };
    const asking = { requestCert: true, rejectUnauthorized: false };
    const origin = await serveTls(own, listener, asking);
    const foreign = await serveTls(other, listener, asking);
    const { certificate, key } = await authority.issue({ subject: "300:20.500.12345/ADMIN" });
    const strategy = {
      scheme: "client-certificate",
      origins: [origin, foreign],
      tls: { certificate, key: secret(key) },
      authenticate: (request: ReturnType<typeof put>) => request,
    };
    for (const trust of trustsOf(own)) {
      const transport = open({ trust });
      expect((await transport.send(put(origin), { strategy })).status).toBe(200);
      expect((await errorOf(transport.send(put(foreign), { strategy }))).code).toBe("tls_untrusted");
    }
    expect(new Set(subjects)).toEqual(new Set(["CN=300:20.500.12345/ADMIN"]));
  });

  it("refuses a fingerprint that differs in any one bit", async () => {
    const origin = await serveTls(own, hello);
    const right = Buffer.from(fingerprintOf(own).replace("sha256:", "").replaceAll(":", ""), "hex");
    const bits = [0, 7, 100, 255, (randomBytes(1)[0] ?? 0) % 256];
    for (const bit of bits) {
      const wrong = Buffer.from(right);
      wrong.writeUInt8(wrong.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const transport = open({ trust: { fingerprint: wrong.toString("hex") } });
      expect((await errorOf(transport.send(put(origin)))).code).toBe("tls_untrusted");
    }
  });
});
