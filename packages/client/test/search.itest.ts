import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { type ClientCredentials, type ClientOptions, createClient } from "@handlekit/client";
import { type HandleError, isHandleError, secret } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { TLS } from "./fault-site.ts";

const USERNAME = "20.500.12345:searcher é";
const PASSWORD = "S3CR3T:päss w%rd";

/** The records the servlet knows. */
const RECORDS: readonly (readonly [handle: string, values: Readonly<Record<string, string>>])[] = [
  ["20.500.12345/1", { URL: "https://example.org/a?x=1&y=2#top", CHECKSUM: "abc" }],
  ["20.500.12345/2", { URL: "https://example.org/b", EMAIL: "a+b@example.org" }],
  ["20.500.999/3", { URL: "https://example.org/c d", NOTE: "100% ÄÖÜ = ☃" }],
];

const fits = (pattern: string, text: string | undefined) =>
  text !== undefined && new RegExp(`^${pattern.split("*").map(quote).join(".*")}$`, "s").test(text);

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Starts a server that answers as the reverse look-up servlet does, or as `answer` says. */
async function startServlet(answer?: (out: ServerResponse, url: URL) => void) {
  const asked: string[] = [];
  const server = createServer({ cert: TLS.certificate, key: TLS.key }, (request, out) => {
    asked.push(request.url ?? "");
    if (answer) answer(out, new URL(request.url ?? "", "https://servlet"));
    else servlet(request, out);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function servlet(request: IncomingMessage, out: ServerResponse): void {
  const send = (status: number, body: string, type = "application/json") =>
    out.writeHead(status, { "content-type": type }).end(body);
  const [scheme, code = ""] = (request.headers.authorization ?? "").split(" ");
  const login = Buffer.from(code, "base64").toString("utf8");
  const colon = login.indexOf(":");
  const known =
    scheme === "Basic" &&
    decodeURIComponent(login.slice(0, colon)) === USERNAME &&
    login.slice(colon + 1) === PASSWORD;
  if (!known) {
    send(401, "<html><h1>HTTP Status 401</h1></html>", "text/html");
    return;
  }
  const url = new URL(request.url ?? "", "https://servlet");
  const path = /^\/hrls\/handles(?:\/([^/]+))?$/.exec(url.pathname);
  if (!path) {
    send(404, "<h1>The handle you requested, hrls/handles, cannot be found</h1>", "text/html");
    return;
  }
  const prefix = path[1] === undefined ? undefined : decodeURIComponent(path[1]);
  const limit = Number(url.searchParams.get("limit") ?? 1000);
  const page = Number(url.searchParams.get("page") ?? 0);
  const terms = [...url.searchParams].filter(([name]) => name !== "limit" && name !== "page");
  const found = RECORDS.filter(
    ([handle, values]) =>
      (prefix === undefined || handle.startsWith(`${prefix}/`)) &&
      terms.every(([type, pattern]) => fits(pattern, values[type])),
  );
  send(200, JSON.stringify(found.slice(page * limit, (page + 1) * limit).map(([handle]) => handle)));
}

function searcher(
  baseUrl: string,
  search: ClientCredentials["reverseLookup"] = {},
  options: ClientOptions = {},
) {
  const reverseLookup = { baseUrl, username: USERNAME, password: secret(PASSWORD), ...search };
  const client = createClient(
    { server: "https://127.0.0.1:1", httpsVerify: { ca: TLS.certificate }, reverseLookup },
    options,
  );
  onTestFinished(() => client.close());
  return async (...given: Parameters<typeof client.search>) => all(client.search(...given));
}

async function all(handles: AsyncIterable<string>): Promise<readonly string[]> {
  const found = [];
  for await (const handle of handles) found.push(handle);
  return found;
}

async function errorOf(promise: Promise<unknown>): Promise<HandleError> {
  const error: unknown = await promise.then(String, (thrown: unknown) => thrown);
  if (!isHandleError(error)) throw new Error(`no HandleError: ${inspect(error)}`);
  expect(inspect(error, { depth: 9 })).not.toContain("S3CR3T");
  return error;
}

describe("search", () => {
  it("finds handles by a value, by patterns, by several types, as a user of any name", async () => {
    const search = searcher((await startServlet()).origin);
    expect(await search({ CHECKSUM: "abc" })).toEqual(["20.500.12345/1"]);
    expect(await search({ URL: "*example.org*" })).toEqual(RECORDS.map(([handle]) => handle));
    expect(await search({ URL: "https*", EMAIL: "*@example.org" })).toEqual(["20.500.12345/2"]);
    expect(await search({ URL: "nothing" })).toEqual([]);
  });

  it("sends every character of a term to the servlet", async () => {
    const { origin, asked } = await startServlet();
    const search = searcher(origin);
    expect(await search({ URL: "https://example.org/a?x=1&y=2#top" })).toEqual(["20.500.12345/1"]);
    expect(await search({ EMAIL: "a+b@example.org" })).toEqual(["20.500.12345/2"]);
    expect(await search({ NOTE: "100% ÄÖÜ = ☃", URL: "*c d" })).toEqual(["20.500.999/3"]);
    const text = fc.string({ unit: "grapheme" });
    await fc.assert(
      fc.asyncProperty(text, text, async (type, pattern) => {
        await search({ [type]: pattern });
        const sent = new URL(asked.at(-1) ?? "", origin).searchParams;
        expect([...sent].slice(0, -2)).toEqual([[type, pattern]]);
      }),
      { numRuns: 30 },
    );
  });

  it("asks for a prefix in the path", async () => {
    const { origin, asked } = await startServlet();
    const search = searcher(origin);
    expect(await search({ URL: "*" }, { prefix: "20.500.12345" })).toEqual([
      "20.500.12345/1",
      "20.500.12345/2",
    ]);
    expect(asked).toEqual(["/hrls/handles/20.500.12345?URL=*&limit=1000&page=0"]);
  });

  it("finds the servlet behind any spelling of its address", async () => {
    const { origin, asked } = await startServlet();
    for (const [baseUrl, urlExtension] of [
      [`${origin}/`, "/hrls/handles/"],
      [`${origin}/hrls`, "handles"],
      [`${origin}/hrls/`, "/handles"],
    ] as const) {
      expect(await searcher(baseUrl, { urlExtension })({ CHECKSUM: "abc" })).toHaveLength(1);
    }
    expect(new Set(asked)).toEqual(new Set(["/hrls/handles?CHECKSUM=abc&limit=1000&page=0"]));
  });

  it("sends the login of the search to the servlet alone, never that of the handle server", async () => {
    const { origin } = await startServlet();
    const error = await errorOf(searcher(origin, { password: secret("S3CR3T-of-another") })({ URL: "*" }));
    expect([error.code, error.status]).toEqual(["authentication_failed", 401]);
    expect(error.hint).toContain("reverselookup_username");
  });
});

describe("the pages of a search", () => {
  const numbers = Array.from({ length: 25 }, (_, i) => `11111/${i}`);
  const send = (out: ServerResponse, found: readonly string[]) =>
    out.writeHead(200).end(JSON.stringify(found));
  const paged = (out: ServerResponse, { searchParams }: URL) => {
    const [limit, page] = [Number(searchParams.get("limit")), Number(searchParams.get("page"))];
    send(out, numbers.slice(page * limit, (page + 1) * limit));
  };

  it.each([
    [10, ["limit=10&page=0", "limit=10&page=1", "limit=10&page=2"]],
    [5, Array.from({ length: 6 }, (_, page) => `limit=5&page=${page}`)],
    [undefined, ["limit=1000&page=0"]],
  ])("of %s handles are read one after the other, to the last", async (pageSize, queries) => {
    const { origin, asked } = await startServlet(paged);
    expect(await searcher(origin)({ URL: "*" }, { pageSize })).toEqual(numbers);
    expect(asked).toEqual(queries.map((query) => `/hrls/handles?URL=*&${query}`));
  });

  it("are read only as far as they are needed", async () => {
    const { origin, asked } = await startServlet(paged);
    const reverseLookup = { baseUrl: origin, username: USERNAME, password: secret(PASSWORD) };
    const client = createClient({ httpsVerify: { ca: TLS.certificate }, reverseLookup });
    onTestFinished(() => client.close());
    const found = [];
    for await (const handle of client.search({ URL: "*" }, { pageSize: 10 })) {
      found.push(handle);
      if (found.length === 12) break;
    }
    expect([found.length, asked.length]).toEqual([12, 2]);
  });

  it("end with a servlet that gives the same page again and again", async () => {
    const { origin, asked } = await startServlet((out) => send(out, numbers));
    expect(await searcher(origin)({ URL: "*" }, { pageSize: numbers.length })).toEqual(numbers);
    expect(asked).toHaveLength(2);
  });

  it.each([7, 100])("end with a servlet that ignores a limit of %i", async (pageSize) => {
    const { origin, asked } = await startServlet((out) => send(out, numbers));
    expect(await searcher(origin)({ URL: "*" }, { pageSize })).toEqual(numbers);
    expect(asked).toHaveLength(1);
  });

  it("may be full of handles of other prefixes", async () => {
    const { origin } = await startServlet((out, { searchParams }) =>
      send(
        out,
        [["111111/a", "111111/b"], ["111111/c", "11111/d"], []][Number(searchParams.get("page"))] ?? [],
      ),
    );
    const search = searcher(origin);
    expect(await search({ URL: "*" }, { prefix: "11111", pageSize: 2 })).toEqual(["11111/d"]);
  });

  it.each([0, -1, 1.5, 100_001])("cannot have %s handles", async (pageSize) => {
    const error = await errorOf(searcher("https://127.0.0.1:1")({ URL: "*" }, { pageSize }));
    expect([error.code, error.message]).toEqual(["invalid_options", expect.stringContaining("pageSize")]);
  });
});

describe("invalid searches", () => {
  const nowhere = "https://127.0.0.1:1";

  it("keys that are not allowed; an empty list allows all", async () => {
    const { origin } = await startServlet();
    const some = searcher(origin, {}, { allowedSearchKeys: ["URL", "CHECKSUM"] });
    expect(await some({ URL: "*", CHECKSUM: "abc" })).toHaveLength(1);
    const error = await errorOf(some({ EMAIL: "*" }));
    expect([error.code, error.message]).toEqual([
      "invalid_options",
      expect.stringContaining("URL, CHECKSUM"),
    ]);
    expect((await errorOf(some({ url: "*" }))).code).toBe("invalid_options");
    expect(await searcher(origin, {}, { allowedSearchKeys: [] })({ EMAIL: "*" })).toHaveLength(1);
  });

  it("nothing, and without a login", async () => {
    const search = searcher(nowhere);
    expect((await errorOf(search({}))).message).toContain("nothing to search for");
    expect((await errorOf(search({ URL: undefined as unknown as string }))).code).toBe("invalid_options");
    const anonymous = createClient({ server: nowhere });
    onTestFinished(() => anonymous.close());
    const error = await errorOf((async () => all(anonymous.search({ URL: "*" })))());
    expect([error.code, error.hint]).toEqual([
      "invalid_options",
      expect.stringContaining("reverselookup_username"),
    ]);
  });

  it("over plain http: the client works, and the search says why not", async () => {
    const search = searcher("http://127.0.0.1:1");
    expect((await errorOf(search({ URL: "*" }))).code).toBe("insecure_connection");
  });

  it.each<[number, string, string]>([
    [200, "<html>a login page</html>", "protocol_error"],
    [200, "{}", "protocol_error"],
    [200, "[1]", "protocol_error"],
    [200, "", "protocol_error"],
    [404, "<h1>The handle you requested cannot be found</h1>", "protocol_error"],
    [403, "", "authentication_failed"],
    [500, "RemoteSolrException: undefined field X", "invalid_options"],
    [500, "NullPointerException", "server_error"],
    [400, "", "protocol_error"],
    [400, '"Invalid number"', "invalid_options"],
    [401, '"A login is needed"', "authentication_failed"],
    [403, '"Not this prefix"', "permission_denied"],
    [500, '"ORA-00942"', "server_error"],
    [501, '"It cannot search"', "not_supported"],
    [501, "", "server_error"],
    [503, '"It is being built"', "server_busy"],
    [429, "", "server_busy"],
    [503, "", "server_busy"],
  ])("%i %s is %s", async (status, body, code) => {
    const { origin } = await startServlet((out) => out.writeHead(status).end(body));
    const error = await errorOf(searcher(origin)({ URL: "*" }));
    expect([error.code, error.status]).toEqual([code, status]);
    expect(error.message).toContain(origin);
  });

  it("shows why a servlet refuses, in one line and not at length", async () => {
    const said = `Narrow\n\u001b[31m it ${"x".repeat(1000)}`;
    const { origin } = await startServlet((out) => out.writeHead(400).end(JSON.stringify(said)));
    const { message } = await errorOf(searcher(origin)({ URL: "*" }));
    expect(message).toContain("refuses the search: Narrow");
    expect([message.includes("\n"), message.includes("\u001b"), message.length < 500]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("names the type that the servlet does not search", async () => {
    const { origin } = await startServlet((out) => out.writeHead(500).end("undefined field: EMAIL</p>"));
    expect((await errorOf(searcher(origin)({ EMAIL: "*" }))).message).toContain('"EMAIL"');
  });

  it("parameters of the servlet, which are not types", async () => {
    const search = searcher(nowhere);
    for (const name of ["limit", "page", "retrieverecords", "enforcesql"]) {
      const error = await errorOf(search({ URL: "*", [name]: "1" }));
      expect([error.code, error.message]).toEqual(["invalid_options", expect.stringContaining(`"${name}"`)]);
    }
  });

  it("returns only handles of the prefix, even if the servlet sends others", async () => {
    const all = ["11111/a", "22222/b", "111111/c"];
    const { origin } = await startServlet((out) => out.writeHead(200).end(JSON.stringify(all)));
    expect(await searcher(origin)({ URL: "*" }, { prefix: "11111" })).toEqual(["11111/a"]);
    expect(await searcher(origin)({ URL: "*" })).toEqual(all);
  });

  it("asks a servlet without a path for prefixes once, and leaves out the other prefixes itself", async () => {
    const list = ["11111/a", "22222/b", "11111/c", "22222/d"];
    const { origin, asked } = await startServlet((out, { pathname, searchParams }) => {
      if (pathname !== "/hrls/handles") out.writeHead(404).end();
      else {
        const from = Number(searchParams.get("page")) * 2;
        out.writeHead(200).end(JSON.stringify(list.slice(from, from + 2)));
      }
    });
    expect(await searcher(origin)({ URL: "*" }, { prefix: "11111", pageSize: 2 })).toEqual([
      "11111/a",
      "11111/c",
    ]);
    expect(asked.filter((url) => url.includes("/11111"))).toHaveLength(1);
  });

  it("where a handle server answers instead, says that it is not the servlet's address", async () => {
    const { origin } = await startServlet();
    const error = await errorOf(searcher(origin, { urlExtension: "api/handles" })({ URL: "*" }));
    expect(error.hint).toContain("reverselookup_url_extension");
  });

  it("ends at once when it is aborted", async () => {
    const stop = new AbortController();
    const { origin } = await startServlet(() => stop.abort());
    expect((await errorOf(searcher(origin)({ URL: "*" }, { signal: stop.signal }))).code).toBe("aborted");
  });
});
