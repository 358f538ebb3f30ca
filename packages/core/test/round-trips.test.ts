import { isUtf8 } from "node:buffer";
import {
  ADMIN_PERMISSIONS,
  decodeAdmin,
  decodeBase64,
  decodeData,
  decodeHex,
  decodePublicKey,
  decodeSite,
  decodeUtf8,
  decodeValue,
  decodeValueList,
  encodeAdmin,
  encodeBase64,
  encodeBase64Url,
  encodeData,
  encodeHex,
  encodePublicKey,
  encodeSite,
  encodeUtf8,
  encodeValue,
  encodeValueList,
  foldCase,
  formatHandle,
  formatReference,
  handleKey,
  MAX_INDEX,
  parseHandle,
  parseReference,
  permissionBits,
  permissionNames,
  permissionString,
  sameBytes,
  sameHandle,
} from "@handlekit/core";
import { decodeRecord, encodeRecord } from "@handlekit/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admin, anyReference, plainValue, publicKey, STRUCTURED_TYPES, site, text } from "./arbitraries.ts";

/** Checks that something holds for whatever the arbitrary gives. */
function forAll<T>(arbitrary: fc.Arbitrary<T>, holds: (given: T) => void): void {
  fc.assert(fc.property(arbitrary, holds), { numRuns: 250 });
}

describe("what is written is read again", () => {
  it("handles", () => {
    const prefix = text.filter((one) => one !== "" && !/[:/]/.test(one));
    forAll(fc.record({ prefix, suffix: text }), (handle) => {
      expect(parseHandle(formatHandle(handle))).toEqual(handle);
      expect(parseHandle(`hdl:${formatHandle(handle)}`)).toEqual(handle);
    });
  });

  it("references", () => {
    const handle = fc.tuple(text, text).map(([prefix, suffix]) => `x${prefix}/${suffix}`);
    forAll(fc.record({ index: fc.nat(MAX_INDEX), handle }), (reference) => {
      expect(parseReference(formatReference(reference))).toEqual(reference);
    });
  });

  it("permissions", () => {
    forAll(fc.nat(0xfff), (bits) => {
      expect(permissionBits(permissionString(bits))).toBe(bits);
      expect(permissionNames(bits).reduce((sum, name) => sum + ADMIN_PERMISSIONS[name], 0)).toBe(bits);
    });
  });

  it("HS_ADMIN", () => {
    forAll(admin, (given) => {
      expect(decodeAdmin(encodeAdmin(given))).toEqual(given);
      expect(encodeData({ format: "admin", value: given })).toEqual(encodeAdmin(given));
      expect(decodeData("HS_ADMIN", encodeAdmin(given))).toEqual({ format: "admin", value: given });
    });
  });

  it("HS_VLIST", () => {
    forAll(fc.array(anyReference), (list) => {
      expect(decodeValueList(encodeValueList(list))).toEqual(list);
      expect(encodeData({ format: "vlist", value: list })).toEqual(encodeValueList(list));
      expect(decodeData("HS_VLIST", encodeValueList(list))).toEqual({ format: "vlist", value: list });
    });
  });

  it("HS_PUBKEY", () => {
    forAll(publicKey, (jwk) => {
      expect(decodePublicKey(encodePublicKey(jwk))).toEqual(jwk);
      expect(encodeData({ format: "key", value: jwk })).toEqual(encodePublicKey(jwk));
      expect(decodeData("HS_PUBKEY", encodePublicKey(jwk))).toEqual({ format: "key", value: jwk });
    });
  });

  it("HS_SITE", () => {
    const type = fc.constantFrom("HS_SITE", "HS_SITE.PREFIX", "HS_NA_DELEGATE");
    forAll(fc.tuple(type, site), ([name, given]) => {
      expect(decodeSite(encodeSite(given))).toEqual(given);
      expect(encodeData({ format: "site", value: given })).toEqual(encodeSite(given));
      expect(decodeData(name, encodeSite(given))).toEqual({ format: "site", value: given });
    });
  });

  it("data of types without structure, to the byte", () => {
    forAll(plainValue, ({ type, data }) => {
      expect(sameBytes(encodeData(decodeData(type, data)), data)).toBe(true);
    });
  });

  it("data of types with structure, once they have been shown", () => {
    const type = fc.constantFrom(...STRUCTURED_TYPES);
    const real = fc.oneof(
      admin.map(encodeAdmin),
      fc.array(anyReference).map(encodeValueList),
      publicKey.map(encodePublicKey),
      site.map(encodeSite),
    );
    forAll(fc.tuple(type, fc.oneof(fc.uint8Array(), real)), ([name, bytes]) => {
      const shown = decodeData(name, bytes);
      expect(decodeData(name, encodeData(shown))).toEqual(shown);
    });
  });

  it("values in JSON", () => {
    forAll(plainValue, (value) => {
      const json: unknown = JSON.parse(JSON.stringify(decodeValue(value)));
      expect(encodeValue(json)).toEqual({ ...value, timestamp: 0 });
    });
  });

  it("records", () => {
    const value = fc.oneof(
      plainValue,
      fc.tuple(plainValue, admin).map(([one, its]) => ({ ...one, type: "HS_ADMIN", data: encodeAdmin(its) })),
    );
    forAll(fc.array(value, { maxLength: 8 }), (values) => {
      expect(decodeRecord(encodeRecord(values))).toEqual(values);
    });
  });
});

