import { inspect } from "node:util";
import { createBasicAuth } from "@handlekit/auth/basic";
import { createClient } from "@handlekit/client";
import { decodeUtf8, encodeUtf8, isHandleError, type WireRequest, type WireResponse } from "@handlekit/core";
import type { SendOptions, Transport } from "@handlekit/transport";
import { describe, expect, it } from "vitest";

const server = "https://h.example:8000";
const strategy = createBasicAuth({ identity: "300:a/USER", password: "S3CR3T", origins: [server] });
const RECORD = {
  responseCode: 1,
  handle: "a/b",
  values: [
    {
      index: 100,
      type: "HS_ADMIN",
      data: { format: "admin", value: { handle: "0.NA/a", index: 200, permissions: "011111110011" } },
    },
    { index: 1, type: "URL", data: { format: "string", value: "u" }, ttl: 60 },
  ],
};

/** A client whose transport answers from a list, in order, and keeps what it was given. */
function scripted(
  ...answers: readonly (readonly [status: number, body: unknown, headers?: Record<string, string>])[]
) {
  const sent: { request: WireRequest; login: boolean }[] = [];
  const rest = [...answers];
  const transport: Transport = {
    async send(request: WireRequest, options: SendOptions = {}): Promise<WireResponse> {
      sent.push({ request, login: options.strategy !== undefined });
      const [status, body, headers = {}] = rest.shift() ?? [500, ""];
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return { status, headers, ...(text === "" ? {} : { body: encodeUtf8(text) }) };
    },
    close: async () => {},
  };
  const lines = () =>
    sent.map(
      ({ request, login }) =>
        `${request.method} ${request.url.slice(server.length)}${login ? " as user" : ""}`,
    );
  const bodies = () =>
    sent.map(({ request }) => (request.body ? JSON.parse(decodeUtf8(request.body) ?? "") : undefined));
  return { client: createClient({ server }, { strategy, transport }), lines, bodies };
}

const done = { responseCode: 1, handle: "a/b" };

describe("what goes over the wire", () => {
  it("reads without credentials, by index order", async () => {
    const { client, lines } = scripted([200, RECORD]);
    const record = await client.read("hdl:a/b", { indexes: [1, 100], types: ["URL."], authoritative: true });
    expect(record.values.map((value) => value.index)).toEqual([1, 100]);
    expect(lines()).toEqual(["GET /api/handles/a/b?index=1&index=100&type=URL.&auth=true"]);
  });

  it("creates with overwrite=false and an HS_ADMIN of its own", async () => {
    const { client, lines, bodies } = scripted([201, done]);
    const result = await client.create("a/b", { URL: "u" });
    expect([result.created, result.handle, lines()]).toEqual([
      true,
      "a/b",
      ["PUT /api/handles/a/b?overwrite=false as user"],
    ]);
    expect(bodies()).toEqual([
      {
        values: [
          {
            index: 100,
            type: "HS_ADMIN",
            data: { format: "admin", value: { index: 200, handle: "0.NA/a", permissions: "011111110011" } },
          },
          { type: "URL", data: "u", index: 1 },
        ],
      },
    ]);
  });

  it("changes only the indexes it means, after a read that sees hidden values", async () => {
    const { client, lines, bodies } = scripted([200, RECORD], [201, done], [200, done]);
    await client.modify("a/b", { URL: "new", TITLE: "t" });
    expect(lines()).toEqual([
      "GET /api/handles/a/b as user",
      "PUT /api/handles/a/b?index=2&overwrite=false as user",
      "PUT /api/handles/a/b?index=1&overwrite=true as user",
    ]);
    expect(bodies().slice(1)).toEqual([
      { values: [{ type: "TITLE", data: "t", index: 2 }] },
      { values: [{ index: 1, type: "URL", data: "new", ttl: 60 }] },
    ]);
  });

  it("never writes over a value it was not shown: adds first, with overwrite=false", async () => {
    const { client, lines } = scripted([403, { responseCode: 400 }], [200, RECORD], [201, done], [200, done]);
    await client.modify("a/b", { URL: "new", TITLE: "t" });
    expect(lines()).toEqual([
      "GET /api/handles/a/b as user",
      "GET /api/handles/a/b",
      "PUT /api/handles/a/b?index=2&overwrite=false as user",
      "PUT /api/handles/a/b?index=1&overwrite=true as user",
    ]);
  });

  it("says what had been added when the second half of a change fails", async () => {
    const { client } = scripted([200, RECORD], [201, done], [503, { responseCode: 3 }]);
    const error = await client.modify("a/b", { URL: "new", TITLE: "t" }).catch((e: unknown) => e);
    expect(isHandleError(error, "server_busy") && error.message).toContain("(index 2) had been added before");
  });

  it("refuses a text as HS_ADMIN: nobody could change the record", async () => {
    const { client, lines } = scripted();
    const error = await client.create("a/b", { URL: "u", HS_ADMIN: "300:a/b" }).catch((e: unknown) => e);
    expect([isHandleError(error, "invalid_value"), lines()]).toEqual([true, []]);
  });

  it("deletes by index, by type and whole", async () => {
    const { client, lines } = scripted([200, RECORD], [200, done], [200, done]);
    await client.deleteValues("a/b", ["URL", 7]);
    await client.delete("a/b");
    expect(lines()).toEqual([
      "GET /api/handles/a/b as user",
      "DELETE /api/handles/a/b?index=7&index=1 as user",
      "DELETE /api/handles/a/b as user",
    ]);
  });

  it("sends no DELETE for an empty list or a type that is not there: it would delete the handle", async () => {
    const { client, lines } = scripted([200, RECORD]);
    const codes = [];
    for (const which of [[], ["NONE"]]) {
      codes.push(
        await client.deleteValues("a/b", which).catch((error: unknown) => isHandleError(error) && error.code),
      );
    }
    expect(codes).toEqual(["invalid_options", "values_not_found"]);
    expect(lines()).toEqual(["GET /api/handles/a/b as user"]);
  });
});

