import { encodeBase64, encodePublicKey, isHandleError, type WireRequest } from "@handlekit/core";
import {
  type CreateFetchOptions,
  createFetch,
  createTransport,
  type SendOptions,
  type TransportOptions,
} from "@handlekit/transport";
import { describe, expect, it } from "vitest";
import { CANARY } from "./servers.ts";

const CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
const DSA_KEY = encodeBase64(encodePublicKey({ kty: "DSA", p: "Fw", q: "Cw", g: "BA", y: "CA" }));
const ADDRESS = "https://handle.example.org:8000/api/handles/20.500.12345/abc";
const REQUEST: WireRequest = { method: "GET", url: ADDRESS, headers: {} };
const STRATEGY = { scheme: "x", origins: [], authenticate: (request: WireRequest) => request };

/** Resolves to the message of the invalid_options that a call throws; fails if a secret is in the error. */
async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!isHandleError(error, "invalid_options")) throw error;
    expect(`${error.stack} ${error.hint}`.includes("S3CR3T")).toBe(false);
    return error.message;
  }
  return "It was accepted.";
}

const WRONG_OPTIONS: readonly (readonly [options: unknown, message: string])[] = [
  [CANARY, "its options argument is a string; it must be an object."],
  [null, "its options argument is null; it must be an object."],
  [STRATEGY, "its options argument is a strategy itself."],
  [{ ca: new TextEncoder().encode(CA) }, "the option ca is a Uint8Array; it must be a string."],
  [{ ca: CANARY }, "the option ca holds no PEM certificate."],
  [{ ca: CA, verify: false }, "the options ca and verify: false contradict each other."],
  [
    { ca: CA, fetch: globalThis.fetch },
    "the options ca, trust and verify have no effect with the option fetch.",
  ],
  [{ verify: false, fetch: globalThis.fetch }, "the options ca, trust and verify have no effect with"],
  [
    { trust: { certificate: CA }, fetch: globalThis.fetch },
    "the options ca, trust and verify have no effect with the option fetch.",
  ],
  [{ trust: { certificate: CA }, ca: CA }, "the options trust and ca contradict each other."],
  [
    { trust: { fingerprint: CANARY }, verify: false },
    "the options trust and verify: false contradict each other.",
  ],
  [{ trust: CANARY }, "the option trust is a string; it must be an object."],
  [{ trust: {} }, "the option trust must have exactly one member: certificate, publicKey or fingerprint."],
  [{ trust: { sha256: CANARY } }, "the option trust must have exactly one member"],
  [{ trust: { certificate: CA, other: 1 } }, "the option trust must have exactly one member"],
  [{ trust: { certificate: CA, fingerprint: CANARY } }, "the option trust must have exactly one member"],
  [{ trust: { certificate: 5 } }, "the option trust.certificate is a number; it must be a string."],
  [{ trust: { certificate: CANARY } }, "the option trust.certificate holds no PEM certificate."],
  [{ trust: { certificate: `${CA}\n${CA}` } }, "the option trust.certificate holds more than one PEM"],
  [{ trust: { publicKey: CANARY } }, "the option trust.publicKey is neither a PEM public key nor the base64"],
  [
    { trust: { publicKey: DSA_KEY } },
    "the option trust.publicKey is neither a PEM public key nor the base64",
  ],
  [{ trust: { fingerprint: CANARY } }, "the option trust.fingerprint is not a SHA-256 fingerprint."],
  [
    { trust: { fingerprint: "a".repeat(2 ** 20 + 1) } },
    "the option trust.fingerprint is longer than 1048576 characters.",
  ],
  [{ verify: "false" }, "the option verify is a string; it must be true or false."],
  [{ timeouts: 5000 }, "the option timeouts is a number; it must be an object."],
  [{ timeouts: { connect: "5" } }, "the option timeouts.connect is a string; it must be a number."],
  [
    { timeouts: { connect: Number.POSITIVE_INFINITY } },
    "the option timeouts.connect must be a whole number of milliseconds from 1 to 2147483647.",
  ],
  [{ timeouts: { attempt: 0 } }, "the option timeouts.attempt must be a whole number of milliseconds"],
  [{ timeouts: { total: 2 ** 31 } }, "the option timeouts.total must be a whole number of milliseconds"],
  [{ retries: 3 }, "the option retries is a number; it must be an object."],
  [
    { retries: { limit: -1 } },
    "the option retries.limit must be a whole number of repetitions from 0 to 100.",
  ],
  [{ retries: { baseDelay: Number.NaN } }, "the option retries.baseDelay is NaN; it must be a number."],
  [{ retries: { maxDelay: null } }, "the option retries.maxDelay is null; it must be a number."],
  [{ random: 0.5 }, "the option random is a number; it must be a function."],
  [{ connections: 0.5 }, "the option connections must be a whole number of connections from 1 to 10000."],
  [{ connections: "8" }, "the option connections is a string; it must be a number."],
  [
    { maxResponseBytes: -1 },
    "the option maxResponseBytes must be a whole number of bytes from 1 to 2147483647.",
  ],
  [{ log: "console" }, "the option log is a string; it must be an object."],
  [{ log: { warn() {} } }, "the option log.debug is missing; it must be a function."],
  [{ fetch: "undici" }, "the option fetch is a string; it must be a function."],
];

