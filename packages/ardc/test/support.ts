import { inspect } from "node:util";
import {
  type ArdcClient,
  type ArdcClientCredentials,
  type ArdcClientOptions,
  createArdcClient,
} from "@handlekit/ardc";
import { type HandleError, isHandleError } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import { expect, onTestFinished } from "vitest";
import type { FakeService } from "./fake-service.ts";

export const CANARY = "S3CR3T";
export const ACCOUNT = {
  appId: "9b310b815997d2d3123456565f253b0e75e970f0",
  sharedSecret: `${CANARY}:a`,
  identifier: "ExampleUser",
  authDomain: "example.org",
} as const;
export const CREDENTIALS: ArdcClientCredentials = { ardc: ACCOUNT };

/** Creates a client of a fake service that trusts it and repeats nothing, with a time-out for each attempt. */
export function clientOf(
  { url, ca }: FakeService,
  options: Partial<ArdcClientOptions> = {},
  credentials: ArdcClientCredentials = options.strategy ? {} : CREDENTIALS,
  attempt = 30_000,
): ArdcClient {
  const transport = createTransport({ ca, timeouts: { attempt, total: 60_000 }, retries: { limit: 0 } });
  onTestFinished(() => transport.close());
  return createArdcClient(credentials, { url, transport, ...options });
}

/** Resolves to the error of a rejected promise, after searching it for the canary. */
export async function errorOf(promise: Promise<unknown>): Promise<HandleError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error("It did not reject.");
  if (!isHandleError(error)) throw new Error("It did not reject with a HandleError.", { cause: error });
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + error.stack;
  expect(shown.includes(CANARY)).toBe(false);
  expect(shown.includes(btoa(`${ACCOUNT.appId}:${ACCOUNT.sharedSecret}`).slice(-8))).toBe(false);
  return error;
}

/** Resolves to all items of an iterator. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
