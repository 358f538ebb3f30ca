import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { FILES, readRecording, readSeed, recordingPath, type Step } from "./recording.ts";

async function certificateExchange(n: number): Promise<{ certificate?: string; steps: readonly Step[] }> {
  const { exchanges } = await readRecording("07-client-certificates");
  const found = exchanges.find((exchange) => exchange.n === n);
  if (!found) throw new Error(`there is no exchange ${n}`);
  return found;
}

it("reads every exchange, numbered from 1", async () => {
  const recordings = await Promise.all(FILES.map(readRecording));
  const counts = recordings.map(({ exchanges }) => exchanges.length);
  expect(counts).toEqual([40, 20, 59, 21, 96, 74, 23, 32]);
  for (const { exchanges } of recordings) {
    expect(exchanges.map(({ n }) => n)).toEqual(exchanges.map((_, i) => i + 1));
  }
});

it("reads what is to be made before a file", async () => {
  const { setup } = await readSeed();
  expect(Object.keys(setup).filter((file) => !FILES.some((known) => known === file))).toEqual([]);
  expect(Object.keys(setup["04-list-and-prefixes"] ?? {})).toHaveLength(5);
});

it("finds the body that curl put into the notes, and sends a record where curl's was not recorded", async () => {
  const { certificate, steps } = await certificateExchange(3);
  expect(certificate).toBe("uid.pem");
  expect(steps[0]?.response.body).toBe('{"responseCode":1,"handle":"20.500.99999/cert-uid"}');
  expect(JSON.parse(steps[0]?.request.body ?? "")).toHaveLength(1);
});

it("reads two requests on one connection", async () => {
  const { certificate, steps } = await certificateExchange(23);
  const body = '{"authenticated":true,"id":"300:0.NA/20.500.99999"}';
  expect(certificate).toBe("uid.pem");
  expect(steps.map(({ response }) => [response.status, response.body])).toEqual([
    [200, body],
    [200, body],
  ]);
  const names = steps.map(({ request }) => request.headers.map(([name]) => name));
  expect(names).toEqual([
    ["Host", "User-Agent", "Accept", "Authorization"],
    ["Host", "User-Agent", "Accept"],
  ]);
  expect(steps[1]?.response.headers).toEqual([
    ["Content-Type", "application/json;charset=utf-8"],
    ["Vary", "Accept-Encoding, User-Agent"],
  ]);
});

it("knows the certificate of each exchange", async () => {
  const { exchanges } = await readRecording("07-client-certificates");
  const files = new Set(exchanges.flatMap(({ certificate }) => certificate ?? []));
  expect(exchanges.filter(({ certificate }) => certificate === undefined).map(({ n }) => n)).toEqual([
    19, 20,
  ]);
  const subjects = [...files].map(async (file) => {
    const pem = await readFile(recordingPath(`client-certificates/${file}`));
    return new X509Certificate(pem).subject;
  });
  expect((await Promise.all(subjects)).sort()).toEqual([
    "CN=0.NA/20.500.99999",
    "CN=300:0.NA/20.500.99999",
    "CN=300:20.500.99999/USER1",
    "CN=301:0.NA/TEST",
    "CN=somebody",
    "UID=300:0.NA/20.500.99999",
  ]);
});
