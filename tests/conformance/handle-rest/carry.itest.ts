import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { type Carrier, createCarrier } from "./carry.ts";
import { headerValues, requestFields, sessionFacts } from "./challenge.ts";
import {
  type RecordedRequest,
  type RecordedResponse,
  readRecording,
  readSeed,
  recordingPath,
} from "./recording.ts";
import { attemptOf, findRecipe, signingKeys } from "./signatures.ts";

const RECORDED_HOST = "127.0.0.1:8000";
const keys = signingKeys(await readSeed(), await readFile(recordingPath("admin-key.pem"), "utf8"));

function createTestCarrier(): Carrier {
  const host = (scheme: string): string => (scheme === "http" ? "127.0.0.1:1080" : "127.0.0.1:1443");
  return createCarrier({ keys, recordedHost: RECORDED_HOST, host })("https");
}

/** Answers as recorded, by a server that makes its own ids and nonces. */
function createDouble(): (recorded: RecordedResponse) => RecordedResponse {
  const own = new Map<string, string>();
  const name = (recorded: string | undefined, made: string): void => {
    if (recorded !== undefined && !own.has(recorded)) own.set(recorded, made);
  };
  return (recorded) => {
    const { sessionId, nonce } = sessionFacts(recorded);
    name(sessionId, `our-session-${String(own.size).padStart(20, "0")}`);
    name(nonce, Buffer.alloc(16, own.size).toString("base64"));
    const put = (text: string): string =>
      [...own].reduce((done, [from, to]) => done.replaceAll(from, to), text);
    return {
      ...recorded,
      headers: recorded.headers.map(([key, value]) => [key, put(value)]),
      body: put(recorded.body),
    };
  };
}

function challenge(sessionId: string, nonce: string): RecordedResponse {
  const header = ["WWW-Authenticate", `Handle sessionId="${sessionId}", nonce="${nonce}"`] as const;
  return { status: 401, headers: [header], body: "" };
}

const THEIRS = { id: "node01tt7zhgaqu9xsfvatuhtpbpty0", nonce: "ia7TNcXxBZ6OdbJYEcTbUg==" };
const OURS = { id: "an-id-of-our-own-server-1", nonce: "AAECAwQFBgcICQoLDA0ODw==" };

it("carries our ids through the whole recording of sessions, and signs for our nonces", async () => {
  const carrier = createTestCarrier();
  const double = createDouble();
  const { exchanges } = await readRecording("05-auth-sessions");
  const nonces = new Map<string, string>();
  let signed = 0;
  for (const { n, steps } of exchanges) {
    for (const { request, response } of steps) {
      const sent = carrier.request(request);
      const fields = requestFields(sent);
      const recorded = requestFields(request);
      const nonce = nonces.get(fields.sessionId ?? "");
      if (recorded.sessionId?.startsWith("node0") && recorded.sessionId !== "node0nonsense") {
        expect(fields.sessionId, `${n}`).toMatch(/^our-session-/);
      }
      const attempt = attemptOf(fields);
      if (attempt && nonce !== undefined && findRecipe(attempt, nonce, keys)) signed++;
      const answer = double(response);
      carrier.learn(response, answer);
      expect(carrier.response(response), `${n}`).toEqual({
        ...answer,
        body: answer.body.replaceAll(RECORDED_HOST, "127.0.0.1:1443"),
      });
      const facts = sessionFacts(answer);
      if (facts.sessionId && facts.nonce) nonces.set(facts.sessionId, facts.nonce);
    }
  }
  expect(signed).toBe(20);
});

it("names our server in the Host header and in addresses", () => {
  const carrier = createTestCarrier();
  const request: RecordedRequest = {
    method: "GET",
    target: "/x",
    headers: [
      ["Host", RECORDED_HOST],
      ["Origin", `http://${RECORDED_HOST}`],
    ],
    body: "",
  };
  expect(carrier.request(request).headers).toEqual([
    ["Host", "127.0.0.1:1443"],
    ["Origin", `http://${RECORDED_HOST}`],
  ]);
  const location = ["Location", `http://${RECORDED_HOST}/a/b`] as const;
  expect(carrier.response({ status: 301, headers: [location], body: "" }).headers).toEqual([
    ["Location", "http://127.0.0.1:1443/a/b"],
  ]);
});

it("expects the id that our server named first for a recorded one", () => {
  const carrier = createTestCarrier();
  const recorded = challenge(THEIRS.id, THEIRS.nonce);
  carrier.learn(recorded, challenge(OURS.id, OURS.nonce));
  carrier.learn(recorded, challenge("another-id-of-our-server", "EBESExQVFhcYGRobHB0eHw=="));
  expect(carrier.response(recorded)).toEqual(challenge(OURS.id, OURS.nonce));
});

it("does not take an id of ours for two recorded ones, nor one of the wrong form", () => {
  const carrier = createTestCarrier();
  carrier.learn(challenge(THEIRS.id, THEIRS.nonce), challenge(OURS.id, OURS.nonce));
  const next = challenge("node03uixemfp85gs7lvs5qr3a9sh1", "S8PhBYAd8Lxja30v5qu5PQ==");
  for (const wrong of [challenge(OURS.id, OURS.nonce), challenge("short", "AAAA"), challenge("a b", "")]) {
    carrier.learn(next, wrong);
    expect(headerValues(carrier.response(next).headers, "WWW-Authenticate")).toEqual(
      headerValues(next.headers, "WWW-Authenticate"),
    );
  }
});
