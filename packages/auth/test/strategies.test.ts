import { createBasicAuth } from "@handlekit/auth/basic";
import { createClientCertificateAuth } from "@handlekit/auth/client-certificate";
import { exchange, isHandleError, type WireRequest } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { describeAuthStrategy } from "@handlekit/testing";
import { describe, expect, it } from "vitest";

const PASSWORD = "S3CR3T-p@ss:w/rd%20é~+";
const { privateKey } = await createKeyPair({ bits: 2048 });
const certificate = await createSelfSignedCertificate({ privateKey, subject: "301:20.500.12345/USER1" });
const pem = new TextDecoder().decode(privateKey.reveal());
const request: WireRequest = { method: "GET", url: "https://h.example:8000/api/handles/a/b", headers: {} };

async function authorizationOf(strategy: Parameters<typeof exchange>[0]): Promise<string | undefined> {
  let seen: string | undefined;
  await exchange(strategy, request, {
    send: async ({ headers }) => {
      seen = headers.authorization;
      return { status: 200, headers: {} };
    },
  });
  return seen;
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isHandleError(error) ? error.code : "not a HandleError";
  }
}

describeAuthStrategy(
  "basic",
  {
    create: (origin) =>
      createBasicAuth({ identity: "300:20.500.12345/USER1", password: PASSWORD, origins: [origin] }),
    secrets: ["S3CR3T", btoa("S3CR3T").slice(0, 6)],
  },
  { describe, it, expect },
);

describeAuthStrategy(
  "client certificate",
  {
    create: (origin) =>
      createClientCertificateAuth({ tls: { certificate, key: privateKey }, origins: [origin] }),
    secrets: ["PRIVATE KEY", pem.slice(60, 90)],
  },
  { describe, it, expect },
);

describe("createBasicAuth", () => {
  it("sends the user percent-encoded and the password as its raw bytes", async () => {
    const strategy = createBasicAuth({
      identity: "300:21.T1/us er",
      password: PASSWORD,
      origins: ["https://h.example:8000/"],
    });
    const header = (await authorizationOf(strategy)) ?? "";
    const decoded = Buffer.from(header.replace("Basic ", ""), "base64").toString("utf8");
    expect(decoded === `300%3A21.T1/us%20er:${PASSWORD}`).toBe(true);
    expect(strategy.identity).toEqual({ index: 300, handle: "21.T1/us er" });
  });

  it("refuses unusable options at once", () => {
    const origins = ["https://h.example"];
    const { identity } = createBasicAuth({ identity: "20.500.12345/USER1", password: "x", origins });
    expect(identity).toEqual({ index: 0, handle: "20.500.12345/USER1" });
    expect(codeOf(() => createBasicAuth({ identity: "nobody", password: "x", origins }))).toBe(
      "invalid_reference",
    );
    expect(codeOf(() => createBasicAuth({ identity: "300:a/b", password: "", origins }))).toBe(
      "invalid_options",
    );
    expect(codeOf(() => createBasicAuth({ identity: "300:a/b", password: "x", origins: [] }))).toBe(
      "invalid_options",
    );
    expect(
      codeOf(() => createBasicAuth({ identity: "300:a/b", password: "x", origins: ["http://h.example"] })),
    ).toBe("insecure_connection");
    expect(
      codeOf(() => createBasicAuth({ identity: "300:a/b", password: "x", origins: ["h.example"] })),
    ).toBe("invalid_options");
  });
});

describe("createClientCertificateAuth", () => {
  it("sends the header that tells the server to use the certificate", async () => {
    const strategy = createClientCertificateAuth({
      tls: { certificate, key: pem },
      identity: "301:20.500.12345/USER1",
      origins: ["https://h.example:8000"],
    });
    expect(await authorizationOf(strategy)).toBe('Handle clientCert="true"');
    expect(strategy.identity).toEqual({ index: 301, handle: "20.500.12345/USER1" });
    expect(strategy.tls).not.toBe("external");
  });

  it("accepts an external key, and refuses a certificate that is not PEM", () => {
    const origins = ["https://h.example:8000"];
    expect(createClientCertificateAuth({ tls: "external", origins }).tls).toBe("external");
    expect(codeOf(() => createClientCertificateAuth({ tls: { certificate: "x", key: "y" }, origins }))).toBe(
      "invalid_key",
    );
  });
});
