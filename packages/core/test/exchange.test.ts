import {
  type AuthContext,
  type AuthStrategy,
  exchange,
  HandleError,
  isHandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { describe, expect, it } from "vitest";

const ORIGIN = "https://handle.example.org:8000";

const request: WireRequest = Object.freeze({
  method: "PUT",
  url: `${ORIGIN}/api/handles/20.500.12345/abc`,
  headers: Object.freeze({ "content-type": "application/json" }),
  body: new Uint8Array([1, 2, 3]),
});

const response = (status: number): WireResponse => ({ status, headers: {} });

/** Creates a context that responds with these statuses in turn and records the requests. */
function wire(...statuses: readonly number[]): AuthContext & { readonly sent: WireRequest[] } {
  const sent: WireRequest[] = [];
  return {
    sent,
    send: async (one) => {
      const status = statuses[sent.length];
      sent.push(one);
      if (status === undefined) throw new Error("Nothing more was to be sent.");
      return response(status);
    },
  };
}

/** A strategy that numbers its attempts. */
function strategy(given: Partial<AuthStrategy> = {}): AuthStrategy {
  let attempts = 0;
  return {
    scheme: "test",
    origins: [ORIGIN],
    authenticate: (wanted) => ({
      ...wanted,
      headers: { ...wanted.headers, authorization: `Test ${++attempts}` },
    }),
    ...given,
  };
}

/** The HandleError that an exchange ends with. */
async function failure(exchanged: Promise<unknown>): Promise<HandleError> {
  try {
    await exchanged;
  } catch (error) {
    if (isHandleError(error)) return error;
    throw error;
  }
  throw new Error("The exchange did not fail.");
}

describe("the request", () => {
  it("is the one that the strategy returned, once", async () => {
    const context = wire(200);
    expect(await exchange(strategy(), request, context)).toEqual(response(200));
    expect(context.sent).toEqual([
      { ...request, headers: { "content-type": "application/json", authorization: "Test 1" } },
    ]);
  });

  it("leaves the request as it was", async () => {
    const before = structuredClone(request);
    await exchange(strategy({ settle: () => "resend" }), request, wire(401, 200));
    expect(request).toEqual(before);
  });

  it("may come from an asynchronous strategy", async () => {
    const slow = strategy({ authenticate: async (wanted) => wanted, settle: async () => "accept" as const });
    expect(await exchange(slow, request, wire(204))).toEqual(response(204));
  });

  it("is passed to the strategy with the context", async () => {
    const context = { ...wire(200), signal: new AbortController().signal };
    const seen: AuthContext[] = [];
    const curious = strategy({
      authenticate: (wanted, its) => {
        seen.push(its);
        return wanted;
      },
      settle: (_response, _sent, its) => {
        seen.push(its);
        return "accept";
      },
    });
    await exchange(curious, request, context);
    expect(seen).toEqual([context, context]);
    expect(seen.every((one) => one === context)).toBe(true);
  });
});

describe("where it is sent", () => {
  it.each([
    [
      "plain HTTP",
      "http://handle.example.org:8000/api",
      "insecure_connection",
      'Credentials are not sent to "http://handle.example.org:8000": the connection would not be encrypted.',
      "Use the server's https address.",
    ],
    [
      "another port",
      "https://handle.example.org/api",
      "insecure_connection",
      "Credentials for https://handle.example.org:8000 are not sent to https://handle.example.org.",
      "Credentials are sent only to the origins that their strategy names, and never follow a redirect.",
    ],
    [
      "another host",
      "https://handle.example.org.evil.example:8000/api",
      "insecure_connection",
      "Credentials for https://handle.example.org:8000 are not sent to https://handle.example.org.evil.example:8000.",
      "Credentials are sent only to the origins that their strategy names, and never follow a redirect.",
    ],
    [
      "another host behind a user name",
      "https://handle.example.org:8000@evil.example/api",
      "insecure_connection",
      "Credentials for https://handle.example.org:8000 are not sent to https://evil.example.",
      "Credentials are sent only to the origins that their strategy names, and never follow a redirect.",
    ],
    [
      "a path alone",
      "/api/handles",
      "invalid_options",
      "The URL of the request is not absolute.",
      "Write it with scheme and host.",
    ],
  ] as const)("%s is refused before the strategy hears of it", async (_, url, code, message, hint) => {
    const context = wire(200);
    const deaf = strategy({
      authenticate: () => {
        throw new Error("It was asked.");
      },
    });
    const error = await failure(exchange(deaf, { ...request, url }, context));
    expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({ code, message, hint });
    expect(context.sent).toEqual([]);
  });

  it("is not an origin that only begins like one of the strategy", async () => {
    const url = "https://handle.example.org.evil.example/api";
    const begins = strategy({ origins: ["https://handle.example.org"] });
    const error = await failure(exchange(begins, { ...request, url }, wire(200)));
    expect(error.code).toBe("insecure_connection");
  });

  it("is never sent for a strategy without origins", async () => {
    const error = await failure(exchange(strategy({ origins: [] }), request, wire(200)));
    expect(error.code).toBe("insecure_connection");
    expect(error.message).toBe(`Credentials for no server are not sent to ${ORIGIN}.`);
  });

  it("is the same origin however the URL is written", async () => {
    const url = "HTTPS://Handle.Example.ORG:8000/api";
    expect(await exchange(strategy(), { ...request, url }, wire(200))).toEqual(response(200));
  });

  it.each([
    ["method", { ...request, method: "DELETE" }],
    ["URL", { ...request, url: `${ORIGIN}/api/handles/20.500.12345/other` }],
    ["host", { ...request, url: "https://evil.example/" }],
  ])("cannot be changed by the strategy: the %s", async (_, changed) => {
    const context = wire(200);
    const error = await failure(exchange(strategy({ authenticate: () => changed }), request, context));
    expect(error.code).toBe("strategy_failed");
    expect(error.message).toBe('The authentication strategy "test" changed the method or the URL.');
    expect(context.sent).toEqual([]);
  });
});

describe("settle", () => {
  it("gets every response, successful ones too, with the request that was sent", async () => {
    const seen: [number, string | undefined][] = [];
    const watching = strategy({
      settle: (answer, sent) => {
        seen.push([answer.status, sent.headers.authorization]);
        return answer.status === 401 ? "resend" : "accept";
      },
    });
    await exchange(watching, request, wire(200));
    await exchange(watching, request, wire(401, 200));
    expect(seen).toEqual([
      [200, "Test 1"],
      [401, "Test 2"],
      [200, "Test 3"],
    ]);
  });

  it("is obeyed once: the second answer is the last, whatever it is", async () => {
    const context = wire(401, 401);
    const stubborn = strategy({ settle: () => "resend" });
    expect(await exchange(stubborn, request, context)).toEqual(response(401));
    expect(context.sent.map((one) => one.headers.authorization)).toEqual(["Test 1", "Test 2"]);
  });

  it("that accepts ends it, even with a 401", async () => {
    const context = wire(401);
    expect(await exchange(strategy({ settle: () => "accept" }), request, context)).toEqual(response(401));
    expect(context.sent).toHaveLength(1);
  });
});

describe("failures", () => {
  const broken = new Error("S3CR3T is out");

  it.each([
    ["authenticate", { authenticate: () => Promise.reject(broken) }],
    [
      "authenticate",
      {
        authenticate: () => {
          throw broken;
        },
      },
    ],
    ["settle", { settle: () => Promise.reject(broken) }],
    [
      "settle",
      {
        settle: () => {
          throw broken;
        },
      },
    ],
  ] as const)("of a foreign strategy in %s are strategy_failed with their cause", async (step, given) => {
    const error = await failure(exchange(strategy(given), request, wire(200)));
    expect(error.code).toBe("strategy_failed");
    expect(error.message).toBe(`The authentication strategy "test" failed in ${step}.`);
    expect(error.hint).toBe("The cause is the strategy's own error.");
    expect(error.cause).toBe(broken);
  });

  it("of the second settle are wrapped, too", async () => {
    let calls = 0;
    const late = strategy({
      settle: () => {
        if (++calls === 2) throw broken;
        return "resend";
      },
    });
    expect((await failure(exchange(late, request, wire(401, 200)))).cause).toBe(broken);
  });

  it("include a strategy that returns no request", async () => {
    const empty = strategy({ authenticate: () => undefined as unknown as WireRequest });
    expect((await failure(exchange(empty, request, wire(200)))).code).toBe("strategy_failed");
  });

  it("that are HandleErrors are not wrapped", async () => {
    const own = new HandleError("authentication_failed", { message: "The password is wrong." });
    const failing = strategy({ authenticate: () => Promise.reject(own) });
    expect(await failure(exchange(failing, request, wire(200)))).toBe(own);
  });

  it("of send pass through, the first and the second time", async () => {
    const reset = new TypeError("fetch failed");
    const send = () => Promise.reject(reset);
    await expect(exchange(strategy(), request, { send })).rejects.toBe(reset);
    let sent = 0;
    const sendOnce = async () => {
      if (++sent === 2) throw reset;
      return response(401);
    };
    await expect(exchange(strategy({ settle: () => "resend" }), request, { send: sendOnce })).rejects.toBe(
      reset,
    );
  });
});

describe("the context and the address", () => {
  it("a strategy gets the context of its own, if there is one", async () => {
    const [context, own] = [wire(200, 200), wire(200)];
    const given: unknown[] = [];
    const asking = strategy({
      async authenticate(wanted, its) {
        given.push(its);
        await its.send({ ...wanted, url: `${ORIGIN}/login` }).catch(() => undefined);
        return wanted;
      },
      settle: (_response, _sent, its) => {
        given.push(its);
        return given.length < 3 ? "resend" : "accept";
      },
    });
    await exchange(asking, request, context, own);
    expect(given).toEqual([own, own, own, own]);
    expect(own.sent.map(({ url }) => url)).toEqual([`${ORIGIN}/login`, `${ORIGIN}/login`]);
    expect(context.sent.map(({ url }) => url)).toEqual([request.url, request.url]);
  });

  it.each([
    ["user information before another host", "https://h.example:8000@evil.example/"],
    ["a longer port", "https://h.example:80000/"],
    ["a longer host", "https://h.example:8000.evil.example/"],
  ])("an address that only begins like the origin is refused: %s", async (_what, url) => {
    const guarded = strategy({ origins: ["https://h.example:8000"] });
    const error = await failure(exchange(guarded, { ...request, url }, wire(200)));
    expect(["insecure_connection", "invalid_options"]).toContain(error.code);
  });

  it("a malformed origin allows no requests", async () => {
    const open = strategy({ origins: ["https:", "https://", "http://h.example", "https://user@h.example"] });
    for (const url of ["https://evil.example/", "http://h.example/x", "https://user@h.example/"]) {
      const error = await failure(exchange(open, { ...request, url }, wire(200)));
      expect(error.code).toBe("insecure_connection");
    }
  });
});
