import { createClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import fc from "fast-check";
import { expect, it } from "vitest";

const HANDLE = "20.500.12345/x";
const URL = "https://new.example.org/";
const strategy = {
  scheme: "own",
  origins: ["https://handle.example.org"],
  authenticate: (request: never) => request,
};

it("any bytes as 10320/loc are read, edited or repaired, or are an error of the package that names them", async () => {
  const markup = fc
    .string({
      unit: fc.constantFrom(
        "<locations",
        "<location",
        ` href="${URL}"`,
        "/>",
        ">",
        "&",
        '"',
        "<!-- ",
        "\0",
        "é",
      ),
    })
    .map((text) => Buffer.from(text));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 40 }), markup),
      fc.constantFrom("10320/loc", "10320/LOC"),
      async (bytes, type) => {
        const data = { format: "base64", value: Buffer.from(bytes).toString("base64") };
        const answer = { responseCode: 1, handle: HANDLE, values: [{ index: 2, type, data }] };
        const { locations } = createClient(
          { server: "https://handle.example.org" },
          { strategy, transport: { fetch: async () => Response.json(answer) } },
        );
        expect(typeof (await locations.isEmpty(HANDLE))).toBe("boolean");
        for (const call of [
          () => locations.read(HANDLE),
          () => locations.contains(HANDLE, URL),
          () => locations.add(HANDLE, "https://other.example.org/"),
          () => locations.exchange(HANDLE, URL, "https://other.example.org/"),
          () => locations.remove(HANDLE, URL),
          () => locations.repair(HANDLE),
        ]) {
          try {
            await call();
          } catch (error) {
            if (!isHandleError(error, "invalid_value")) throw error;
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
