import { type AuthFetchOptions, authFetch, type FetchLike } from "@handlekit/auth";
import { createBasicAuth } from "@handlekit/auth/basic";
import { isHandleError } from "@handlekit/core";
import { Agent, fetch as undiciFetch } from "undici";
import { describe, expect, expectTypeOf, it } from "vitest";

const ORIGIN = "https://handle.example.org:8000";
const strategy = createBasicAuth({ identity: "300:a/b", password: "S3CR3T", origins: [ORIGIN] });

// A test of types too: it must compile without a cast.
describe("the option fetch of authFetch", () => {
  it("takes the platform's fetch and undici's", () => {
    expectTypeOf<typeof globalThis.fetch>().toExtend<FetchLike>();
    expectTypeOf<typeof undiciFetch>().toExtend<FetchLike>();
    expectTypeOf<(url: string) => Promise<string>>().not.toExtend<FetchLike>();
    const dispatcher = new Agent();
    const all: AuthFetchOptions[] = [
      {},
      { fetch: undefined, log: undefined },
      { fetch },
      { fetch: undiciFetch },
      { fetch: (url, init) => undiciFetch(url, { ...init, dispatcher }) },
    ];
    for (const options of all) {
      const send = authFetch(strategy, options);
      expectTypeOf(send).toExtend<typeof globalThis.fetch>();
      expect(send).toBeTypeOf("function");
    }
  });

  it("takes a custom async function", async () => {
    const byResponse = authFetch(strategy, {
      fetch: async (url, { method, body }) => new Response(`${method} ${url} ${body?.length}`),
    });
    const sent = await byResponse(`${ORIGIN}/x#there`, { method: "PUT", body: "é" });
    expect([await sent.text(), sent.url]).toEqual([`PUT ${ORIGIN}/x 2`, `${ORIGIN}/x`]);

    const byShape = authFetch(strategy, {
      fetch: async (_url, init) => ({
        status: 201,
        headers: new Map([["x-redirect", init.redirect]]),
        arrayBuffer: async () => new ArrayBuffer(3),
      }),
    });
    const shaped = await byShape(ORIGIN);
    expect([shaped.status, shaped.headers.get("x-redirect"), (await shaped.bytes()).length]).toEqual([
      201,
      "manual",
      3,
    ]);
  });

  it("may return repeated headers, an encoded body and an impossible status", async () => {
    const answer = (status: number) => async () => ({
      status,
      headers: new Headers([
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["content-encoding", "gzip"],
        ["content-length", "7"],
      ]),
      arrayBuffer: async () => new ArrayBuffer(0),
    });
    const { headers } = await authFetch(strategy, { fetch: answer(200) })(ORIGIN);
    expect([...headers]).toEqual([["set-cookie", "a=1, b=2"]]);
    const error: unknown = await authFetch(strategy, { fetch: answer(999) })(ORIGIN).catch((e: unknown) => e);
    expect(isHandleError(error, "protocol_error")).toBe(true);
  });

  it("may hide a redirect, as a browser's does", async () => {
    const hidden = Object.defineProperty(Response.error(), "type", { value: "opaqueredirect" });
    const error: unknown = await authFetch(strategy, { fetch: async () => hidden })(ORIGIN).catch(
      (e: unknown) => e,
    );
    expect(isHandleError(error, "redirected")).toBe(true);
  });
});

describe("the fetch of authFetch", () => {
  it.each<[unknown, unknown, string]>([
    [undefined, undefined, "its first argument is missing; it must be a string or an object."],
    ["/api/handles", undefined, "its first argument is not an absolute URL."],
    [
      "https://user:S3CR3T@handle.example.org:8000/",
      undefined,
      "the address of https://handle.example.org:8000",
    ],
    [{}, undefined, "its arguments do not form a request."],
    [ORIGIN, "DELETE", "its options argument is a string; it must be an object."],
    [ORIGIN, { method: "GET", body: "S3CR3T" }, "its arguments do not form a request."],
  ])("refuses arguments, case %#", async (input, init, message) => {
    const send = authFetch(strategy, { fetch: () => Promise.reject(new Error("It was sent.")) });
    const error: unknown = await send(input as string, init as RequestInit).catch((e: unknown) => e);
    if (!isHandleError(error, "invalid_options")) throw new Error("It is no invalid_options.");
    expect(error.message).toContain(`fetch: ${message}`);
    expect(`${error.stack} ${error.hint}`.includes("S3CR3T")).toBe(false);
  });
});
