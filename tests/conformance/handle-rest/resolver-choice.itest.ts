import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConformanceServer, startConformanceServer } from "../../support/conformance-server.ts";
import { readSeed } from "./recording.ts";
import {
  type Choice,
  type ChoiceAnswer,
  type ChoiceVerdict,
  type DeliberateChoice,
  judgeChoice,
  readChoices,
  readDeliberateChoices,
  recordsOf,
} from "./resolver-choice.ts";
import { type Connection, connect } from "./send.ts";

const COMPATIBILITY = new URL("../../../docs/compatibility.md", import.meta.url);

/** Sends one HTTP/1.0 request, which Node's client cannot. */
async function sendOldHttp(url: string, { request }: Choice): Promise<ChoiceAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  socket.end(`${request.method} ${request.target} HTTP/1.0\r\nHost: hdl.example.org\r\n\r\n`);
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk;
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s);
  const [line = "", ...lines] = head.split("\r\n");
  const headers = lines.map((each) => {
    const [name = "", value = ""] = each.split(/: (.*)/s);
    return [name.toLowerCase(), value] as const;
  });
  return { status: Number(line.split(" ")[1]), headers, body };
}

async function send(connection: Connection, { request }: Choice): Promise<ChoiceAnswer> {
  const { status, headers, body } = await connection.send({
    method: request.method,
    target: request.target,
    headers: Object.entries({ Host: "hdl.example.org", ...request.headers }),
    body: request.body ?? "",
  });
  return { status, headers: headers.map(([name, value]) => [name.toLowerCase(), value] as const), body };
}

function formatVerdicts(verdicts: readonly ChoiceVerdict[], deliberate: readonly DeliberateChoice[]): string {
  const count = (kind: ChoiceVerdict["kind"]) => verdicts.filter((one) => one.kind === kind).length;
  const rows = [
    ["file", "choices", "equal", "deliberate", "differing"],
    ["resolver-choice", verdicts.length, count("equal"), count("deliberate"), count("differing")],
  ].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(24) : String(cell).padStart(11))).join(""),
  );
  const reasons = deliberate.map(({ name, reason }) => `  deliberate: ${name}: ${reason}`);
  return [...rows, ...reasons].join("\n");
}

describe("the choices of our resolver against those recorded with Handle.Net 9.3.1", () => {
  const verdicts: ChoiceVerdict[] = [];
  let choices: readonly Choice[];
  let deliberate: readonly DeliberateChoice[];
  let folder: string;
  let server: ConformanceServer | undefined;

  beforeAll(async () => {
    choices = await readChoices();
    deliberate = await readDeliberateChoices();
    folder = await mkdtemp(join(tmpdir(), "resolver-choice-"));
    const seed = await readSeed();
    const file = join(folder, "seed.json");
    await writeFile(file, JSON.stringify({ ...seed, records: { ...seed.records, ...recordsOf(choices) } }));
    server = await startConformanceServer(["--seed", file, "--store", "memory:"]);
    const connection = connect(server.http, { ca: server.ca });
    for (const choice of choices) {
      const answers: ChoiceAnswer[] = [];
      // Twice as often as recorded, so that a share can be told from an even one.
      for (let i = 0; i < (choice.repeat > 1 ? 2 * choice.repeat : 1); i++) {
        const old = choice.request.version === "1.0";
        answers.push(await (old ? sendOldHttp(server.http, choice) : send(connection, choice)));
      }
      verdicts.push(judgeChoice(choice, answers, deliberate));
    }
    connection.close();
    console.log(formatVerdicts(verdicts, deliberate));
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("makes each choice as it was recorded, or otherwise as listed", () => {
    expect(verdicts.filter(({ kind }) => kind === "differing")).toEqual([]);
    expect(verdicts).toHaveLength(97);
  });

  it("lists what is not to be copied, and besides only what the rules leave open", () => {
    const named = choices.filter(({ copy }) => copy === false).map(({ name }) => name);
    expect(deliberate.map(({ name }) => name).sort()).toEqual(
      [...named, "location-without-href", "get-hdl-parameter"].sort(),
    );
  });

  it("has a row in docs/compatibility.md for each", async () => {
    const rows = (await readFile(COMPATIBILITY, "utf8")).split("\n");
    const missing = deliberate.filter(
      ({ row, reason }) =>
        reason.length < 20 ||
        !rows.some((line) => line.startsWith(`| ${row} |`) && line.includes("resolver-choice.itest.ts")),
    );
    expect(missing).toEqual([]);
  });

  it("counts a deliberate choice that became equal, and one that is made in a third way, as differing", () => {
    const choice = choices.find(({ name }) => name === "url-javascript");
    if (choice === undefined) throw new Error("no such choice");
    const to = (location: string): readonly ChoiceAnswer[] => [
      { status: 302, headers: [["location", location]], body: "" },
    ];
    const { body: _, ...plain } = choice.expect;
    const judge = (location: string) =>
      judgeChoice({ ...choice, expect: plain }, to(location), deliberate).kind;
    expect(judge(choice.expect.location[0] ?? "")).toBe("differing");
    expect(judge("https://second.example.org/")).toBe("deliberate");
    expect(judge("https://third.example.org/")).toBe("differing");
  });
});
