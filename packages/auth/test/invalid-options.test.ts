import { inspect } from "node:util";
import * as auth from "@handlekit/auth";
import * as ardc from "@handlekit/auth/ardc";
import * as basic from "@handlekit/auth/basic";
import * as clientCertificate from "@handlekit/auth/client-certificate";
import * as session from "@handlekit/auth/session";
import * as wire from "@handlekit/auth/wire";
import { isHandleError } from "@handlekit/core";
import { describe, expect, it } from "vitest";

const SECRET = "S3CR3T";
const ORIGINS = ["https://handle.example.org:8000"];
const IDENTITY = "300:20.500.12345/USER1";
const BASIC = { identity: IDENTITY, password: SECRET, origins: ORIGINS };
const TLS = { certificate: "-----BEGIN CERTIFICATE-----", key: SECRET };
const CERTIFICATE = { tls: TLS, origins: ORIGINS };
const ARDC = { appId: "a", sharedSecret: SECRET, identifier: "b", authDomain: "c", origins: ORIGINS };
const SIGNER = { type: "HS_SECKEY", alg: "SHA-256", sign: async (bytes: Uint8Array) => bytes };
const SESSION = { identity: IDENTITY, signer: SIGNER, origins: ORIGINS };
const LOGIN = { kind: "password", identity: { index: 300, handle: "20.500.12345/USER1" }, password: SECRET };
const NONCE = Uint8Array.of(1);

type Case = readonly [args: readonly unknown[], message: string];

/** Cases of the options `origins` and `identity`, which several functions have. */
const originCases = (options: object): Case[] => [
  [[{ ...options, origins: undefined }], "the option origins is missing; it must be an array."],
  [[{ ...options, origins: ORIGINS[0] }], "the option origins is a string; it must be an array."],
  [[{ ...options, origins: [] }], "the option origins is empty"],
  [[{ ...options, origins: [...ORIGINS, 5] }], "the option origins[1] is a number; it must be a string."],
  [[{ ...options, origins: [SECRET] }], "the option origins[0] is not a URL."],
];

const identityCases = (options: object): Case[] => [
  [[{ ...options, identity: 300 }], "the option identity is a number; it must be a string or an object."],
  [[{ ...options, identity: { index: 300 } }], "the option identity.handle is missing; it must be a string."],
  [
    [{ ...options, identity: { handle: "a/b" } }],
    "the option identity.index is missing; it must be a number.",
  ],
  [
    [{ ...options, identity: { handle: "a/b", index: -1 } }],
    "the option identity.index must be a whole number",
  ],
];

