import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres, type TestPostgres } from "../../../packages/store-postgres/test/start-postgres.ts";
import { type ConformanceServer, startConformanceServer } from "../../support/conformance-server.ts";
import { BY_ADDRESS, FILES, readCases, recordingPath } from "./cases.ts";
import { createPlayer, type Player } from "./play.ts";
import { describeDifferent, formatTable, type Outcome } from "./report.ts";

interface ClientsFile {
  readonly clients: readonly {
    readonly appId: string;
    readonly sharedSecret?: string;
    readonly addresses: string[];
  }[];
}

const CLIENT = { appId: "9b310b815997d2d3123456565f253b0e75e970f0", sharedSecret: "5f4abcdeaa" };
const cases = new Map(await Promise.all(FILES.map(async (file) => [file, await readCases(file)] as const)));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-ardc-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a server with the clients of the recordings, changed. */
async function startWith(
  name: string,
  change: (file: ClientsFile) => object,
  ...flags: string[]
): Promise<ConformanceServer> {
  const file = JSON.parse(await readFile(recordingPath("clients.json"), "utf8")) as ClientsFile;
  await writeFile(join(folder, name), JSON.stringify(change(file)));
  return startConformanceServer(["--ardc", join(folder, name), ...flags]);
}

async function playAll(player: Player, file: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of cases.get(file as (typeof FILES)[number]) ?? []) {
    if (one.name !== BY_ADDRESS) outcomes.push({ name: one.name, ...(await player.play(one)) });
  }
  return outcomes;
}

describe.each([
  ["https", "SQLite"],
  ["http", "memory"],
  ["https", "PostgreSQL"],
] as const)("the ARDC service over %s, on %s", (scheme, name) => {
  const outcomes = new Map<string, readonly Outcome[]>();
  let postgres: TestPostgres | undefined;
  let server: ConformanceServer;

  beforeAll(async () => {
    postgres = name === "PostgreSQL" ? await startPostgres() : undefined;
    const stores = { SQLite: undefined, memory: "memory:", PostgreSQL: await postgres?.schema() };
    const store = stores[name];
    const flags = store === undefined ? [] : ["--store", store];
    server = await startWith(`${name}.json`, (file) => ({ ...file, allowHttp: true }), ...flags);
    const player = createPlayer(server[scheme], server.ca, CLIENT);
    for (const file of FILES) outcomes.set(file, await playAll(player, file));
    player.close();
    console.log(`ARDC cases over ${scheme}, on ${name}\n${formatTable(outcomes)}`);
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
  });

  it.each(FILES)("answers %s as the original does", (file) => {
    expect(describeDifferent(file, outcomes.get(file) ?? [])).toBe("");
  });

  it("plays every case but the one of its own server, and answers byte for byte", () => {
    const all = [...outcomes.values()].flat();
    expect(all.length).toBe([...cases.values()].flat().length - 1);
    expect(all.filter(({ verdict }) => verdict === "same bytes").length).toBe(all.length);
  });
});

describe("the ARDC service", () => {
  it("lets in a client by its registered address, with the secret, a wrong one, or none", async () => {
    const [one] = (cases.get("mint") ?? []).filter(({ name }) => name === BY_ADDRESS);
    if (one === undefined) throw new Error(`There is no case "${BY_ADDRESS}".`);
    const server = await startWith("address.json", (file) => ({
      ...file,
      clients: file.clients.map((client) => ({ ...client, addresses: ["127.0.0.1"] })),
    }));
    const player = createPlayer(server.https, server.ca, CLIENT);
    try {
      expect(await player.play(one)).toMatchObject({ verdict: "same bytes" });
      expect(server.log()).not.toContain("5f4abcdeaa");
    } finally {
      player.close();
      await server.stop();
    }
  });

  it("is not there over plain HTTP when the file does not allow it", async () => {
    const server = await startWith("closed.json", (file) => file, "--store", "memory:");
    const [one] = cases.get("mint") ?? [];
    if (one === undefined) throw new Error("mint.json has no case.");
    const player = createPlayer(server.http, server.ca, CLIENT);
    try {
      const { got } = await player.play(one);
      expect(got).toContain('<response type="failure">');
      expect(got).toContain("This service is only available over HTTPS");
    } finally {
      player.close();
      await server.stop();
    }
  });

  it("mints what the REST API shows, beside the prefix handle that the server made", async () => {
    const server = await startWith("rest.json", (file) => file);
    const player = createPlayer(server.https, server.ca, CLIENT);
    try {
      const handle = await player.mint([[1, "DESC", "x"]]);
      const read = async (name: string) => {
        const answer = await fetch(`${server.http}/api/handles/${name}`);
        return (await answer.json()) as {
          values: { index: number; type: string; data: { value: unknown } }[];
        };
      };
      const types = async (name: string) => (await read(name)).values.map(({ index, type }) => [index, type]);
      expect(await types(handle)).toEqual([
        [1, "DESC"],
        [100, "HS_ADMIN"],
        [101, "AGENTID"],
      ]);
      const owner = String((await read(handle)).values[2]?.data.value);
      expect(await types(owner)).toEqual([
        [100, "HS_ADMIN"],
        [101, "AGENTID"],
      ]);
      expect(await types("0.NA/10378.1")).toEqual([
        [100, "HS_ADMIN"],
        [200, "HS_VLIST"],
      ]);
    } finally {
      player.close();
      await server.stop();
    }
  });
});
