import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { AuthStrategy } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { describeAuthStrategy, describeStore } from "@handlekit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

interface SiteLibrary {
  startSite(...flags: readonly string[]): Promise<{ readonly data: string; stop(): Promise<void> }>;
}
interface NonceLibrary {
  createNonceAuth(options: { keyId: string; key: Uint8Array; origins: string[] }): AuthStrategy;
}
interface StoreLibrary {
  openLogStore(path: string): Promise<HandleStore>;
}

/** Imports a module of the examples, which are plain JavaScript. */
const load = async <T>(name: string) => (await import(/* @vite-ignore */ join(EXAMPLES, "lib", name))) as T;
const { startSite } = await load<SiteLibrary>("site.mjs");
const { createNonceAuth } = await load<NonceLibrary>("nonce-auth.mjs");
const { openLogStore } = await load<StoreLibrary>("log-store.mjs");

const UUID = /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/g;
const RESOLVED = [
  "/hdl/20.500.12345/abc -> 302 https://example.org/abc",
  "/hdl/api/handles/20.500.12345/abc -> https://example.org/abc",
];
const repair = (letter: string) => [
  `would change 20.500.12345/REPAIR-${letter.toUpperCase()}-UUID`,
  `  - 1 URL  https://old.example.org/repair-${letter}`,
  `  + 1 URL  https://repository.example.org/repair-${letter}`,
];

/** The lines that each example prints; a UUID is written as UUID, and a number at the end of a handle as N. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  "01-own-http-code.mjs": [
    "created by exchange: 201",
    "deleted by authFetch: 200",
    "another server: insecure_connection",
  ],
  "02-axios.mjs": ["created by axios: 201", "deleted by axios: 1"],
  "03-got.mjs": [
    "created and deleted by got: 201, 200",
    "POST api/sessions; PUT api/sessions; PUT api/handles; DELETE api/handles",
  ],
  "04-strategy-with-nonce.mjs": [
    ...Array.from({ length: 3 }, () => "https://example.org/abc"),
    "3 reads, refused before there was a nonce: 1",
    "without the strategy: authentication_failed",
  ],
  "05-hardware-key.mjs": ["https://example.org/signed", "signatures for two changes: 1"],
  "06-express.mjs": RESOLVED,
  "07-fastify.mjs": RESOLVED,
  "08-hono.mjs": RESOLVED,
  "09-worker.mjs": [
    "/20.500.12345/abc -> 302 https://example.org/abc",
    "/api/handles/20.500.12345/missing -> 404",
  ],
  "10-deposit-journal.mjs": [
    "the workflow was ended by SIGKILL",
    "deposit 17 has 20.500.12345/N: adopted, 1 in the list",
    "deposit 17 has 20.500.12345/N: recorded, 1 in the list",
  ],
  "11-repair-urls.mjs": [
    ...["a", "b", "c"].flatMap(repair),
    "3 changed, 0 not",
    "again: 3 were changed before",
  ],
  "12-custom-store.mjs": ["302 https://example.org/second"],
};

let folder: string;
let site: Awaited<ReturnType<SiteLibrary["startSite"]>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, "S3CR3T-of-the-administrator\n", { mode: 0o600 });
  site = await startSite("--password-file", passwordFile);
});
afterAll(async () => {
  await site?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(name: string, ...args: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(EXAMPLES, name), site.data, ...args]);
  return stdout
    .trimEnd()
    .replace(UUID, "UUID")
    .replace(/\/\d+:/g, "/N:")
    .split("\n");
}

describe("the examples", () => {
  it("are those of the table in their README, and of this test", async () => {
    const readme = await readFile(join(EXAMPLES, "README.md"), "utf8");
    const rows = [...readme.matchAll(/^\| \[(.+?\.mjs)\]\(\1\)/gm)].map(([, name]) => name);
    const files = (await readdir(EXAMPLES)).filter((name) => /^\d/.test(name)).sort();
    expect(rows).toEqual(files);
    expect(Object.keys(PRINTED)).toEqual(files);
  });

  it.concurrent.each(Object.entries(PRINTED))("%s", async (name, lines) => {
    expect(await run(name)).toEqual(lines);
  });
});

it("a dry run of the repair changes nothing", async () => {
  const lines = await run("11-repair-urls.mjs", "--dry-run");
  expect(lines).toEqual([...["a", "b", "c"].flatMap(repair), "3 would be changed"]);
});

describeAuthStrategy(
  "the strategy of an example",
  {
    create: (origin) =>
      createNonceAuth({ keyId: "library", key: Buffer.from("S3CR3T of a library"), origins: [origin] }),
    secrets: ["S3CR3T", Buffer.from("S3CR3T").toString("hex")],
    respond: ({ headers: { authorization } }) =>
      authorization?.includes("mac=")
        ? { status: 200, headers: {} }
        : { status: 401, headers: { "www-authenticate": 'Nonce nonce="first"' } },
  },
  { describe, it, expect },
);

let opened = 0;
/** The files of the stores that are open. */
const files = new WeakMap<HandleStore, string>();
async function openFile(path: string): Promise<HandleStore> {
  const store = await openLogStore(path);
  files.set(store, path);
  return store;
}

describeStore(
  "the store of an example",
  {
    open: () => openFile(join(folder, `${++opened}.jsonl`)),
    async reopen(store) {
      await store.close();
      return openFile(files.get(store) ?? "");
    },
    // Half a line at its end is what a crash in the middle of a commit leaves.
    async crash(store) {
      const path = join(folder, `${++opened}.jsonl`);
      await writeFile(path, `${await readFile(files.get(store) ?? "", "utf8")}{"key":"20.5`);
      return openFile(path);
    },
  },
  { describe, it, expect },
);
