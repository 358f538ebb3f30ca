import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodePublicKey, encodePublicKey, type PublicKeyJwk } from "@handlekit/core";
import { describe, expect, it } from "vitest";
import { hex, refusal } from "./support.ts";

// The data of HS_PUBKEY at index 301 of 0.NA/TEST, as a Handle.Net 9.3.1 server sent it: the two-packet UDP answer of
// the native recordings (V6-V20). The server writes four zero bytes after an RSA key.
const RECORDED_RSA = hex(
  `0000000b5253415f5055425f4b455900000000000301000100000101
   00af58c9dca7ee85c64db187f703e568ef9e80f83349367000a0adb143e26c72c65e60a7de8b4a5202fcd17eef4d23da932c
   24d06adb83e2f9653d3a210dc5aa46f92b4ac20439a8426d09b529d4bbeb287a676504cb8387a618e24f10c733a7377729bc
   88ec6a51e4cac68dab765ffbfaad960ef791487201355ab9ae229f46f058e42617992b2f30fc3f68f53079188eb2962533c0
   8d11404678b4e248843a3ea08cfd417e601eaf9d4b690482f831410916bab94b2da90030894036e2bf90549a47200d351402
   e3286363201852e521e90dd9dfd51b4faa23b427dde68fe7cc628549f07ce69ffdea0f15473e171265faf0a3f6850cbaf18b
   fc3a9701fe1d39 00000000`,
);
// The same key as the REST API showed it (seed.json, 0.NA/TEST).
const RECORDED_JWK: PublicKeyJwk = {
  kty: "RSA",
  n: "r1jJ3KfuhcZNsYf3A-Vo756A-DNJNnAAoK2xQ-JscsZeYKfei0pSAvzRfu9NI9qTLCTQatuD4vllPTohDcWqRvkrSsIEOahCbQm1KdS76yh6Z2UEy4OHphjiTxDHM6c3dym8iOxqUeTKxo2rdl_7-q2WDveRSHIBNVq5riKfRvBY5CYXmSsvMPw_aPUweRiOspYlM8CNEUBGeLTiSIQ6PqCM_UF-YB6vnUtpBIL4MUEJFrq5Sy2pADCJQDbiv5BUmkcgDTUUAuMoY2MgGFLlIekN2d_VG0-qI7Qn3eaP58xihUnwfOaf_eoPFUc-FxJl-vCj9oUMuvGL_DqXAf4dOQ",
  e: "AQAB",
};

/** The content of the DER elements with this tag, in order, however deep. */
function derElements(der: Buffer, tag: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < der.length; ) {
    const first = der[at + 1] ?? 0;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const length = more === 0 ? first : der.readUIntBE(at + 2, more);
    const content = der.subarray(at + 2 + more, at + 2 + more + length);
    if (der[at] === tag) found.push(content);
    else if (der[at] === 0x30) found.push(...derElements(content, tag));
    at += 2 + more + length;
  }
  return found;
}

/** An integer's bytes without the leading zero of its sign, as base64url. */
function base64url(integer: Buffer | undefined): string {
  if (integer === undefined) throw new Error("The DER has too few integers.");
  return integer.subarray(integer[0] === 0 ? 1 : 0).toString("base64url");
}

/** The numbers of a DSA key, from the SubjectPublicKeyInfo that OpenSSL writes. */
function dsaJwk(key: KeyObject): PublicKeyJwk {
  const der = key.export({ type: "spki", format: "der" });
  const [p, q, g] = derElements(der, 0x02);
  const bits = derElements(der, 0x03)[0];
  const [y] = bits === undefined ? [] : derElements(bits.subarray(1), 0x02);
  return { kty: "DSA", y: base64url(y), p: base64url(p), q: base64url(q), g: base64url(g) };
}

