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
