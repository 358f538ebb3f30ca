import { expect, it } from "vitest";
import { checkPostgres, openPostgres } from "../src/mod.ts";

const open = openPostgres as (...given: unknown[]) => Promise<unknown>;
const connectionString = "postgres://127.0.0.1:1/none";

it.each<[string, ...unknown[]]>([
  ["openPostgres: its options argument is missing; it must be an object."],
  ["openPostgres: the option connectionString is missing; it must be a string.", {}],
  ["openPostgres: the option connectionString is not a postgres:// URL.", { connectionString: "S3CR3T" }],
  [
    "openPostgres: the option connectionString is not a postgres:// URL.",
    { connectionString: "mysql://a:S3CR3T@b/c" },
  ],
  [
    "openPostgres: the option connectionString is not a postgres:// URL.",
    { connectionString: "postgres://a:S3CR3T@b:port/c" },
  ],
  [
    "openPostgres: the option password is a string; it must be an object.",
    { connectionString, password: "S3CR3T" },
  ],
  [
    "openPostgres: the option password: the option reveal is missing; it must be a function.",
    { connectionString, password: {} },
  ],
  ["openPostgres: the option maxConnections is less than 1.", { connectionString, maxConnections: 0 }],
  ["openPostgres: the option foreignWritesTtl is less than 0.", { connectionString, foreignWritesTtl: -1 }],
  ["openPostgres: the option cacheBytes is less than 0.", { connectionString, cacheBytes: -1 }],
])("%s", async (message, ...given) => {
  await expect(open(...given)).rejects.toMatchObject({ code: "invalid_options", message });
});

it.each<[string, ...unknown[]]>([
  ["checkPostgres: its options argument is missing; it must be an object."],
  ["checkPostgres: the option onProblem is missing; it must be a function.", { connectionString }],
  [
    "openPostgres: the option connectionString is not a postgres:// URL.",
    { connectionString: "S3CR3T", onProblem: () => undefined },
  ],
])("%s", async (message, ...given) => {
  const check = checkPostgres as (...given: unknown[]) => Promise<unknown>;
  await expect(check(...given)).rejects.toMatchObject({ code: "invalid_options", message });
});
