import { inspect } from "node:util";
import { type ArdcClient, type ArdcClientOptions, createArdcClient } from "@handlekit/ardc";
import { type HandleError, isHandleError } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import { expect, onTestFinished } from "vitest";
import type { FakeService } from "./fake-service.ts";

export const CANARY = "S3CR3T";
export const CREDENTIALS = {
  appId: "9b310b815997d2d3123456565f253b0e75e970f0",
  sharedSecret: `${CANARY}:a`,
  identifier: "ExampleUser",
  authDomain: "example.org",
} as const;

/** A client of a fake service that trusts it and repeats nothing; a short time-out for those that wait for one. */
export function clientOf(
  { url, ca }: FakeService,
  options: Partial<ArdcClientOptions> = {},
  attempt = 30_000,
): ArdcClient {
  const transport = createTransport({ ca, timeouts: { attempt, total: 60_000 }, retries: { limit: 0 } });
  onTestFinished(() => transport.close());
  const who = options.strategy ? {} : { credentials: CREDENTIALS };
  return createArdcClient({ url, transport, ...who, ...options });
}

/** The error that a promise rejects with, after a look at everything in it for the canary. */
export async function errorOf(promise: Promise<unknown>): Promise<HandleError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error("It did not reject.");
  if (!isHandleError(error)) throw new Error("It did not reject with a HandleError.", { cause: error });
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + error.stack;
  expect(shown.includes(CANARY)).toBe(false);
  expect(shown.includes(btoa(`${CREDENTIALS.appId}:${CREDENTIALS.sharedSecret}`).slice(-8))).toBe(false);
  return error;
}

/** All that an iterator gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