describe("what comes back", () => {
  const login = {
    "www-authenticate":
      'Basic realm="handle", Handle sessionId="s", nonce="n", error="Identity not verified"',
  };

  it.each<[number, unknown, string]>([
    [401, "", "authentication_failed"],
    [401, { responseCode: 402 }, "authentication_failed"],
    [403, { responseCode: 402 }, "authentication_failed"],
    [403, { responseCode: 403 }, "authentication_failed"],
    [403, { responseCode: 400 }, "permission_denied"],
    [403, { responseCode: 401 }, "permission_denied"],
    [404, { responseCode: 100 }, "handle_not_found"],
    [404, "<html>", "protocol_error"],
    [409, { responseCode: 101 }, "handle_exists"],
    [409, { responseCode: 201 }, "value_exists"],
    [400, { responseCode: 200 }, "values_not_found"],
    [400, { responseCode: 202 }, "invalid_value"],
    [400, { responseCode: 301 }, "prefix_not_served"],
    [400, { responseCode: 102 }, "invalid_handle"],
    [400, { responseCode: 4, message: "because" }, "protocol_error"],
    [413, "", "too_large"],
    [429, "", "server_busy"],
    [501, { responseCode: 5 }, "not_supported"],
    [503, { responseCode: 3 }, "server_busy"],
    [500, { responseCode: 2 }, "server_error"],
    [502, "<html>", "server_error"],
    [200, "", "protocol_error"],
    [200, "<html>", "protocol_error"],
    [200, "[]", "protocol_error"],
    [200, { values: [] }, "protocol_error"],
    [200, { responseCode: 1, values: [{ index: "x" }] }, "protocol_error"],
    [200, { responseCode: 100 }, "protocol_error"],
  ])("%d %j is %s", async (status, body, code) => {
    const error = await scripted([status, body])
      .client.delete("a/b")
      .catch((e: unknown) => e);
    expect(isHandleError(error) && [error.code, error.status, error.handle]).toEqual([code, status, "a/b"]);
    expect(inspect(error)).not.toContain("S3CR3T");
  });

  it("says who was refused and why the server says so", async () => {
    const { client } = scripted([401, "", login]);
    await expect(client.delete("a/b")).rejects.toThrow(/login as 300:a\/USER \(Identity not verified\)/);
  });

  it("takes an empty record for one", async () => {
    const { client } = scripted([200, { responseCode: 200, values: [], handle: "a/b" }]);
    expect(await client.read("a/b")).toEqual({ handle: "a/b", values: [] });
  });
});

describe("createClient", () => {
  const codeOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isHandleError(error) ? error.code : error;
    }
  };

  it("fails at once for what cannot work", () => {
    expect(codeOf(() => createClient({}, { strategy }))).toBe("invalid_options");
    expect(codeOf(() => createClient({ server: "nowhere" }))).toBe("invalid_options");
    expect(codeOf(() => createClient({ server }, { permissions: "1" }))).toBe("invalid_value");
    const login = {
      kind: "password" as const,
      identity: { index: 300, handle: "a/b" },
      password: { reveal: () => encodeUtf8("S3CR3T") },
    };
    expect(codeOf(() => createClient({ server: "http://h.example:8000", login }))).toBe(
      "insecure_connection",
    );
  });

  it("says that there are no credentials before anything is sent", async () => {
    const client = createClient({ server });
    const error = await client.create("a/b", {}).catch((e: unknown) => e);
    expect(isHandleError(error, "authentication_failed")).toBe(true);
    await client.close();
  });

  it("reads from the public resolver when no server is named", () => {
    expect(createClient({}).server).toBe("https://hdl.handle.net");
  });
});
