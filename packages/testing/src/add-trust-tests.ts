import { generateKeyPairSync, X509Certificate } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { decodeHex, formatFingerprint, type ServerTrust, type WireResponse } from "@handlekit/core";
import type { TestApi } from "./test-api.ts";
import { CANARY, codeOf, type TransportLike, type TransportSubject, withServer } from "./transport-suite.ts";

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return formatFingerprint(decodeHex(fingerprint256.replaceAll(":", "")) ?? new Uint8Array());
}

/** Returns every form of a `trust` that names a certificate. */
function rightTrusts(pem: string): readonly ServerTrust[] {
  const certificate = new X509Certificate(pem);
  return [
    { certificate: pem },
    { publicKey: String(certificate.publicKey.export({ type: "spki", format: "pem" })) },
    { fingerprint: fingerprintOf(certificate) },
  ];
}

/** Returns every form of a `trust` that names another certificate, one that differs in the last byte of its signature. */
function wrongTrusts(pem: string): readonly ServerTrust[] {
  const der = Uint8Array.from(new X509Certificate(pem).raw);
  der.set([(der.at(-1) ?? 0) ^ 1], der.length - 1);
  const changed = toPem(der);
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return [
    { certificate: changed },
    { publicKey: String(publicKey.export({ type: "spki", format: "pem" })) },
    { fingerprint: fingerprintOf(new X509Certificate(changed)) },
  ];
}

/** Counts the requests that are sent to a server with a certificate of its own. */
async function withTrust(
  subject: TransportSubject,
  trust: ServerTrust,
  run: (send: (origin: string) => Promise<string>, origin: string) => Promise<void>,
): Promise<number> {
  let requests = 0;
  const listener = (_request: IncomingMessage, response: ServerResponse) => {
    requests += 1;
    response.end();
  };
  await withServer(subject, listener, async ({ origin }) => {
    const open: TransportLike[] = [];
    const send = async (url: string): Promise<WireResponse> => {
      const [transport = await subject.createTransport({ trust })] = open;
      open[0] = transport;
      return transport.send({ method: "PUT", url, headers: { authorization: `Basic ${CANARY}` } });
    };
    try {
      await run((to) => codeOf(send(to)), origin);
    } finally {
      await open[0]?.close();
    }
  });
  return requests;
}

/** Adds the tests of a transport that trusts a server by its own certificate. */
export function addTrustTests(subject: TransportSubject, { it, expect }: TestApi): void {
  const { trusts = true } = subject;

  it(`${trusts ? "trusts" : "refuses to trust"} a server by its own certificate, key or fingerprint`, async () => {
    for (const trust of rightTrusts(subject.tls.certificate)) {
      const requests = await withTrust(subject, trust, async (send, origin) => {
        const codes = [await send(origin), await send(origin)];
        if (trusts) expect(codes).toEqual(["answered with 200", "answered with 200"]);
        else expect(codes.every((code) => ["invalid_options", "not_supported"].includes(code))).toBe(true);
      });
      expect(requests).toBe(trusts ? 2 : 0);
    }
  });

  it("sends nothing to a server that is not the trusted one", async () => {
    for (const trust of wrongTrusts(subject.tls.certificate)) {
      const requests = await withTrust(subject, trust, async (send, origin) => {
        const code = await send(origin);
        expect(trusts ? code === "tls_untrusted" : code !== "answered with 200").toBe(true);
      });
      expect(requests).toBe(0);
    }
  });
}
