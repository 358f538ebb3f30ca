// The recorded exchanges, and the answers of our server to their requests, compared with the description of the API.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConformanceServer, startConformanceServer } from "../../support/conformance-server.ts";
import { createOpenApiCheck, type Fit, type OpenApi } from "../../support/openapi-check.ts";
import { FILES, readRecording, readSeed, recordingPath, type Step } from "./recording.ts";
import { createReplay } from "./replay.ts";
import { connect } from "./send.ts";

const DOCUMENT = fileURLToPath(new URL("../../../docs/openapi.json", import.meta.url));

interface Judged {
  readonly file: string;
  readonly step: Step;
  readonly fit: Fit;
}

const nameOf = ({ step: { request, response } }: Judged) =>
  `${request.method} ${request.target.split("?")[0]} ${response.status}`;
const described = (all: readonly Judged[]) => all.filter(({ fit }) => fit.operation !== undefined);
const outside = (all: readonly Judged[]) => all.filter(({ fit }) => fit.operation === undefined).map(nameOf);
const unfit = (all: readonly Judged[]) =>
  all
    .filter(({ fit }) => fit.problems.length > 0)
    .map((each) => `${each.file} ${nameOf(each)}: ${each.fit.problems[0]}`);

/** Returns a table: of each file and of all, how many answers are described, how many bodies were compared, and what does not fit. */
function formatTable(title: string, all: readonly Judged[]): string {
  const row = (name: string, judged: readonly Judged[]) => [
    name,
    judged.length,
    described(judged).length,
    outside(judged).length,
    judged.reduce((sum, { fit }) => sum + fit.bodies, 0),
    unfit(judged).length,
  ];
  const rows = [
    [title, "answers", "described", "outside", "bodies", "unfit"],
    ...FILES.map((file) =>
      row(
        file,
        all.filter((each) => each.file === file),
      ),
    ),
    row("all", all),
  ];
  const cell = (text: unknown, at: number) =>
    at === 0 ? String(text).padEnd(24) : String(text).padStart(11);
  return rows.map((cells) => cells.map(cell).join("")).join("\n");
}

/** Compares the recorded exchanges with a document. */
async function judgeRecordings(document: string): Promise<readonly Judged[]> {
  const check = createOpenApiCheck(JSON.parse(document) as OpenApi);
  const all: Judged[] = [];
  for (const file of FILES) {
    const { exchanges } = await readRecording(file);
    for (const step of exchanges.flatMap(({ steps }) => steps)) all.push({ file, step, fit: check(step) });
  }
  return all;
}

/** Requests whose path or method is none of the API, and their statuses. */
const OUTSIDE = [
  "GET /api/foo 404",
  "GET /api 404",
  "GET /api/ 404",
  "PUT /api/site 405",
  "GET /api/prefixes/0.NA/TEST 405",
  "GET /api/sessions 405",
  "GET /api/sessions/abc 403",
];

/** Requests that are accepted although they are not as the description wants them. */
const ACCEPTED = [
  '03-value-formats PUT /api/handles/20.500.99999/formats 201: request body/14/permissions must match pattern "^[01]{4}$"',
  // A session that is authenticated stays so; the response has `error`.
  "05-auth-sessions PUT /api/sessions/this 200: request body/type must be equal to one of the allowed values",
];
/** What our server answers as JSON; see deliberate.json. */
const NOT_JSON =
  "01-resolve GET /api/handles/20.500.99999/a%zz 400: the type text/html is not listed for 400";

describe("the description of the API", () => {
  const live: Judged[] = [];
  let server: ConformanceServer;

  beforeAll(async () => {
    server = await startConformanceServer(["--seed", recordingPath("seed.json")]);
    const connection = connect(server.https, { ca: server.ca });
    const headers = [["Host", new URL(server.https).host]] as const;
    const { body } = await connection.send({ method: "GET", target: "/api/openapi.json", headers, body: "" });
    connection.close();
    const check = createOpenApiCheck(JSON.parse(body) as OpenApi);
    const replay = await createReplay(server, await readSeed(), (file, step) =>
      live.push({ file, step, fit: check(step) }),
    );
    for (const file of FILES) await replay.play(await readRecording(file));
  });
  afterAll(() => server?.stop());

  it("fits what Handle.Net answered", async () => {
    const all = await judgeRecordings(await readFile(DOCUMENT, "utf8"));
    console.log(formatTable("recorded", all));
    expect(outside(all).sort()).toEqual([...OUTSIDE].sort());
    expect(unfit(all).sort()).toEqual([...ACCEPTED, NOT_JSON].sort());
  });

  it.each([
    ["a member of a schema", '"references":', '"others":', "must NOT have additional properties"],
    ["a parameter", '"name":"publicOnly"', '"name":"public"', "the parameter publicOnly is not listed"],
    ["a status", '"409":', '"408":', "the status 409 is not listed"],
    ["a media type", '"application/javascript":', '"text/javascript":', "the type application/javascript"],
    ["a header", '"Location":{"$ref":', '"Place":{"$ref":', "the header Place is missing"],
    ["a path", '"/api/prefixes/{prefix}":', '"/api/prefix/{prefix}":', "POST /api/prefixes/0.NA/HOMEME"],
  ])("would not fit without %s", async (_what, part, another, problem) => {
    const text = JSON.stringify(JSON.parse(await readFile(DOCUMENT, "utf8")));
    expect(text).toContain(part);
    const all = await judgeRecordings(text.replaceAll(part, another));
    expect([...unfit(all), ...outside(all)].join("\n")).toContain(problem);
  });

  it("that the server gives fits what it answers", () => {
    console.log(formatTable("answers of the server", live));
    expect(outside(live).sort()).toEqual([...OUTSIDE].sort());
    expect(unfit(live)).toEqual(ACCEPTED);
  });
});
