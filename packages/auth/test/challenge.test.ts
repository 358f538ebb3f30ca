import {
  digestAlgorithm,
  formatHandleChallenge,
  macAlgorithm,
  parseChallenges,
  signedBytes,
} from "@handlekit/auth/wire";
import { encodeBase64 } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RECORDED_CHALLENGES, RECORDED_INLINE, RECORDED_SERVER_SIGNATURES } from "./vectors.ts";

const RECORDED = [...RECORDED_CHALLENGES, ...RECORDED_SERVER_SIGNATURES, RECORDED_INLINE.challenges];
const NONCE = "1MdqqwV970b0Nemd2vG3GQ==";
const HANDLE = `Handle sessionId="node01", nonce="${NONCE}"`;

/** Parses a header, with bytes as base64. */
function read(header: string) {
  const { basic, handle } = parseChallenges(header);
  const { nonce, serverSignature, ...texts } = handle ?? {};
  return {
    basic,
    handle: handle && {
      ...texts,
      ...(nonce && { nonce: encodeBase64(nonce) }),
      ...(serverSignature && { serverSignature: encodeBase64(serverSignature) }),
    },
  };
}

describe("challenges", () => {
  it.each(RECORDED)("reads and writes what the server wrote: %s", (header) => {
    const { basic, handle = {} } = parseChallenges(header);
    const { sessionId = "", nonce = new Uint8Array(), ...rest } = handle;
    expect(basic).toEqual(header.startsWith("Basic") ? { realm: "handle" } : undefined);
    expect(formatHandleChallenge({ sessionId, nonce, ...rest })).toBe(header.slice(header.indexOf("Handle")));
  });

  const whole = { sessionId: "node01", nonce: NONCE };
  it.each<[string, string, ReturnType<typeof read>["handle"]]>([
    ["in the other order, other schemes between", `${HANDLE}, Negotiate a2V5==, Basic realm="handle"`, whole],
    ["after a scheme with parameters", `Digest realm="x, Handle y=z", qop="a,b", ${HANDLE}`, whole],
    ["keys in any case, unknown ones too", `handle NONCE="${NONCE}", x="y", SESSIONID=node01`, whole],
    ["without order, with empty elements", `,, Handle  nonce = "${NONCE}" ,, sessionId=node01,`, whole],
    ["escapes", `Handle sessionId="a\\"b\\\\c"`, { sessionId: 'a"b\\c' }],
    ["the first of two", `${HANDLE}, Handle sessionId="node02"`, { sessionId: "node01", nonce: NONCE }],
    ["the first of a repeated key", 'Handle sessionId="a", sessionId="b"', { sessionId: "a" }],
    ["no parameters", "Handle", {}],
    ["base64 that is none", 'Handle sessionId="a", nonce="!", serverSignature="???"', { sessionId: "a" }],
    ["base64 that is not quoted", "Handle nonce=ab/c==, sessionId=a", { sessionId: "a" }],
    ["a value with more after it", 'Handle nonce="YWJj"x, sessionId="a"', { sessionId: "a" }],
    ["a quote that does not end", 'Handle sessionId="a", nonce="YWJj', { sessionId: "a" }],
    ["a percent-encoded error", 'Handle error="a%25 %C3%A9 \\"b\\""', { error: 'a% é "b"' }],
    ["an error half encoded", 'Handle error="%zz %C3 100%"', { error: "%zz %C3 100%" }],
    ["another scheme only", 'Handles sessionId="a"', undefined],
    ["nothing", "", undefined],
  ])("%s", (_what, header, expected) => {
    expect(read(header).handle).toEqual(expected);
  });

  it("reads a Basic challenge without a realm, and without Handle", () => {
    expect(parseChallenges("basic")).toEqual({ basic: {} });
  });

  it("round-trips every challenge, as printable ASCII", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const fields = fc.record(
      {
        sessionId: fc.string({ unit: "grapheme-ascii", minLength: 1 }),
        nonce: bytes,
        serverAlg: fc.constantFrom("SHA-256", "x"),
        serverSignature: bytes,
        error: fc.string({ unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text)),
      },
      { requiredKeys: ["sessionId", "nonce"] },
    );
    fc.assert(
      fc.property(fields, (challenge) => {
        const header = formatHandleChallenge(challenge);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(parseChallenges(`Basic realm="handle", ${header}`)).toEqual({
          basic: { realm: "handle" },
          handle: challenge,
        });
      }),
    );
  });

  it("neither throws nor hangs for any input", () => {
    const piece = fc.constantFrom(
      '"',
      "\\",
      ",",
      "=",
      " ",
      "\t",
      "a",
      "%",
      "%C3",
      "Handle ",
      "nonce=",
      "Basic ",
    );
    const nasty = fc.array(piece, { maxLength: 3000 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), nasty), (text) => void parseChallenges(text)),
    );
    const began = performance.now();
    for (const text of ['"', "\\", "=", " ", "\t", ",", 'a="', "a= ", "%41", "a ", 'a="\\",'])
      parseChallenges(`Handle error="x", ${text.repeat(50_000)}`);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe("signedBytes", () => {
  it("returns the server's nonce, then the client's", () => {
    expect(signedBytes(Uint8Array.of(1, 2), Uint8Array.of(3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(signedBytes(new Uint8Array(), new Uint8Array())).toEqual(new Uint8Array());
  });
});

describe("algorithm names", () => {
  it.each<[string, string | undefined]>([
    ["md5", "MD5"],
    ["SHA", "SHA-1"],
    ["sha1", "SHA-1"],
    ["SHA-1", "SHA-1"],
    ["SHA2", "SHA-256"],
    ["sha-2", "SHA-256"],
    ["SHA256", "SHA-256"],
    ["Sha-256", "SHA-256"],
    ["HMAC-SHA1", "HMAC-SHA1"],
    ["HmacSHA1", "HMAC-SHA1"],
    ["HMAC-SHA-256", "HMAC-SHA256"],
    ["hmac_sha256", "HMAC-SHA256"],
    ["PBKDF2-HMAC-SHA1", "PBKDF2-HMAC-SHA1"],
    ["PBKDF2WithHmacSHA1", "PBKDF2-HMAC-SHA1"],
    ["PBKDF2WithHmacSHA256", undefined],
    ["HMAC-MD5", undefined],
    ["SHA-512", undefined],
    ["constructor", undefined],
    ["", undefined],
  ])("%j as a MAC is %s", (name, expected) => {
    expect(macAlgorithm(name)).toBe(expected);
  });

  it.each<[string, string | undefined]>([
    ["SHA1", "SHA-1"],
    ["sha", "SHA-1"],
    ["SHA-256", "SHA-256"],
    ["sha256", "SHA-256"],
    ["MD5", "MD5"],
    ["HMAC-SHA1", undefined],
    ["__proto__", undefined],
  ])("%j as a digest is %s", (name, expected) => {
    expect(digestAlgorithm(name)).toBe(expected);
  });
});
