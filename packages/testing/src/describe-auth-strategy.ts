import { inspect } from "node:util";
import {
  type AuthContext,
  type AuthStrategy,
  exchange,
  isHandleError,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";
import { checkSuite, type TestApi } from "./test-api.ts";

/** The strategies that {@link describeAuthStrategy} tests. */
export interface AuthStrategySubject {
  /** Creates a strategy for one https origin. */
  create(origin: string): AuthStrategy;
  /** Texts that the strategy knows and must never print: the password, a part of the private key. */
  readonly secrets: readonly string[];
  /** Responds as the server of the strategy, for strategies with requests of their own. Default status 200. */
  readonly respond?: ((request: WireRequest) => WireResponse | Promise<WireResponse>) | undefined;
}

const ORIGIN = "https://handle.example.org:8000";
const URL_OF_RECORD = `${ORIGIN}/api/handles/20.500.12345/abc?index=1`;

const REQUEST: WireRequest = Object.freeze({
  method: "PUT",
  url: URL_OF_RECORD,
  headers: Object.freeze({ accept: "application/json", "content-type": "application/json" }),
  body: new TextEncoder().encode('{"values":[]}'),
});

/**
 * Adds tests of the contract of {@link AuthStrategy}, for strategies of your own.
 *
 * @param name the name of the strategy in the test report
 * @param subject creates the strategies
 * @param api the functions of the test runner
 * @example
 * ```ts
 * describeAuthStrategy("basic", { create: (origin) => createBasicAuth({ ...user, origins: [origin] }), secrets }, api);
 * ```
 */
export function describeAuthStrategy(name: string, subject: AuthStrategySubject, api: TestApi): void {
  checkSuite("describeAuthStrategy", name, subject, api, { create: ["function"], secrets: ["array"] });
  const { describe, it, expect } = api;
  const respond = subject.respond ?? (() => ({ status: 200, headers: {} }));

  const recording = () => {
    const sent: WireRequest[] = [];
    const context: AuthContext = {
      send: async (request) => {
        sent.push(request);
        return respond(request);
      },
    };
    return { sent, context };
  };
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe(`${name}: the contract of an authentication strategy`, () => {
    it("names its scheme and its https origins", async () => {
      const strategy = subject.create(ORIGIN);
      expect(strategy.scheme.length > 0).toBe(true);
      expect([...strategy.origins]).toEqual([ORIGIN]);
    });

    it("adds an identity and leaves method, URL and body as they are", async () => {
      const { sent, context } = recording();
      await exchange(subject.create(ORIGIN), REQUEST, context);
      const last = sent.at(-1);
      expect(last?.method).toBe(REQUEST.method);
      expect(last?.url).toBe(REQUEST.url);
      expect(last?.body).toEqual(REQUEST.body);
      expect(last?.headers.accept).toBe("application/json");
      expect(last === undefined || last.headers.authorization === undefined).toBe(false);
    });

    it("does not modify the request", async () => {
      const before = structuredClone(REQUEST);
      await exchange(subject.create(ORIGIN), REQUEST, recording().context);
      expect(structuredClone(REQUEST)).toEqual(before);
    });

    it("sends nothing over plain HTTP", async () => {
      const { sent, context } = recording();
      const url = URL_OF_RECORD.replace("https:", "http:");
      const error = await failure(exchange(subject.create(ORIGIN), { ...REQUEST, url }, context));
      expect(isHandleError(error, "insecure_connection")).toBe(true);
      expect(sent.length).toBe(0);
    });

    it("sends nothing to another origin, such as another port or a similar host", async () => {
      const { sent, context } = recording();
      for (const other of ["https://handle.example.org", "https://handle.example.org:8000@evil.example"]) {
        const url = URL_OF_RECORD.replace(ORIGIN, other);
        const error = await failure(exchange(subject.create(ORIGIN), { ...REQUEST, url }, context));
        expect(isHandleError(error, "insecure_connection")).toBe(true);
      }
      expect(sent.length).toBe(0);
    });

    it("serves ten requests at once", async () => {
      const { sent, context } = recording();
      const strategy = subject.create(ORIGIN);
      const statuses = await Promise.all(
        Array.from({ length: 10 }, () => exchange(strategy, REQUEST, context)),
      );
      expect(statuses.map((response) => response.status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(sent.filter((request) => request.url === URL_OF_RECORD).length >= 10).toBe(true);
    });

    it("prints no secret when it is inspected or converted to JSON or text", async () => {
      const strategy = subject.create(ORIGIN);
      const shown = `${inspect(strategy, { depth: 9, showHidden: true })}${JSON.stringify(strategy)}${String(strategy)}`;
      for (const secret of subject.secrets) expect(shown.includes(secret)).toBe(false);
    });

    it("can be closed", async () => {
      await subject.create(ORIGIN).close?.();
    });
  });
}
