import { isHandleError, secret } from "@handlekit/core";
import fc from "fast-check";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { parseConnection } from "../src/database/connection.ts";

/** Where each host of an address is. */
const hostsOf = (address: string, password?: string) =>
  parseConnection(address, password === undefined ? undefined : secret(password)).hosts.map((config) => {
    const { host, port, user, database, password: given } = new pg.Client(config);
    return [host, port, user, database, given];
  });

describe("the address of a database", () => {
  it.each<[string, unknown[]]>([
    ["postgres://u@h:1/d", [["h", 1]]],
    ["postgresql://u@h/d", [["h", 5432]]],
    [
      "postgres://u@a:1,b:2,[::1]:3/d",
      [
        ["a", 1],
        ["b", 2],
        ["::1", 3],
      ],
    ],
    [
      "postgres:///d?user=u&host=/a,/b",
      [
        ["/a", 5432],
        ["/b", 5432],
      ],
    ],
    [
      "postgres:///d?user=u&host=/a,/b&port=1,2",
      [
        ["/a", 1],
        ["/b", 2],
      ],
    ],
    [
      "postgres:///d?user=u&host=/a,/b&port=7",
      [
        ["/a", 7],
        ["/b", 7],
      ],
    ],
  ])("%s", (address, hosts) => {
    expect(hostsOf(address).map(([host, port]) => [host, port])).toEqual(hosts);
    for (const [, , user, database] of hostsOf(address)) expect([user, database]).toEqual(["u", "d"]);
  });

  it("takes the password for each host", () => {
    expect(hostsOf("postgres://u@a,b/d", "S3CR3T").map((host) => host[4])).toEqual(["S3CR3T", "S3CR3T"]);
    expect(hostsOf("postgres:///d?user=u&host=/a,/b", "S3CR3T").map((host) => host[4])).toEqual([
      "S3CR3T",
      "S3CR3T",
    ]);
  });

  it("looks for the primary of several hosts, or as it says", () => {
    const needsPrimary = (address: string) => parseConnection(address, undefined).needsPrimary;
    expect(needsPrimary("postgres://a/d")).toBe(false);
    expect(needsPrimary("postgres://a,b/d")).toBe(true);
    expect(needsPrimary("postgres://a/d?target_session_attrs=primary")).toBe(true);
    expect(needsPrimary("postgres://a,b/d?target_session_attrs=any")).toBe(false);
    expect(() => needsPrimary("postgres://a,b/d?target_session_attrs=toString")).toThrow(
      "target_session_attrs in the option connectionString is none of any, read-write, primary.",
    );
  });

  it("names all hosts, and never a password", () => {
    const { name } = parseConnection("postgres://u:S3CR3T@a:1,b:2/d", undefined);
    expect(name).toBe("postgres://a:1,b:2/d");
  });

  it("is read, or refused in words that do not repeat it", () => {
    const part = fc.stringMatching(/^[a-z0-9:@,/?#[\]&=%.-]{0,30}$/);
    fc.assert(
      fc.property(fc.constantFrom("postgres://", "postgresql://", "http://", ""), part, (scheme, rest) => {
        try {
          parseConnection(`${scheme}${rest}`, undefined);
        } catch (error) {
          if (!isHandleError(error, "invalid_options")) throw error;
          if (rest.length > 5) expect(error.message).not.toContain(rest);
        }
      }),
      { numRuns: 500 },
    );
  });
});