describe("text and bytes agree with Node", () => {
  it("base64", () => {
    forAll(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(encodeBase64(bytes)).toBe(buffer.toString("base64"));
      expect(encodeBase64Url(bytes)).toBe(buffer.toString("base64url"));
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      expect(decodeBase64(encodeBase64Url(bytes))).toEqual(bytes);
    });
  });

  it("base64 as people write it", () => {
    const character = fc.constantFrom(..."AZaz09+/-_", " ", "\n", "=", "!");
    forAll(fc.string({ unit: character }), (written) => {
      const core = written.replace(/\s/g, "").replace(/=+$/, "");
      const legal = /^[A-Za-z0-9+/_-]*$/.test(core) && core.length % 4 !== 1;
      const bytes = decodeBase64(written);
      expect(bytes && Buffer.from(bytes)).toEqual(legal ? Buffer.from(core, "base64") : undefined);
    });
  });

  it("hex", () => {
    forAll(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const written = Buffer.from(bytes).toString("hex");
      expect(encodeHex(bytes)).toBe(written);
      expect(decodeHex(written)).toEqual(bytes);
      expect(decodeHex(written.toUpperCase())).toEqual(bytes);
    });
  });

  it("UTF-8", () => {
    forAll(fc.string({ unit: "binary" }), (given) => {
      expect(Buffer.from(encodeUtf8(given)).equals(Buffer.from(given))).toBe(true);
      expect(decodeUtf8(encodeUtf8(given))).toBe(given);
    });
    forAll(fc.uint8Array(), (bytes) => {
      expect(decodeUtf8(bytes)).toBe(isUtf8(bytes) ? Buffer.from(bytes).toString() : undefined);
    });
  });
});

describe("folding", () => {
  /** Folds as a server written in C would: byte by byte. */
  const foldedBytes = (handle: string) =>
    Buffer.from(Buffer.from(handle).map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte)));
  const similar = fc.string({
    unit: fc.constantFrom("a", "A", "b", "/", "é", "É", "ß", "ı", "İ", "K"),
    maxLength: 4,
  });

  it("is that of the bytes, and done once and for all", () => {
    forAll(fc.oneof(text, similar), (handle) => {
      const key = handleKey(handle);
      expect(Buffer.from(key).equals(foldedBytes(handle))).toBe(true);
      expect(handleKey(key)).toBe(key);
      expect(foldCase(handle)).toBe(key);
    });
  });

  it("makes sameHandle an equivalence, that of the keys", () => {
    forAll(fc.tuple(similar, similar, similar), ([a, b, c]) => {
      expect(sameHandle(a, a)).toBe(true);
      expect(sameHandle(a, b)).toBe(sameHandle(b, a));
      expect(sameHandle(a, b)).toBe(foldedBytes(a).equals(foldedBytes(b)));
      if (sameHandle(a, b) && sameHandle(b, c)) expect(sameHandle(a, c)).toBe(true);
    });
  });
});
