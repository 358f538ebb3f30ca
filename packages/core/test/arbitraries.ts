import type { AdminRecord, PublicKeyJwk, Site, StoredValue, ValueReference } from "@handlekit/core";
import fc from "fast-check";

/** Any text that has a UTF-8 form. */
export const text: fc.Arbitrary<string> = fc.string({ unit: "binary" });

/** A signed 32-bit integer. */
export const int32: fc.Arbitrary<number> = fc.integer();

/** A reference that the binary forms can represent. */
export const anyReference: fc.Arbitrary<ValueReference> = fc.record({ handle: text, index: int32 });

export const admin: fc.Arbitrary<AdminRecord> = fc
  .record({
    handle: text,
    index: int32,
    bits: fc.nat(0xfff),
    legacyByteLength: fc.constantFrom(undefined, true as const),
  })
  .map(({ bits, legacyByteLength, ...owner }) => ({
    ...owner,
    permissions: bits.toString(2).padStart(12, "0"),
    ...(legacyByteLength && { legacyByteLength }),
  }));

/** A number of a JSON Web Key: its bytes without a leading zero. */
const keyNumber = fc
  .tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 40 }))
  .map(([first, rest]) => Buffer.from([first, ...rest]).toString("base64url"));

export const publicKey: fc.Arbitrary<PublicKeyJwk> = fc.oneof(
  fc.record({ kty: fc.constant("RSA" as const), n: keyNumber, e: keyNumber }),
  fc.record({ kty: fc.constant("DSA" as const), y: keyNumber, p: keyNumber, q: keyNumber, g: keyNumber }),
);

const ipv6 = fc
  .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
  .filter((groups) => groups.slice(0, 6).some((group) => group !== 0))
  .map((groups) => groups.map((group) => group.toString(16)).join(":"));

/** A site in its canonical form. */
export const site: fc.Arbitrary<Site> = fc.record(
  {
    version: fc.nat(0xffff),
    protocolVersion: fc.tuple(fc.nat(255), fc.nat(255)).map(([major, minor]) => `${major}.${minor}`),
    serialNumber: fc.nat(0xffff),
    primarySite: fc.boolean(),
    multiPrimary: fc.boolean(),
    hashOption: fc.constantFrom(0, 1, 3, 255),
    hashFilter: text.filter((one) => one !== ""),
    attributes: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
    servers: fc.array(
      fc.record(
        {
          serverId: fc.nat(),
          address: fc.oneof(fc.ipV4(), ipv6),
          publicKey: fc.oneof(
            fc.record({ format: fc.constant("key" as const), value: publicKey }),
            fc.record({ format: fc.constant("base64" as const), value: fc.constantFrom("", "AQAB") }),
          ),
          interfaces: fc.array(
            fc.record({
              query: fc.boolean(),
              admin: fc.boolean(),
              protocol: fc.constantFrom("UDP" as const, "TCP" as const, "HTTP" as const, "HTTPS" as const),
              port: fc.nat(),
            }),
            { maxLength: 3 },
          ),
        },
        { requiredKeys: ["serverId", "address", "publicKey", "interfaces"] },
      ),
      { maxLength: 2 },
    ),
  },
  {
    requiredKeys: [
      "version",
      "protocolVersion",
      "serialNumber",
      "primarySite",
      "multiPrimary",
      "attributes",
      "servers",
    ],
  },
);

/** The types whose data have a structure. */
export const STRUCTURED_TYPES: readonly string[] = [
  "HS_ADMIN",
  "HS_VLIST",
  "HS_PUBKEY",
  "HS_SITE",
  "HS_SITE.PREFIX",
  "HS_NA_DELEGATE",
];

/** A stored value of a type without a structure of its own. */
export const plainValue: fc.Arbitrary<StoredValue> = fc
  .record({
    index: int32,
    type: fc.oneof(fc.constantFrom("URL", "EMAIL", "HS_SECKEY", ""), text),
    data: fc.oneof(
      fc.uint8Array(),
      text.map((one) => new Uint8Array(Buffer.from(one))),
    ),
    permissions: fc.nat(15),
    timestamp: fc.nat(0xffffffff),
    references: fc.array(anyReference, { maxLength: 3 }),
    lifetime: fc.oneof(
      fc.record({ ttlType: fc.constant("relative" as const), ttl: int32 }),
      fc.record({ ttlType: fc.constant("absolute" as const), ttl: fc.nat(0xffffffff) }),
    ),
  })
  .filter(({ type }) => !STRUCTURED_TYPES.includes(type))
  .map(({ lifetime, ...value }) => ({ ...value, ...lifetime }));