const noOptions: Case[] = [
  [[], "its options argument is missing; it must be an object."],
  [[SECRET], "its options argument is a string; it must be an object."],
  [[null], "its options argument is null; it must be an object."],
];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  createBasicAuth: [
    ...noOptions,
    [[IDENTITY, SECRET, ORIGINS], "its options argument is a string; it must be an object."],
    [
      [{ ...BASIC, identity: undefined }],
      "the option identity is missing; it must be a string or an object.",
    ],
    ...identityCases(BASIC),
    [
      [{ ...BASIC, password: undefined }],
      "the option password is missing; it must be a string or an object.",
    ],
    [
      [{ ...BASIC, password: new TextEncoder().encode(SECRET) }],
      "the option password is a Uint8Array; it must",
    ],
    [[{ ...BASIC, password: {} }], "the option password.reveal is missing; it must be a function."],
    [
      [{ ...BASIC, password: { reveal: () => SECRET } }],
      "the result of password.reveal() is a string; it must",
    ],
    [[{ ...BASIC, password: "" }], "the option password is empty."],
    ...originCases(BASIC),
  ],
  createClientCertificateAuth: [
    ...noOptions,
    [[{ ...CERTIFICATE, tls: undefined }], "the option tls is missing; it must be an object or a string."],
    [[{ ...CERTIFICATE, tls: SECRET }], "the option tls must be an object with certificate and key"],
    [
      [{ ...CERTIFICATE, tls: { key: SECRET } }],
      "the option tls.certificate is missing; it must be a string.",
    ],
    [
      [{ ...CERTIFICATE, tls: { ...TLS, key: undefined } }],
      "the option tls.key is missing; it must be a string",
    ],
    [[{ ...CERTIFICATE, tls: { ...TLS, key: {} } }], "the option tls.key.reveal is missing; it must be a"],
    ...identityCases(CERTIFICATE),
    ...originCases(CERTIFICATE),
  ],
  createArdcAuth: [
    ...noOptions,
    [[{ ...ARDC, appId: undefined }], "the option appId is missing; it must be a string."],
    [[{ ...ARDC, appId: "" }], "the option appId is empty."],
    [[{ ...ARDC, appId: `a:${SECRET}` }], "the option appId contains a colon"],
    [
      [{ ...ARDC, sharedSecret: 5 }],
      "the option sharedSecret is a number; it must be a string or an object.",
    ],
    [[{ ...ARDC, sharedSecret: "" }], "the option sharedSecret is empty."],
    [[{ ...ARDC, identifier: undefined }], "the option identifier is missing; it must be a string."],
    [[{ ...ARDC, authDomain: null }], "the option authDomain is null; it must be a string."],
    [[{ ...ARDC, via: 1 }], "the option via is a number; it must be a string."],
    [[{ ...ARDC, via: "query" }], 'the option via must be "header" or "body".'],
    ...originCases(ARDC),
  ],
  createSessionAuth: [
    ...noOptions,
    [
      [{ ...SESSION, identity: undefined }],
      "the option identity is missing; it must be a string or an object.",
    ],
    ...identityCases(SESSION),
    [[{ ...SESSION, signer: undefined }], "the option signer is missing; it must be an object."],
    [[{ ...SESSION, signer: {} }], "the option signer.type is missing; it must be a string."],
    [[{ ...SESSION, signer: { ...SIGNER, type: "HMAC" } }], 'the option signer.type must be "HS_SECKEY" or'],
    [
      [{ ...SESSION, signer: { ...SIGNER, alg: 1 } }],
      "the option signer.alg is a number; it must be a string.",
    ],
    [
      [{ ...SESSION, signer: { ...SIGNER, sign: SECRET } }],
      "the option signer.sign is a string; it must be a",
    ],
    [
      [{ ...SESSION, signer: { ...SIGNER, parameters: 1 } }],
      "the option signer.parameters is a number; it must",
    ],
    [[{ ...SESSION, verifyServer: true }], "the option verifyServer is a boolean; it must be an object."],
    [
      [{ ...SESSION, verifyServer: {} }],
      "the option verifyServer.publicKey is missing; it must be an object.",
    ],
    [[{ ...SESSION, sessionsPath: 1 }], "the option sessionsPath is a number; it must be a string."],
    [[{ ...SESSION, sessionsPath: "api" }], "the option sessionsPath is not the path of a URL."],
    [[{ ...SESSION, timeout: "5" }], "the option timeout is a string; it must be a number."],
    [
      [{ ...SESSION, timeout: 0 }],
      "the option timeout must be a number of milliseconds above 0, at most 2147483647.",
    ],
    [[{ ...SESSION, random: NONCE }], "the option random is a Uint8Array; it must be a function."],
    ...originCases(SESSION),
  ],
  createSecretKeySigner: [
    ...noOptions,
    [[{}], "the option secret is missing; it must be a string or an object."],
    [[{ secret: "" }], "the option secret is empty."],
    [[{ secret: SECRET, alg: 256 }], "the option alg is a number; it must be a string."],
    [[{ secret: SECRET, alg: "MD5" }], "the option alg is not an algorithm that is supported for secrets."],
    [[{ secret: SECRET, parameters: [] }], "the option parameters is an array; it must be an object."],
    [[{ secret: SECRET, parameters: {} }], "the option parameters.salt is missing; it must be a Uint8Array."],
    [
      [{ secret: SECRET, parameters: { salt: NONCE } }],
      "the option parameters.iterations is missing; it must be",
    ],
    [
      [{ secret: SECRET, parameters: { salt: NONCE, iterations: 1 } }],
      "the option parameters.length is missing",
    ],
    [
      [{ secret: SECRET, parameters: { salt: NONCE, iterations: 1, length: 9 } }],
      "the option parameters cannot be used for PBKDF2.",
    ],
  ],
  createPrivateKeySigner: [
    ...noOptions,
    [[{}], "the option key is missing; it must be a string or an object."],
    [[{ key: SECRET, alg: null }], "the option alg is null; it must be a string."],
    [[{ key: SECRET, alg: "MD5" }], "the option alg is not an algorithm that is supported for private keys."],
  ],
  createAuth: [
    [[], "credentials is missing; it must be an object."],
    [["credentials.json"], "credentials is a string; it must be an object."],
    [[{ username: IDENTITY, password: SECRET }], "credentials is a document that has not been loaded."],
    [[{ login: IDENTITY }], "credentials.login is a string; it must be an object."],
    [[{ login: { ...LOGIN, kind: "token" } }], 'credentials.login.kind must be "password" or "certificate".'],
    [[{ server: 5 }], "credentials.server is a number; it must be a string."],
    [[{ ardc: SECRET }], "credentials.ardc is a string; it must be an object."],
    [[{}, null], "its options argument is null; it must be an object."],
    [[{}, ORIGINS], "its options argument is an array; it must be an object."],
    [[{}, { for: 1 }], "the option for is a number; it must be a string."],
    [[{}, { for: "datacite" }], 'the option for must be "handle" or "ardc".'],
    [[{}, { session: "yes" }], "the option session is a string; it must be true or false."],
    [[{}, { origins: ORIGINS[0] }], "the option origins is a string; it must be an array."],
    [[{ login: LOGIN }], "the option origins is missing, and the credentials name no server either."],
    [[{ ardc: ARDC }, { for: "ardc" }], "the option origins is missing."],
    [[{ ardc: ARDC }, { for: "ardc", session: true }], "the option session cannot be true for ardc."],
  ],
  authFetch: [
    [[], "strategy is missing; it must be an object."],
    [[fetch], "strategy is a function; it must be an object."],
    [[BASIC], "strategy.authenticate is missing; it must be a function."],
    [[{ authenticate() {} }], "strategy.origins is missing; it must be an array."],
    [[auth.createBasicAuth(BASIC), fetch], "its options argument is a function; it must be an object."],
    [
      [auth.createBasicAuth(BASIC), { fetch: "undici" }],
      "the option fetch is a string; it must be a function.",
    ],
    [[auth.createBasicAuth(BASIC), { log: true }], "the option log is a boolean; it must be an object."],
  ],
  formatBasic: [
    [[undefined, NONCE], "user is missing; it must be a string."],
    [["a", SECRET], "password is a string; it must be a Uint8Array."],
  ],
  encodeBasic: [
    [[undefined, NONCE], "user is missing; it must be a string or an object."],
    [[IDENTITY, SECRET], "password is a string; it must be a Uint8Array."],
  ],
  decodeBasic: [[[undefined], "header is missing; it must be a string."]],
  formatHandleAuthorization: [
    [[], "fields is missing; it must be an object."],
    [[{ clientCert: true }], "fields.clientCert is a boolean; it must be a string."],
  ],
  parseHandleAuthorization: [[[null], "header is null; it must be a string."]],
  parseChallenges: [[[["Basic", "Handle"]], "headerValue is an array; it must be a string."]],
  formatHandleChallenge: [
    [[], "its options argument is missing; it must be an object."],
    [[{ nonce: NONCE }], "the option sessionId is missing; it must be a string."],
    [[{ sessionId: "a", nonce: SECRET }], "the option nonce is a string; it must be a Uint8Array."],
    [
      [{ sessionId: "a", nonce: NONCE, serverAlg: 1 }],
      "the option serverAlg is a number; it must be a string.",
    ],
    [
      [{ sessionId: "a", nonce: NONCE, serverSignature: "" }],
      "the option serverSignature is a string; it must",
    ],
    [[{ sessionId: "a", nonce: NONCE, error: null }], "the option error is null; it must be a string."],
  ],
  signedBytes: [
    [[SECRET, NONCE], "nonce is a string; it must be a Uint8Array."],
    [[NONCE], "cnonce is missing; it must be a Uint8Array."],
  ],
  macAlgorithm: [[[undefined], "name is missing; it must be a string."]],
  digestAlgorithm: [[[5], "name is a number; it must be a string."]],
};

