import {
  encodeBase64,
  encodeUtf8,
  encodeValue,
  handleKey,
  type Logger,
  parseReference,
  secret,
} from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import {
  type ArdcOptions,
  createHandleService,
  type HandleServiceOptions,
  openMemory,
  type ServiceEvent,
} from "@handlekit/service";
import { buildRequest, parseResponse } from "@handlekit/xml";
import { createArdcClients } from "../src/ardc/access/clients.ts";
import { createIndexedStore } from "../src/ardc/records/owner-index.ts";
import { ADMIN, admin, NOW, PASSWORD, SEEDED, seed } from "./support.ts";

export const PREFIX = "10378.1";
export const KEY = encodeUtf8("S3CR3T-key-of-the-marks-0123456789");

/** A client of the tests. */
export interface Who {
  readonly appId?: string;
  readonly secret?: string;
  readonly identifier?: string;
  readonly authDomain?: string;
}

export const ALICE = {
  appId: "a".repeat(40),
  secret: "S3CR3T-of-alice",
  identifier: "ExampleUser",
  authDomain: "example.org",
};
export const BOB = {
  appId: "b".repeat(40),
  secret: "S3CR3T-of-bob",
  identifier: "Bob",
  authDomain: "example.org",
};
/** Known by its address, 192.0.2.7. */
export const CAROL = { appId: "c".repeat(40), identifier: "Carol", authDomain: "example.org" };

/** A request that the fixture sends. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly address?: string;
  readonly secure?: boolean;
}

/** Returns the body of a request with the credentials and identity of a client. */
export function bodyOf({ appId, secret: text, identifier, authDomain }: Who): string {
  const sharedSecret = text === undefined ? undefined : secret(text);
  return buildRequest({ name: "mint", properties: { appId, sharedSecret, identifier, authDomain } });
}

/** Returns the Basic header of a client. */
export function basic(appId: string, password: string | Uint8Array): { authorization: string } {
  const bytes = Buffer.concat([Buffer.from(`${appId}:`), Buffer.from(password)]);
  return { authorization: `Basic ${encodeBase64(bytes)}` };
}

/** Creates a logger that keeps its lines. */
export function createMemoryLog(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string, fields?: object) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { lines, debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Registers the three clients. */
export async function registerClients(state: StateStore): Promise<void> {
  const clients = createArdcClients(state, KEY, () => NOW);
  for (const who of [ALICE, BOB]) {
    const description = who.appId.slice(0, 1);
    await clients.add({ appId: who.appId, description, secret: encodeUtf8(who.secret) });
  }
  await clients.add({ appId: CAROL.appId, description: "c", addresses: ["192.0.2.7"] });
}

/** The ARDC service on a store and a state, which may be those of another fixture. */
export async function createArdcFixture(
  options: Partial<ArdcOptions> = {},
  on: { readonly store?: HandleStore; readonly state?: StateStore } = {},
  serviceOptions: Partial<HandleServiceOptions> = {},
) {
  const store = on.store ?? openMemory().store;
  const state = on.state ?? openMemory().state;
  const log = createMemoryLog();
  if (on.store === undefined) {
    await store.home(PREFIX);
    await store.home("0.NA");
    await seed(store, `0.NA/${PREFIX}`, [
      admin("111111110011", 200, `0.NA/${PREFIX}`),
      { index: 200, type: "HS_VLIST", data: { format: "vlist", value: [parseReference(ADMIN)] } },
    ]);
    await seed(store, ADMIN.slice(4), [
      { index: 300, type: "HS_SECKEY", data: PASSWORD, permissions: "1100" },
    ]);
  }
  if (on.state === undefined) await registerClients(state);
  const ardc: ArdcOptions = { state, prefix: PREFIX, secretKey: KEY, ...options };
  const events: ServiceEvent[] = [];
  const observe = (event: ServiceEvent) => events.push(event);
  const service = createHandleService({ store, now: () => NOW, log, observe, ardc, ...serviceOptions });
  /** For changes without the service that update its index. */
  const indexed = createIndexedStore(store, { state, prefix: PREFIX, log });

  /** Sends a target as it is, and gives the bytes of the answer, too. */
  const send = async (target: string, sent: Sent = {}) => {
    const body = sent.body ?? "";
    const response = await service.respond({
      method: sent.method ?? "POST",
      target,
      headers: sent.headers ?? {},
      body: typeof body === "string" ? encodeUtf8(body) : body,
      connection: { secure: sent.secure ?? true, remoteAddress: sent.address ?? "198.51.100.1" },
    });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(response.body);
    return { status: response.status, headers: response.headers, text, ...parseResponse(text) };
  };

  /** Calls a service by its name; `who` stands in the body. */
  const call = (
    name: string,
    query: Readonly<Record<string, string>>,
    who: Who | undefined = ALICE,
    sent: Sent = {},
  ) => {
    const search = new URLSearchParams(query).toString();
    const target = `/pids/${name}${search === "" ? "" : `?${search}`}`;
    return send(target, { body: bodyOf(who), ...sent });
  };

  /** Mints and gives the handle. */
  const mint = async (type: string, value: string, who: Who = ALICE, more: Record<string, string> = {}) => {
    const { identifier, message } = await call("mint", { type, value, ...more }, who);
    if (identifier === undefined) throw new Error(message.text);
    return identifier.handle;
  };

  const record = async (handle: string) => (await store.read(handleKey(handle)))?.values;
  /** Values as index, type, text and permissions. */
  const values = async (handle: string) =>
    (await record(handle))?.map(({ index, type, data, permissions }) => [
      index,
      type,
      type === "HS_ADMIN" ? "" : new TextDecoder().decode(data),
      permissions.toString(2).padStart(4, "0"),
    ]);

  return { store, indexed, state, log, events, service, send, call, mint, record, values };
}

/** Creates a stored value. */
export function stored(index: number, type: string, data: string) {
  return { ...encodeValue({ index, type, data }), timestamp: SEEDED.getTime() / 1000 };
}
