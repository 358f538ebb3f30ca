import { expect, it } from "vitest";
import { openSqlite } from "../src/mod.ts";

const open = openSqlite as (...given: unknown[]) => Promise<unknown>;

it.each<[string, ...unknown[]]>([
  ["its options argument is missing; it must be an object."],
  ["its options argument is a string; it must be an object.", "S3CR3T.sqlite"],
  ["the option file is missing; it must be a string.", {}],
  ["the option file is missing; it must be a string.", { path: "S3CR3T.sqlite" }],
  ["the option file is an object; it must be a string.", { file: new URL("file:///S3CR3T") }],
  ["the option file is empty.", { file: "" }],
])("openSqlite: %s", async (message, ...given) => {
  await expect(open(...given)).rejects.toMatchObject({
    code: "invalid_options",
    message: `openSqlite: ${message}`,
  });
});
