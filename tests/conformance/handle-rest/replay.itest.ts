import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres, type TestPostgres } from "../../../packages/store-postgres/test/start-postgres.ts";
import { type ConformanceServer, startConformanceServer } from "../../support/conformance-server.ts";
import { type Deliberate, judge, MOST_DELIBERATE, readDeliberate, type Verdict } from "./deliberate.ts";
import { FILES, readRecording, readSeed, recordingPath } from "./recording.ts";
import { createReplay } from "./replay.ts";
import { describeDiffering, formatTable } from "./report.ts";

describe.each([
  ["SQLite", "replay-report.txt"],
  ["PostgreSQL", "replay-report-postgres.txt"],
])("our server on %s against the recordings of Handle.Net 9.3.1", (name, reportName) => {
  const report = join(tmpdir(), reportName);
  const verdicts = new Map<string, readonly Verdict[]>();
  let postgres: TestPostgres | undefined;
  let server: ConformanceServer;
  let deliberate: readonly Deliberate[];

  beforeAll(async () => {
    postgres = name === "PostgreSQL" ? await startPostgres() : undefined;
    const store = postgres === undefined ? [] : ["--store", await postgres.schema()];
    server = await startConformanceServer(["--seed", recordingPath("seed.json"), ...store]);
    deliberate = await readDeliberate();
    const replay = await createReplay(server, await readSeed());
    for (const file of FILES) {
      const outcomes = await replay.play(await readRecording(file));
      verdicts.set(file, judge(file, outcomes, deliberate));
    }
    const table = formatTable(verdicts);
    const differing = [...verdicts].map(([file, list]) => describeDiffering(file, list)).filter(Boolean);
    await writeFile(report, `${[table, ...differing, server.log()].join("\n\n")}\n`);
    console.log(`${name}\n${table}\nWhat differs is in ${report}.`);
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
  });

  it.each(FILES)("answers %s as it did, or differs deliberately", (file) => {
    expect(describeDiffering(file, verdicts.get(file) ?? [])).toBe("");
  });

  it(`differs deliberately at most ${MOST_DELIBERATE} times, each in an exchange that exists`, () => {
    const known = [...verdicts].flatMap(([file, list]) => list.map(({ outcome }) => `${file} ${outcome.n}`));
    const listed = deliberate.map(({ file, n }) => `${file} ${n}`);
    expect(listed.filter((entry) => !known.includes(entry))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.length).toBeLessThanOrEqual(MOST_DELIBERATE);
    expect(deliberate.filter(({ fields, reason }) => fields.length === 0 || reason.length < 20)).toEqual([]);
  });
});