const functions: ReadonlyMap<string, (...args: never[]) => unknown> = new Map(
  Object.entries({ ...auth, ...wire }),
);

it("every exported function has cases here", () => {
  expect([...functions.keys()].sort()).toEqual(Object.keys(CASES).sort());
});

it("every strategy is exported from the package and from its subpath", () => {
  for (const [name, value] of Object.entries({ ...ardc, ...basic, ...clientCertificate, ...session })) {
    expect([name, functions.get(name)]).toEqual([name, value]);
  }
});

for (const [name, cases] of Object.entries(CASES)) {
  describe(name, () => {
    it.each(cases.map(([args, message]) => ({ args, message })))("refuses: $message", ({ args, message }) => {
      let error: unknown;
      try {
        Reflect.apply(functions.get(name) ?? Boolean, undefined, args);
      } catch (thrown) {
        error = thrown;
      }
      if (!isHandleError(error, "invalid_options")) throw new Error("It is no invalid_options.");
      expect(error.message).toContain(`${name}: ${message}`);
      expect(inspect(error).includes(SECRET)).toBe(false);
    });
  });
}

describe("sign", () => {
  it("refuses anything but bytes", async () => {
    for (const alg of ["SHA-256", "PBKDF2-HMAC-SHA1"]) {
      const signer = auth.createSecretKeySigner({ secret: SECRET, alg });
      const error: unknown = await signer.sign("nonce" as never).catch((thrown: unknown) => thrown);
      expect(isHandleError(error, "invalid_options")).toBe(true);
    }
  });
});