describe("RSA", () => {
  it("is read and written as recorded", () => {
    expect(decodePublicKey(RECORDED_RSA)).toEqual(RECORDED_JWK);
    expect(encodePublicKey(RECORDED_JWK)).toEqual(RECORDED_RSA);
    expect(decodePublicKey(RECORDED_RSA.subarray(0, -4))).toEqual(RECORDED_JWK);
  });

  it("keeps a key that node:crypto made", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const jwk = publicKey.export({ format: "jwk" }) as PublicKeyJwk;
    const read = decodePublicKey(encodePublicKey(jwk));
    expect(read).toEqual(jwk);
    expect(createPublicKey({ key: { ...read }, format: "jwk" }).equals(publicKey)).toBe(true);
  });

  it("writes numbers minimal and positive, whatever zeros they came with", () => {
    const bytes = encodePublicKey({ kty: "RSA", n: "AAAAgQ", e: "AAM" });
    expect(bytes).toEqual(hex("0000000b 5253415f5055425f4b4559 0000 00000001 03 00000002 0081 00000000"));
    expect(decodePublicKey(bytes)).toEqual({ kty: "RSA", n: "gQ", e: "Aw" });
  });

  it("accepts base64 with padding", () => {
    expect(encodePublicKey({ kty: "RSA", n: "+/8=", e: "AQAB" })).toEqual(
      encodePublicKey({ kty: "RSA", n: "-_8", e: "AQAB" }),
    );
  });

  it("leaves out the members of a private key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const whole = privateKey.export({ format: "jwk" }) as PublicKeyJwk;
    expect(decodePublicKey(encodePublicKey(whole))).toEqual(publicKey.export({ format: "jwk" }));
  });
});

describe("DSA", () => {
  it("keeps a key that node:crypto made", () => {
    const { publicKey } = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
    const jwk = dsaJwk(publicKey);
    expect(decodePublicKey(encodePublicKey(jwk))).toEqual(jwk);
  });

  it("has q, p, g, y in this order and no bytes after them", () => {
    expect(encodePublicKey({ kty: "DSA", y: "BA", p: "Ag", q: "AQ", g: "Aw" })).toEqual(
      hex("0000000b 4453415f5055425f4b4559 0000 00000001 01 00000001 02 00000001 03 00000001 04"),
    );
  });
});

describe("refusals", () => {
  it.each([
    ["", "The HS_PUBKEY value is truncated: 4 bytes were expected at byte 0 of 0."],
    [
      "0000000b 5253415f5055425f4b4559 0000",
      "The HS_PUBKEY value is truncated: 4 bytes were expected at byte 17 of 17.",
    ],
    ["0000000a 44485f5055425f4b4559 0000", "The HS_PUBKEY value is neither an RSA nor a DSA key."],
    ["00000001 ff 0000", "The HS_PUBKEY value contains text that is not UTF-8."],
    [
      "0000000b 5253415f5055425f4b4559 0000 00000000 00000001 03",
      "The HS_PUBKEY value contains an empty number.",
    ],
    [
      "0000000b 5253415f5055425f4b4559 0000 00000001 03 00000001 05 00000001",
      "The HS_PUBKEY value has 4 bytes too many.",
    ],
  ])("of the bytes %j", (bytes, message) => {
    expect(refusal("invalid_value", () => decodePublicKey(hex(bytes))).message).toBe(message);
  });

  it.each([
    ["RSA", { kty: "RSA", e: "AQAB" }, 'The member "n" of the RSA public key is missing or not base64url.'],
    [
      "RSA",
      { kty: "RSA", n: "AQAB", e: "" },
      'The member "e" of the RSA public key is missing or not base64url.',
    ],
    [
      "RSA",
      { kty: "RSA", n: 65537, e: "AQAB" },
      'The member "n" of the RSA public key is missing or not base64url.',
    ],
    [
      "DSA",
      { kty: "DSA", p: "Aw", q: "Aw", g: "A!", y: "Aw" },
      'The member "g" of the DSA public key is missing or not base64url.',
    ],
  ])("of an %s key with a bad number", (_, jwk, message) => {
    expect(refusal("invalid_value", () => encodePublicKey(jwk as unknown as PublicKeyJwk))).toEqual({
      message,
      hint: "The numbers of a JSON Web Key are base64url text.",
    });
  });

  it("of another kind of key", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" }) as unknown as PublicKeyJwk;
    expect(refusal("invalid_value", () => encodePublicKey(jwk)).message).toBe(
      "An HS_PUBKEY value can only hold an RSA or DSA public key.",
    );
  });
});
