import {
  authorise,
  decodeAdmin,
  decodeBase64,
  decodeData,
  decodeHex,
  decodePublicKey,
  decodeSite,
  decodeUtf8,
  decodeValueList,
  encodeAdmin,
  encodeData,
  encodePublicKey,
  encodeSite,
  encodeValue,
  encodeValueList,
  isHandleError,
  normalizeHandle,
  parseHandle,
  parseReference,
  permissionBits,
  quoteForMessage,
  subjectIdentity,
} from "@handlekit/core";
import { decodeRecord, encodeRecord } from "@handlekit/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admin, anyReference, plainValue, publicKey, STRUCTURED_TYPES, site, text } from "./arbitraries.ts";
import { adminValue, listValue, storedValue } from "./support.ts";

/** Runs a parser; what it throws, if it does, must be a HandleError that is fit to be shown. */
function survives(parse: () => unknown): string {
  try {
    parse();
    return "";
  } catch (error) {
    if (!isHandleError(error)) throw error;
    const shown = `${error.message}\n${error.hint ?? ""}`;
    expect(error.message).not.toBe("");
    expect(shown).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(shown.length).toBeLessThan(1200);
    return shown;
  }
}

function forAll<T>(arbitrary: fc.Arbitrary<T>, holds: (given: T) => unknown): void {
  fc.assert(
    fc.property(arbitrary, (given) => {
      holds(given);
    }),
    { numRuns: 500 },
  );
}

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: fc.constantFrom(..."hdl:/0129.aA-=+ \n\ud83d") }),
);

/** The bytes of something real with some of them changed, cut or added. */
const damaged = fc
  .tuple(
    fc.oneof(
      admin.map(encodeAdmin),
      fc.array(anyReference, { maxLength: 3 }).map(encodeValueList),
      publicKey.map(encodePublicKey),
      site.map(encodeSite),
      fc.array(plainValue, { maxLength: 3 }).map(encodeRecord),
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    fc.oneof(fc.constant(undefined), fc.nat()),
    fc.uint8Array({ maxLength: 4 }),
  )
  .map(([real, changes, cut, more]) => {
    const bytes = real.slice(0, cut === undefined ? undefined : cut % (real.length + 1));
    for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return new Uint8Array([...bytes, ...more]);
  });

/** Bytes that begin like valid ones, with lengths and counts of any size. */
const bytes = fc.oneof(
  { weight: 2, arbitrary: damaged },
  fc.uint8Array({ maxLength: 80 }),
  fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 6 }).map((one) => [...one]),
        fc.constantFrom(
          [0, 0, 0, 0],
          [0, 0, 0, 1],
          [0, 0, 0, 11],
          [0xff, 0xff, 0xff, 0xff],
          [0x7f, 0xff, 0xff, 0xff],
        ),
        fc.constantFrom("RSA_PUB_KEY", "DSA_PUB_KEY", "a/b", "HS_ADMIN").map((one) => [...Buffer.from(one)]),
        fc.constant([1]),
      ),
      { maxLength: 20 },
    )
    .map((parts) => new Uint8Array(parts.flat())),
);

describe("bytes", () => {
  it.each([
    ["decodeRecord", decodeRecord],
    ["decodeAdmin", decodeAdmin],
    ["decodeValueList", decodeValueList],
    ["decodePublicKey", decodePublicKey],
    ["decodeSite", decodeSite],
  ])("%s", (_, decode: (bytes: Uint8Array) => unknown) => {
    forAll(bytes, (given) => survives(() => decode(given)));
  });

  it("decodeData and decodeUtf8 accept anything", () => {
    forAll(fc.tuple(fc.oneof(fc.constantFrom(...STRUCTURED_TYPES), anyText), bytes), ([type, given]) => {
      decodeData(type, given);
      decodeUtf8(given);
    });
  });

  it("decodeUtf8 agrees with the decoder of the platform", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const expected = (given: Uint8Array) => {
      try {
        return decoder.decode(given);
      } catch {
        return undefined;
      }
    };
    forAll(bytes, (given) => expect(decodeUtf8(given)).toBe(expected(given)));
  });
});

