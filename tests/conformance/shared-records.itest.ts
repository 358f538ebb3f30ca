import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { encodeUtf8, encodeValues, foldCase, handleKey, parseReference } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import {
  createArdcClients,
  createHandleService,
  openMemory,
  type ServiceRequest,
  type ServiceResponse,
} from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { FILES as ARDC_FILES, recordingPath as ardcPath, readCases } from "./ardc/cases.ts";
import { FILES, readRecording, readSeed, recordingPath, type Seed } from "./handle-rest/recording.ts";
import { readChoices } from "./handle-rest/resolver-choice.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const ADDRESS = "127.0.0.1";

/** A store that returns a copy of its own for every read, so that nothing that hangs on a record is ever found. */
function withCopies(store: HandleStore): HandleStore {
  return {
    ...store,
    async read(key) {
      const record = await store.read(key);
      return record && structuredClone(record);
    },
  };
}

interface Seeded {
  readonly homedPrefixes: readonly string[];
  readonly serverAdmins: readonly string[];
}

/** A service on the seed of the recordings. Clock and chance are fixed. */
async function createSeeded(seed: Seed & Seeded, wrap: (store: HandleStore) => HandleStore) {
  const { store, state } = openMemory();
  for (const prefix of [...seed.homedPrefixes, "0.NA/10378.1"]) {
    await store.home(foldCase(prefix.replace(/^0\.NA\//, "")));
  }
  const put = async (handle: string, values: readonly unknown[]) => {
    const { revision = "absent" } = (await store.read(handleKey(handle))) ?? {};
    await store.commit(handleKey(handle), revision, encodeValues(values, new Date(NOW)));
  };
  for (const [handle, values] of Object.entries(seed.records)) await put(handle, values);
  const now = () => NOW;
  const secretKey = new Uint8Array(32);
  const { clients } = JSON.parse(await readFile(ardcPath("clients.json"), "utf8"));
  const registry = createArdcClients(state, secretKey, now);
  for (const { appId, sharedSecret, addresses, description } of clients) {
    const secret = sharedSecret === undefined ? undefined : encodeUtf8(sharedSecret);
    await registry.add({ appId, description, addresses, secret });
  }
  const service = createHandleService({
    store: wrap(store),
    state,
    sessionKey: new Uint8Array(32),
    serverAdmins: seed.serverAdmins.map(parseReference),
    failedLogins: { perIdentity: 0, perAddress: 0 },
    now,
    random: () => 0.5,
    ardc: { state, prefix: "10378.1", secretKey, compatible: true, adminAddresses: [ADDRESS] },
  });
  return { service, put };
}

/** What is random in an answer: sessions, nonces, and the numbers of the status handle. */
const RANDOM = /(sessionId|nonce|serverSignature)"?[=:]\s*"?[^",;]+|(freemem|totalmem|maxmem|runtime)=\d+/g;
const masked = (text: string) => text.replace(RANDOM, "$1$2 is random");

function shown({ status, headers, body, text }: ServiceResponse) {
  const bytes = Buffer.from(body);
  // An adapter may send either.
  if (text !== undefined) expect(Buffer.from(text, "latin1").equals(bytes)).toBe(true);
  return {
    status,
    headers: headers.map(([name, value]) => `${name}: ${masked(value)}`),
    body: masked(bytes.toString("latin1")),
  };
}

const READS = new Set(["GET", "HEAD"]);

/** The handles of a target that a change may concern, to be read after it. */
const readOf = ({ target }: ServiceRequest): string => target.split("?", 1)[0] ?? "";

async function createPair() {
  const seed: Seed & Seeded = JSON.parse(await readFile(recordingPath("seed.json"), "utf8"));
  const [shared, copied] = [await createSeeded(seed, (store) => store), await createSeeded(seed, withCopies)];
  let compared = 0;
  let whole = 0;
  const compare = async (request: ServiceRequest): Promise<void> => {
    // The second time there is something to find.
    for (let i = 0; i < 2; i++) {
      const expected = shown(await copied.service.respond(request));
      const name = `${request.method} ${request.target}`;
      expect(shown(await shared.service.respond(request)), name).toEqual(expected);
      if (expected.status === 200 && expected.body.startsWith('{"responseCode":1,"handle"')) whole++;
      if (!READS.has(request.method)) break;
    }
    compared++;
  };
  return {
    async put(handle: string, values: readonly unknown[]) {
      await shared.put(handle, values);
      await copied.put(handle, values);
    },
    /** Sends a request to both, reads twice, and after a change the record itself. */
    async compare(request: ServiceRequest) {
      await compare(request);
      if (READS.has(request.method)) return;
      const read = { ...request, method: "GET", target: readOf(request), body: new Uint8Array() };
      await compare(read);
      await compare({ ...read, headers: {} });
    },
    counts: () => ({ compared, whole }),
  };
}

const lower = (lines: Iterable<readonly [string, string]>) =>
  Object.fromEntries([...lines].map(([name, value]) => [name.toLowerCase(), value]));

async function connectionOf(scheme: string, certificate?: string): Promise<ServiceRequest["connection"]> {
  if (certificate === undefined) return { secure: scheme === "https", remoteAddress: ADDRESS };
  const { raw } = new X509Certificate(await readFile(recordingPath(`client-certificates/${certificate}`)));
  return { secure: true, remoteAddress: ADDRESS, clientCertificate: raw };
}

describe("a store that returns the same records again", () => {
  it("is answered byte for byte as one that returns copies: the recordings of Handle.Net", async () => {
    const pair = await createPair();
    const seed = await readSeed();
    for (const file of FILES) {
      for (const [handle, values] of Object.entries(seed.setup[file] ?? {})) await pair.put(handle, values);
      for (const { scheme, certificate, steps } of (await readRecording(file)).exchanges) {
        const connection = await connectionOf(scheme, certificate);
        for (const { request } of steps) {
          const { method, target, headers, body } = request;
          await pair.compare({ method, target, headers: lower(headers), body: encodeUtf8(body), connection });
        }
      }
    }
    const { compared, whole } = pair.counts();
    expect(compared).toBeGreaterThan(300);
    expect(whole).toBeGreaterThan(50);
  });

  it("is answered byte for byte as one that returns copies: the choices of the resolver", async () => {
    const pair = await createPair();
    const connection = await connectionOf("http");
    for (const { handle, record, also = {}, request } of await readChoices()) {
      for (const [name, values] of [[handle, record] as const, ...Object.entries(also)]) {
        await pair.put(name, values);
      }
      const { method, target, headers, body, version } = request;
      const sent = {
        method,
        target,
        headers: lower(Object.entries(headers)),
        connection,
        httpVersion: version,
      };
      await pair.compare({ ...sent, body: encodeUtf8(body ?? "") });
      await pair.compare({
        ...sent,
        target: `/api/handles/${handle}`,
        method: "GET",
        body: new Uint8Array(),
      });
    }
    expect(pair.counts().compared).toBeGreaterThan(100);
  });

  it("is answered byte for byte as one that returns copies: the cases of ARDC's service", async () => {
    const pair = await createPair();
    await pair.put("0.NA/10378.1", [
      {
        index: 100,
        type: "HS_ADMIN",
        data: { format: "admin", value: { handle: "0.NA/10378.1", index: 300, permissions: "111111111111" } },
      },
    ]);
    const connection = await connectionOf("https");
    // Those for administrators make random App Ids, and read no records.
    for (const file of ARDC_FILES.filter((name) => name !== "admin")) {
      for (const { request } of await readCases(file)) {
        const { method, path, rawQuery, headers, body } = request;
        await pair.compare({
          method,
          target: rawQuery === "" ? path : `${path}?${rawQuery}`,
          headers: lower(Object.entries(headers)),
          body: encodeUtf8(body),
          connection,
        });
        for (const number of [1, 2, 3, 12]) {
          const target = `/api/handles/10378.1/${number}`;
          await pair.compare({ method: "GET", target, headers: {}, body: new Uint8Array(), connection });
        }
      }
    }
    expect(pair.counts().whole).toBeGreaterThan(50);
  });
});
