import { createClient } from "@handlekit/client";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serve } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";

let site: Site;

beforeAll(async () => {
  site = await createSite("--access-log", "off");
});
afterAll(() => site?.remove());

it("keeps every create it answered through kill -9 in the middle of 1,000", async () => {
  const client = createClient(await loadCredentials(site.credentials.password));
  const answered: string[] = [];
  let killed: Promise<unknown> | undefined;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1000 }, async (_, i) => {
      const { handle } = await client.create(`${PREFIX}/kill-${i}`, { URL: `https://example.org/${i}` });
      answered.push(handle);
      if (answered.length === 400) killed = site.server.stop("SIGKILL");
    }),
  );
  await killed;
  await client.close();
  const failed = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(answered.length).toBeGreaterThanOrEqual(400);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.every((outcome) => isHandleError(outcome.reason))).toBe(true);

  site.server = await serve(site.directory, "--access-log", "off");
  const again = createClient(await loadCredentials(site.credentials.password));
  const found = await Promise.all(answered.map((handle) => again.readValue(handle, "URL")));
  expect(found.map((value) => value?.data.value)).toEqual(
    answered.map((handle) => `https://example.org/${handle.slice(`${PREFIX}/kill-`.length)}`),
  );
  expect((await again.create(`${PREFIX}/after`, { URL: "https://example.org/" })).created).toBe(true);
  await again.close();
});