describe("texts", () => {
  it.each([
    ["parseHandle", parseHandle],
    ["normalizeHandle", normalizeHandle],
    ["parseReference", parseReference],
    ["permissionBits", permissionBits],
  ])("%s", (_, parse: (text: string) => unknown) => {
    forAll(anyText, (given) => survives(() => parse(given)));
  });

  it("decodeBase64, decodeHex, subjectIdentity and quoteForMessage accept anything", () => {
    forAll(anyText, (given) => {
      decodeBase64(given);
      decodeHex(given);
      subjectIdentity({ CN: given });
      expect(quoteForMessage(given)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
    });
  });
});

const format = fc.constantFrom(
  "string",
  "base64",
  "hex",
  "admin",
  "vlist",
  "key",
  "KEY",
  "site",
  "foo",
  "__proto__",
);
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withTypedArray: true,
});

/** JSON that is nearly right: the members have their names, and now and then their kinds. */
function nearly(other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const either = (right: fc.Arbitrary<unknown>) => fc.oneof({ weight: 2, arbitrary: right }, other);
  const owner = fc.record(
    { handle: either(text), index: either(fc.oneof(fc.integer(), fc.constantFrom("300", "-1", "1e3", ""))) },
    { requiredKeys: [] },
  );
  const server = fc.record(
    {
      serverId: either(fc.nat()),
      address: either(
        fc.constantFrom("127.0.0.1", "::1", "1:2:3:4:5:6:7.8.9.10", "1::2::3", ":::", "256.0.0.1"),
      ),
      publicKey: either(fc.record({ format: either(format), value: either(publicKey) })),
      interfaces: either(
        fc.array(
          either(
            fc.record({
              protocol: either(fc.constantFrom("tcp", "HTTP", "QUIC")),
              port: either(fc.integer()),
            }),
          ),
        ),
      ),
    },
    { requiredKeys: [] },
  );
  const nearlySite = fc.record(
    {
      version: either(fc.integer()),
      protocolVersion: either(fc.constantFrom("2.11", "2.999", "2", "a.b")),
      hashOption: either(fc.integer()),
      hashFilter: either(text),
      attributes: either(fc.oneof(fc.array(other), fc.dictionary(text, either(fc.array(either(text)))))),
      servers: either(fc.array(either(server), { maxLength: 2 })),
    },
    { requiredKeys: [] },
  );
  const value = either(
    fc.oneof(
      text,
      nearlySite,
      owner,
      fc.array(either(owner), { maxLength: 3 }),
      fc.tuple(owner, either(fc.constantFrom("*", true, "011111110011", 7))).map(([one, permissions]) => ({
        ...one,
        permissions,
      })),
      publicKey,
      admin,
      fc.record(
        { kty: either(fc.constantFrom("RSA", "DSA")), n: other, e: other, p: other },
        { requiredKeys: ["kty"] },
      ),
    ),
  );
  return fc.record(
    {
      index: either(fc.integer()),
      type: either(fc.constantFrom("URL", "HS_ADMIN")),
      data: either(fc.oneof(text, fc.record({ format: either(format), value }, { requiredKeys: [] }))),
      ttl: either(
        fc.oneof(fc.double(), fc.constantFrom("2030-01-02T03:04:05Z", "2030-02-31T99:04:05+99:99")),
      ),
      permissions: either(fc.constantFrom("1110", "0110", "*")),
      timestamp: either(fc.constantFrom("2030-01-02T03:04:05Z", "yesterday")),
      references: either(fc.array(either(anyReference))),
    },
    { requiredKeys: [] },
  );
}

