import { createClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const HANDLE = "20.500.12345/x";
const ADMIN = {
  format: "admin",
  value: { handle: "20.500.12345/U", index: 300, permissions: "111111111111" },
};
const STRATEGY = {
  scheme: "own",
  origins: ["https://handle.example.org"],
  authenticate: (request: never) => request,
};

/** A reserved type in any mix of case, perhaps with a subtype. */
const anySpelling = (name: string) =>
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
      fc.oneof(
        fc.constant(""),
        fc.string({ maxLength: 5 }).map((text) => `.${text}`),
      ),
    )
    .map(
      ([lower, subtype]) =>
        Array.from(name, (one, i) => (lower[i] ? one.toLowerCase() : one)).join("") + subtype,
    );

/** A client whose server has one record, and the bodies of the writes that it sends. */
function createFixture(type: string) {
  const values = [
    { index: 1, type: "URL", data: { format: "string", value: "u" } },
    { index: 100, type, data: ADMIN },
  ];
  const writes: string[] = [];
  const client = createClient(
    { server: "https://handle.example.org" },
    {
      strategy: STRATEGY,
      transport: {
        fetch: async (_, { method, body }) => {
          if (method !== "GET") writes.push(new TextDecoder().decode(body ?? undefined));
          return Response.json({ responseCode: 1, handle: HANDLE, values });
        },
      },
    },
  );
  return { client, writes };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "none",
    (error: unknown) => (isHandleError(error) ? error.code : error),
  );

describe("a reserved type in any mix of case and with any subtype", () => {
  it("is guarded as HS_ADMIN, whether it is named, at an index, or in a bulk run", async () => {
    await fc.assert(
      fc.asyncProperty(anySpelling("HS_ADMIN"), anySpelling("HS_ADMIN"), async (present, given) => {
        const { client, writes } = createFixture(present);
        const which = [given, present, 100];
        for (const one of which)
          expect(await codeOf(client.deleteValues(HANDLE, [one]))).toBe("invalid_options");
        for (const value of [
          { type: given, data: "x" },
          { type: given, data: ADMIN as never },
          { index: 100, type: "URL", data: "x" },
        ]) {
          expect(await codeOf(client.modify(HANDLE, [value]))).toBe("invalid_options");
        }
        const report = await client.bulk([{ kind: "deleteValues", handle: HANDLE, which: [present] }]);
        expect([report.failed, writes]).toEqual([1, []]);
      }),
      { numRuns: 40 },
    );
  });

  it("is the administrator of a new record, and a new secret key in it is hidden", async () => {
    await fc.assert(
      fc.asyncProperty(anySpelling("HS_ADMIN"), anySpelling("HS_SECKEY"), async (admin, key) => {
        const { client, writes } = createFixture("URL");
        const change = await client.create(HANDLE, [
          { type: admin, data: ADMIN as never },
          { index: 300, type: key, data: "S3CR3T-new" },
        ]);
        const [sent] = writes.map(
          (body) => JSON.parse(body) as { values: { type: string; permissions?: string }[] },
        );
        expect(sent?.values.map(({ type }) => type)).toEqual([admin, key]);
        expect(sent?.values[1]?.permissions).toBe("1100");
        expect(String(change)).not.toContain("S3CR3T");
      }),
      { numRuns: 40 },
    );
  });
});
