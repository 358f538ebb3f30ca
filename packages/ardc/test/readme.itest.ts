import { readFile } from "node:fs/promises";
import { format } from "node:util";
import { type ArdcClientCredentials, type ArdcClientOptions, createArdcClient } from "@handlekit/ardc";
import { createTransport } from "@handlekit/transport";
import { expect, it } from "vitest";
import { startFakeService } from "./fake-service.ts";
import { ACCOUNT } from "./support.ts";

const folder = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", folder), "utf8");

it("names every export", async () => {
  const source = await readFile(new URL("src/mod.ts", folder), "utf8");
  const names = [...source.matchAll(/\{([^}]*)\}/g)].flatMap(
    ([, list = ""]) => list.replace(/\btype\b/g, "").match(/\w+/g) ?? [],
  );
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(readme))).toEqual([]);
});

it("has an example that runs and prints what it says", async () => {
  const fake = await startFakeService();
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const printed: string[] = [];
  const transport = createTransport({ ca: fake.ca });
  const create = (credentials: ArdcClientCredentials, options: ArdcClientOptions) =>
    createArdcClient(credentials, { ...options, url: fake.url, transport });
  const env = {
    ARDC_APP_ID: ACCOUNT.appId,
    ARDC_SHARED_SECRET: ACCOUNT.sharedSecret,
    ARDC_IDENTIFIER: ACCOUNT.identifier,
    ARDC_AUTH_DOMAIN: ACCOUNT.authDomain,
  };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const body = example.replace(/^import .*$/m, "");
  const log = (...what: unknown[]) => printed.push(format(...what));
  await AsyncFunction("createArdcClient", "process", "console", body)(create, { env }, { log });
  await transport.close();
  expect(printed).toEqual([...example.matchAll(/^\/\/ (.*)$/gm)].map(([, said]) => said));
  expect(printed).toHaveLength(2);
});