const ENTRIES = WRONG_OPTIONS.map(([options, message]) => ({ options, message }));

describe("createTransport", () => {
  it("needs no options", async () => {
    await createTransport().close();
  });

  it.each(ENTRIES)("refuses: $message", async ({ options, message }) => {
    expect(await refusal(() => createTransport(options as TransportOptions))).toContain(
      `createTransport: ${message}`,
    );
  });
});

describe("createFetch", () => {
  const refused = (options: unknown) => refusal(() => createFetch(options as CreateFetchOptions));

  it("needs no options", async () => {
    await createFetch().close();
  });

  it.each(ENTRIES)("refuses: $message", async ({ options, message }) => {
    expect(await refused(options)).toContain(`createFetch: ${message}`);
  });

  it.each([
    [{ strategy: "basic" }, "the option strategy is a string; it must be an object."],
    [{ strategy: { origins: [] } }, "the strategy's authenticate is missing; it must be a function."],
    [
      { strategy: { ...STRATEGY, origins: ADDRESS } },
      "the strategy's origins is a string; it must be an array.",
    ],
  ])("refuses a malformed strategy, case %#", async (options, message) => {
    expect(await refused(options)).toBe(`createFetch: ${message}`);
  });
});

describe("the fetch of createFetch", () => {
  it.each<[unknown, unknown, string]>([
    [undefined, undefined, "its first argument is missing; it must be a string or an object."],
    [5, undefined, "its first argument is a number; it must be a string or an object."],
    [`/api/handles?${CANARY}`, undefined, "its first argument is not an absolute URL."],
    [`https://user:${CANARY}@h.example/`, undefined, "the address of https://h.example contains a user name"],
    [new URL(`https://user:${CANARY}@h.example/`), undefined, "the address of https://h.example contains"],
    [{ url: CANARY }, undefined, "its arguments do not form a request."],
    [ADDRESS, "DELETE", "its options argument is a string; it must be an object."],
    [ADDRESS, null, "its options argument is null; it must be an object."],
    [ADDRESS, { headers: { "x-a": `${CANARY}\nx` } }, "its arguments do not form a request."],
    [ADDRESS, { method: "GET", body: CANARY }, "its arguments do not form a request."],
  ])("refuses arguments, case %#", async (input, init, message) => {
    const send = createFetch({ fetch: () => Promise.reject(new Error("It was sent.")) });
    expect(await refusal(() => send(input as string, init as RequestInit))).toContain(`fetch: ${message}`);
  });
});

describe("send", () => {
  const transport = createTransport({ fetch: () => Promise.reject(new Error("It was sent.")) });

  it.each<[unknown, string]>([
    [undefined, "its request argument is missing; it must be an object."],
    [ADDRESS, "its request argument is a string; it must be an object."],
    [{}, "the request's method is missing; it must be a string."],
    [{ ...REQUEST, url: undefined }, "the request's url is missing; it must be a string."],
    [{ ...REQUEST, url: new URL(ADDRESS) }, "the request's url is an object; it must be a string."],
    [{ ...REQUEST, url: `/api?${CANARY}` }, "the request's url is not an absolute http or https address."],
    [{ ...REQUEST, headers: undefined }, "the request's headers is missing; it must be an object."],
    [{ ...REQUEST, body: CANARY }, "the request's body is a string; it must be a Uint8Array."],
    [
      { ...REQUEST, method: "TRACE" },
      "the method of a request to https://handle.example.org:8000/api/handles",
    ],
    [
      { ...REQUEST, headers: { "x-a": 1 } },
      "the header x-a of a request to https://handle.example.org:8000 is a",
    ],
  ])("refuses a malformed request, case %#", async (request, message) => {
    expect(await refusal(() => transport.send(request as WireRequest))).toContain(`send: ${message}`);
  });

  it.each<[unknown, string]>([
    [null, "its options argument is null; it must be an object."],
    [STRATEGY, "its options argument is a strategy or a signal itself."],
    [new AbortController().signal, "its options argument is a strategy or a signal itself."],
    [{ strategy: "basic" }, "the option strategy is a string; it must be an object."],
    [{ strategy: {} }, "the strategy's authenticate is missing; it must be a function."],
    [{ strategy: { authenticate() {} } }, "the strategy's origins is missing; it must be an array."],
    [{ signal: 500 }, "the option signal is a number; it must be an object."],
    [{ repeatable: "yes" }, "the option repeatable is a string; it must be true or false."],
    [{ onRepeat: {} }, "the option onRepeat is an object; it must be a function."],
    [{ redirect: true }, "the option redirect is a boolean; it must be a string."],
    [{ redirect: "follow" }, 'the option redirect must be "error" or "manual".'],
  ])("refuses options, case %#", async (options, message) => {
    expect(await refusal(() => transport.send(REQUEST, options as SendOptions))).toBe(`send: ${message}`);
  });

  it("reports a strategy whose request has no headers", async () => {
    const origin = new URL(ADDRESS).origin;
    const strategy = {
      ...STRATEGY,
      origins: [origin],
      authenticate: ({ method, url }: WireRequest) => ({ method, url }) as WireRequest,
    };
    const error: unknown = await transport.send(REQUEST, { strategy }).catch((e: unknown) => e);
    expect(isHandleError(error, "strategy_failed")).toBe(true);
  });
});
