import { checkArgument, type OptionKind } from "@handlekit/core";

/** The assertions that the contract suites use. */
export interface Expectation {
  /** Passes when both are the same by `Object.is`. */
  toBe(expected: unknown): unknown;
  /** Passes when both are equal in structure; a property that is undefined counts as absent. */
  toEqual(expected: unknown): unknown;
  readonly not: Expectation;
}

/**
 * The functions of a test runner that the contract suites use; vitest, Jest, `bun:test` and `@std/testing/bdd` with
 * `@std/expect` have them.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from "vitest";
 * describeStore("my store", { open }, { describe, expect, it });
 * ```
 */
export interface TestApi {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
  expect(actual: unknown): Expectation;
}

/** Checks the arguments of a suite, which plain JavaScript may have got wrong. */
export function checkSuite(
  caller: string,
  name: string,
  subject: object,
  api: TestApi,
  members: Readonly<Record<string, readonly OptionKind[]>>,
): void {
  checkArgument(caller, "name", name, ["string"]);
  checkArgument(caller, "subject", subject, ["object"]);
  for (const [member, kinds] of Object.entries(members)) {
    checkArgument(caller, `subject.${member}`, Reflect.get(subject, member), kinds);
  }
  checkArgument(caller, "api", api, ["object"]);
  for (const member of ["describe", "it", "expect"]) {
    checkArgument(caller, `api.${member}`, Reflect.get(api, member), ["function"]);
  }
}