describe("JSON", () => {
  it.each([
    ["JSON", fc.jsonValue()],
    ["anything at all", anything],
    ["nearly a value", nearly(fc.jsonValue())],
    ["nearly a value, with anything in it", nearly(anything)],
  ] as [string, fc.Arbitrary<unknown>][])("encodeValue and encodeData of %s", (_, given) => {
    forAll(given, (json) => {
      survives(() => encodeValue(json));
      survives(() => encodeData(json));
      survives(() => encodeData((json as { data?: unknown } | null | undefined)?.data));
    });
  });

  it("no refusal quotes data", () => {
    const canary = anyText.map((one) => `S3CR3T${one}S3CR3T`);
    const members = [
      "handle",
      "index",
      "permissions",
      "kty",
      "n",
      "protocolVersion",
      "address",
      "servers",
      "attributes",
    ];
    const other = fc.letrec<{ one: unknown }>((tie) => ({
      one: fc.oneof(
        { weight: 3, arbitrary: canary },
        fc.array(tie("one"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...members), tie("one"), { maxKeys: 4 }),
        fc
          .tuple(fc.constantFrom("RSA", "DSA"), tie("one"))
          .map(([kty, one]) => ({ kty, n: one, e: one, q: one })),
        fc.tuple(tie("one"), tie("one")).map(([address, protocol]) => ({
          servers: [
            { address: typeof address === "string" ? "10.0.0.1" : address, interfaces: [{ protocol }] },
          ],
        })),
      ),
    })).one;
    const data = fc.oneof(other, fc.record({ format, value: other }));
    let refused = 0;
    forAll(data, (given) => {
      const shown = survives(() => encodeValue({ index: 1, type: "URL", data: given }));
      if (shown !== "") refused++;
      expect(shown).not.toContain("S3CR3T");
    });
    expect(refused).toBeGreaterThan(100);
  });
});

it("authorise accepts any record", async () => {
  const handles = ["a/b", "0.NA/a", "0.na/a.b", "", "/", "noslash"];
  const value = fc.oneof(
    plainValue,
    bytes.map((data) => storedValue(1, { type: "HS_ADMIN", data })),
    bytes.map((data) => storedValue(2, { type: "HS_VLIST", data })),
    fc.constantFrom(...handles).map((handle) => adminValue(3, `2:${handle}`)),
    fc.constantFrom(...handles).map((handle) => listValue(2, [`2:${handle}`, `7:${handle}`])),
  );
  const record = fc.option(fc.array(value, { maxLength: 4 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.constantFrom(...handles), anyText),
      fc.constantFrom("create", "delete", "read", "list"),
      fc.array(record, { minLength: handles.length, maxLength: handles.length }),
      fc.oneof(fc.record({ index: fc.constant(7), handle: fc.constantFrom(...handles) }), anyReference),
      async (handle, name, records, identity) => {
        const read = async (one: string) => records[handles.indexOf(one)];
        const answer = await authorise(identity, { name }, handle, read);
        expect(answer.allowed).toBe(answer.reason === "granted");
      },
    ),
    { numRuns: 500 },
  );
});

describe("large input is processed quickly", () => {
  const size = 300_000;
  it.each([
    ["a record of zeros", () => decodeRecord(new Uint8Array(size).fill(0).fill(1, 0, 1))],
    [
      "a list that counts what it has not",
      () => decodeValueList(new Uint8Array(size).fill(0).fill(0x7f, 0, 1)),
    ],
    [
      "a list of empty references",
      () => decodeValueList(Uint8Array.from([0, 0, 0x90, 0, ...new Array(0x9000 * 8).fill(0)])),
    ],
    ["a handle of colons", () => parseHandle(":".repeat(size))],
    ["a handle of digits", () => parseHandle(`${"1".repeat(size)}/x`)],
    ["a reference of digits", () => parseReference("1".repeat(size))],
    ["a reference of digits and a colon", () => parseReference(`${"1".repeat(size)}:a/b`)],
    [
      "a time of digits",
      () => encodeValue({ index: 1, type: "", data: "", ttl: `2030-01-02T03:04:05.${"1".repeat(size)}` }),
    ],
    [
      "permissions of ones",
      () => encodeValue({ index: 1, type: "", data: "", permissions: `${"1".repeat(size)}2` }),
    ],
    ["base64 of padding", () => encodeData({ format: "base64", value: `${"=".repeat(size)}x` })],
    ["base64 of blanks", () => encodeData({ format: "base64", value: `${" \n".repeat(size)}!` })],
    ["hex of zeros", () => encodeData({ format: "hex", value: `${"0".repeat(size)}x` })],
  ])("%s", (_, parse) => {
    const begun = performance.now();
    survives(parse);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
