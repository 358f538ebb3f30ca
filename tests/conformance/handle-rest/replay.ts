import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ConformanceServer } from "../../support/conformance-server.ts";
import { type Carrier, createCarrier } from "./carry.ts";
import { type Exchange, type Recording, recordingPath, type Seed, type Step } from "./recording.ts";
import { compareAnswers, type Difference } from "./rules.ts";
import { type ClientIdentity, type Connection, connect } from "./send.ts";
import { checkServerSignature, publishedKey } from "./server-key.ts";
import { signingKeys } from "./signatures.ts";

/** The address in the recordings. */
const RECORDED_HOST = "127.0.0.1:8000";
/** The certificate of the server administrator, who makes what a file needs. */
const ADMINISTRATOR = "uid.pem";

/** How one exchange went. */
export interface Outcome {
  readonly n: number;
  readonly name: string;
  readonly request: string;
  readonly differences: readonly Difference[];
}

/** Plays recordings against a server, one file after the other: what one leaves, the next may show. */
export interface Replay {
  play(recording: Recording): Promise<readonly Outcome[]>;
}

const site = { method: "GET", target: "/api/site", headers: [["Host", RECORDED_HOST]], body: "" } as const;

async function readServerKey(connection: Connection): Promise<KeyObject | undefined> {
  try {
    return publishedKey(await connection.send(site));
  } catch {
    return undefined;
  } finally {
    connection.close();
  }
}

function unanswered(error: unknown): Difference {
  return { field: "answer", expected: "one", got: String(error) };
}

/**
 * Prepares a replay against a server that was started with seed.json.
 *
 * @param heard called with each request as it was sent, and its answer
 */
export async function createReplay(
  server: ConformanceServer,
  seed: Seed,
  heard: (file: string, step: Step) => void = () => undefined,
): Promise<Replay> {
  const key = await readFile(recordingPath("admin-key.pem"), "utf8");
  const hosts = { http: new URL(server.http).host, https: new URL(server.https).host };
  const carrierFor = createCarrier({
    keys: signingKeys(seed, key),
    recordedHost: RECORDED_HOST,
    host: (scheme) => hosts[scheme],
  });
  const identity = async (file: string): Promise<ClientIdentity> => ({
    certificate: await readFile(recordingPath(`client-certificates/${file}`), "utf8"),
    key,
  });
  const open = async (scheme: "http" | "https", certificate: string | undefined): Promise<Connection> =>
    connect(server[scheme], {
      ca: server.ca,
      ...(certificate === undefined ? {} : { identity: await identity(certificate) }),
    });
  const serverKey = await readServerKey(await open("https", undefined));

  const playStep = async (
    file: string,
    step: Step,
    connection: Connection,
    carrier: Carrier,
  ): Promise<Difference[]> => {
    const request = carrier.request(step.request);
    const got = await connection.send(request);
    heard(file, { request, response: got });
    carrier.learn(step.response, got);
    const { expected, differences } = checkServerSignature(
      request,
      carrier.response(step.response),
      got,
      serverKey,
    );
    return [...differences, ...compareAnswers(expected, got, Date.now())];
  };

  const playExchange = async (file: string, exchange: Exchange): Promise<readonly Difference[]> => {
    const connection = await open(exchange.scheme, exchange.certificate);
    const found: Difference[] = [];
    try {
      for (const [i, step] of exchange.steps.entries()) {
        const prefix = i === 0 ? "" : `request ${i + 1}: `;
        for (const difference of await playStep(file, step, connection, carrierFor(exchange.scheme))) {
          found.push({ ...difference, field: prefix + difference.field });
        }
      }
    } catch (error) {
      found.push(unanswered(error));
    } finally {
      connection.close();
    }
    return found;
  };

  /** Creates what the recording server held before the file's first exchange. */
  const prepare = async (file: string): Promise<readonly Difference[]> => {
    const connection = await open("https", ADMINISTRATOR);
    const found: Difference[] = [];
    try {
      for (const [handle, values] of Object.entries(seed.setup[file] ?? {})) {
        const { status, body } = await connection.send({
          method: "PUT",
          target: `/api/handles/${encodeURIComponent(handle)}`,
          headers: [
            ["Host", hosts.https],
            ["Content-Type", "application/json"],
            ["Authorization", 'Handle clientCert="true"'],
          ],
          body: JSON.stringify(values),
        });
        if (status !== 201) found.push({ field: handle, expected: "201", got: `${status} ${body}` });
      }
    } catch (error) {
      found.push(unanswered(error));
    } finally {
      connection.close();
    }
    return found;
  };

  return {
    async play(recording) {
      const missing = await prepare(recording.file);
      const setup = { n: 0, name: "setup", request: "PUT", differences: missing };
      const outcomes: Outcome[] = missing.length === 0 ? [] : [setup];
      for (const exchange of recording.exchanges) {
        const { n, name, steps } = exchange;
        const [first] = steps;
        const request = `${first?.request.method} ${first?.request.target}`;
        outcomes.push({ n, name, request, differences: await playExchange(recording.file, exchange) });
      }
      return outcomes;
    },
  };
}
