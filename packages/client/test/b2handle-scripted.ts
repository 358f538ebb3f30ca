import { EUDATHandleClient, type EUDATHandleClientConfig } from "@handlekit/client/b2handle";
import { decodeUtf8, encodeUtf8, type WireRequest } from "@handlekit/core";
import type { Transport } from "@handlekit/transport";

export const SERVER = "https://h.example:8000";
export const USER = "300:a/USER";

export type Answer = readonly [status: number, body: unknown];

/** The answer to a read: a record with these values. */
export function recordOf(...values: readonly object[]): Answer {
  return [200, { responseCode: 1, values }];
}

export const DONE: Answer = [200, { responseCode: 1 }];
export const CREATED: Answer = [201, { responseCode: 1 }];
export const ABSENT: Answer = [404, { responseCode: 100 }];

/** The value at 100 of a record of B2HANDLE. */
export const ADMIN = {
  index: 100,
  type: "HS_ADMIN",
  data: { format: "admin", value: { handle: "0.NA/a", index: 200, permissions: "011111110011" } },
  ttl: 60,
};

export function textValue(index: number, type: string, value: string): object {
  return { index, type, data: { format: "string", value }, ttl: 60, timestamp: "2020-01-01T00:00:00Z" };
}

/** Returns the handle of a request. */
function askedFor(url: string): string {
  return decodeURIComponent(new URL(url).pathname.replace(/^\/api\/(?:handles|v2)\//, ""));
}

/** Creates a client whose transport gives these answers in order, with the requested handle. */
export function scripted(
  answers: readonly Answer[],
  config: EUDATHandleClientConfig = {},
  server: string | null = SERVER,
) {
  const sent: { request: WireRequest; login: boolean }[] = [];
  const rest = [...answers];
  const transport: Transport = {
    async send(request, options = {}) {
      sent.push({ request, login: options.strategy !== undefined });
      const [status, body] = rest.shift() ?? [500, "no answer was scripted"];
      const echoed =
        typeof body === "object" && !Array.isArray(body) ? { handle: askedFor(request.url), ...body } : body;
      const text = typeof echoed === "string" ? echoed : JSON.stringify(echoed);
      return { status, headers: {}, ...(text === "" ? {} : { body: encodeUtf8(text) }) };
    },
    close: async () => {},
  };
  const login = { username: USER, password: "S3CR3T" };
  return {
    client: new EUDATHandleClient(server, { ...login, transport, ...config }),
    transport,
    /** Returns the requests, such as `GET /api/handles/a/b as user`. */
    lines: () =>
      sent.map(
        ({ request, login }) =>
          `${request.method} ${request.url.slice(SERVER.length)}${login ? " as user" : ""}`,
      ),
    /** Returns the values of the last request. */
    written: () => {
      const text = sent.at(-1)?.request.body;
      return text && (JSON.parse(decodeUtf8(text) ?? "") as { values: Record<string, unknown>[] }).values;
    },
  };
}

/** Resolves to the error of a call. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}
