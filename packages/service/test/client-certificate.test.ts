import { createPublicKey, X509Certificate } from "node:crypto";
import {
  decodeUtf8,
  encodeSite,
  encodeValue,
  handleKey,
  type PublicKeyJwk,
  type Site,
} from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { identifyClientCertificate, readSubject } from "../src/identify/client-certificate.ts";
import { PREFIX } from "./support.ts";

const HANDLE = `${PREFIX}/SITE`;

async function keyAndCertificate(subject: string) {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const pem = await createSelfSignedCertificate({ privateKey, subject, hosts: ["127.0.0.1"] });
  const jwk = createPublicKey(decodeUtf8(privateKey.reveal()) ?? "").export({ format: "jwk" });
  return { der: new X509Certificate(pem).raw, jwk: jwk as unknown as PublicKeyJwk };
}

function siteOf(jwk: PublicKeyJwk): Site {
  return {
    version: 1,
    protocolVersion: "2.11",
    serialNumber: 1,
    primarySite: true,
    multiPrimary: false,
    attributes: [],
    servers: [
      { serverId: 1, address: "192.0.2.1", publicKey: { format: "key", value: jwk }, interfaces: [] },
    ],
  };
}

describe("a certificate for the key of a server in HS_SITE", () => {
  it.each([
    [`1:${HANDLE}`, true],
    [HANDLE, true],
    [`2:${HANDLE}`, false],
  ])("of %s", async (subject, accepted) => {
    const { der, jwk } = await keyAndCertificate(subject);
    const store = openMemory().store;
    const value = { ...encodeValue({ index: 1, type: "HS_SITE", data: "" }), data: encodeSite(siteOf(jwk)) };
    await store.commit(handleKey(HANDLE), "absent", [value]);
    const found = await identifyClientCertificate(store, readSubject(der), Date.now());
    expect("identity" in found).toBe(accepted);
    if (accepted) expect(found).toMatchObject({ identity: { index: 1, handle: HANDLE } });
  });

  it("does not match another key", async () => {
    const [mine, other] = [await keyAndCertificate(`1:${HANDLE}`), await keyAndCertificate("x")];
    const store = openMemory().store;
    const broken = { ...encodeValue({ index: 2, type: "HS_SITE", data: "not a site" }) };
    const value = {
      ...encodeValue({ index: 1, type: "HS_SITE", data: "" }),
      data: encodeSite(siteOf(other.jwk)),
    };
    await store.commit(handleKey(HANDLE), "absent", [value, broken]);
    expect(await identifyClientCertificate(store, readSubject(mine.der), Date.now())).toEqual({
      error: "Unable to validate X509 certificate, no matching handle value",
    });
  });

  it("is answered the same by a hidden key as by none", async () => {
    const [mine, other] = [await keyAndCertificate(`1:${HANDLE}`), await keyAndCertificate("x")];
    const error = "Unexpected response validating X509 certificate: Error(200): VALUES NOT FOUND";
    for (const index of [1, 2]) {
      const store = openMemory().store;
      const data = { format: "key", value: other.jwk } as const;
      const hidden = encodeValue({ index, type: "HS_PUBKEY", data, permissions: "1100" });
      await store.commit(handleKey(HANDLE), "absent", [hidden]);
      expect(await identifyClientCertificate(store, readSubject(mine.der), Date.now())).toEqual({ error });
    }
  });
});
