import { randomBytes } from "node:crypto";
import { checkArgument, checkOptions, HandleError, invalidOptions, quoteForMessage } from "@handlekit/core";
import { type StateStore, updateState } from "@handlekit/core/store";
import { digest } from "../../identify/stored-session.ts";
import { isWithin, parseRange } from "./addresses.ts";
import { createSecretMarks } from "./secret-marks.ts";

/** A secret in the store. */
export interface KeptSecret {
  /** The HMAC-SHA-256 of the secret. */
  readonly mark: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** One registration of an App Id; an App Id may have several. */
export interface ClientEntry {
  /** Unique within the App Id, from 1. */
  readonly number: number;
  readonly description: string;
  /** Addresses and ranges from which no secret is needed, as written. */
  readonly addresses: readonly string[];
  /** At most two, the older first; two during a rotation. */
  readonly secrets: readonly KeptSecret[];
}

/** An App Id with its registrations. */
export interface RegisteredClient {
  readonly appId: string;
  readonly entries: readonly ClientEntry[];
}

/** Options of {@link ArdcClients.add}: a client to be registered. */
export interface NewClient {
  /** Default 40 random hexadecimal digits. An existing App Id gets another registration. */
  readonly appId?: string | undefined;
  readonly description: string;
  /** Addresses and ranges from which no secret is needed. Default none. */
  readonly addresses?: readonly string[] | undefined;
  /** UTF-8, not empty. Default none: the client is only known by its addresses. */
  readonly secret?: Uint8Array | undefined;
}

/** The credentials of a request. */
export interface Claim {
  readonly appId: string;
  readonly secret?: Uint8Array | undefined;
  /** The address of the client, as a number of 128 bits. */
  readonly address?: bigint | undefined;
}

/** The clients of the ARDC service. */
export interface ArdcClients {
  /**
   * Registers a client. Resolves to its App Id.
   *
   * @throws HandleError `invalid_options` for something that is not an address, an empty secret, or neither address nor
   *   secret
   */
  add(client: NewClient): Promise<string>;
  /** Resolves to a client, without entries if it was revoked, or to undefined if it was never registered. */
  find(appId: string): Promise<RegisteredClient | undefined>;
  /** Lists all clients, sorted by App Id. */
  list(): Promise<readonly RegisteredClient[]>;
  /**
   * Adds a second secret to a registration. Both are valid until {@link ArdcClients.finishRotation}.
   *
   * @param number the number of the registration; required if the App Id has several
   * @throws HandleError `invalid_options` if there is no such registration or it already has two secrets
   */
  rotate(appId: string, secret: Uint8Array, number?: number): Promise<void>;
  /** Removes the older secret of a registration. Arguments and errors are those of {@link ArdcClients.rotate}. */
  finishRotation(appId: string, number?: number): Promise<void>;
  /** Removes one registration, or all of an App Id. Throws `invalid_options` if there is none. */
  revoke(appId: string, number?: number): Promise<void>;
  /** Resolves to how a client is recognised, or to undefined if it is not. */
  recognise(claim: Claim): Promise<"secret" | "address" | undefined>;
  /**
   * Checks that the secrets were registered with this key.
   *
   * @throws HandleError `invalid_key`
   */
  assertKey(): Promise<void>;
}

const CLIENTS = "ardc/client/";
const KEY_MARK = "ardc/key";
const CHUNK = 500;

function unknown(appId: string, number: number | undefined, { entries }: RegisteredClient): HandleError {
  const numbers = entries.map((entry) => entry.number).join(", ");
  if (entries.length === 0) {
    return invalidOptions(
      `The App Id ${quoteForMessage(appId)} is not registered.`,
      "List the registered clients with: hdl-server clients list DIRECTORY",
    );
  }
  const which = number === undefined ? "Choose one by its number" : `There is no number ${number}`;
  return invalidOptions(
    `The App Id ${quoteForMessage(appId)} has the registrations ${numbers}. ${which}.`,
    "List the registered clients with: hdl-server clients list DIRECTORY",
  );
}

/** Returns the registration with a number, or the only one if there is no number. */
function pick(client: RegisteredClient, number: number | undefined): ClientEntry {
  const [only, other] = client.entries;
  const found =
    number === undefined && other === undefined
      ? only
      : client.entries.find((entry) => entry.number === number);
  if (found === undefined) throw unknown(client.appId, number, client);
  return found;
}

function checkSecret(caller: string, secret: Uint8Array): void {
  checkArgument(caller, "secret", secret, ["bytes"]);
  if (secret.length === 0) throw invalidOptions(`${caller}: the secret is empty.`);
}

function checkClient(client: NewClient): void {
  checkOptions("ArdcClients.add", client, {
    appId: ["string", "undefined"],
    description: ["string"],
    addresses: ["array", "undefined"],
    secret: ["bytes", "undefined"],
  });
  const { addresses = [], secret } = client;
  for (const address of addresses) parseRange(address);
  if (secret !== undefined) checkSecret("ArdcClients.add", secret);
  else if (addresses.length === 0) {
    throw invalidOptions(
      "ArdcClients.add: the client has neither a secret nor an address, and could never log in.",
      "Give the option secret or the option addresses.",
    );
  }
}

/** Checks the arguments that name a registration. */
function checkRegistration(caller: string, appId: string, number: number | undefined): void {
  checkArgument(caller, "appId", appId, ["string"]);
  checkArgument(caller, "number", number, ["number", "undefined"]);
}

/**
 * Creates the registry of an ARDC service's clients. It stores only HMAC-SHA-256 marks of their secrets.
 *
 * @param state the store of the clients
 * @param secretKey at least 32 random bytes, stored elsewhere; the processes of one server share it
 * @param now returns milliseconds since 1970. Default the system clock
 * @throws HandleError `invalid_options` if the key is shorter, or for an argument of the wrong type
 * @example
 * ```ts
 * const clients = createArdcClients(state, secretKey);
 * const appId = await clients.add({ description: "Example library", secret: randomBytes(24) });
 * ```
 */
export function createArdcClients(
  state: StateStore,
  secretKey: Uint8Array,
  now: () => number = Date.now,
): ArdcClients {
  checkArgument("createArdcClients", "state", state, ["object"]);
  for (const name of ["get", "put", "scan"] as const) {
    checkArgument("createArdcClients", `state.${name}`, state[name], ["function"]);
  }
  checkArgument("createArdcClients", "secretKey", secretKey, ["bytes"]);
  checkArgument("createArdcClients", "now", now, ["function"]);
  const marks = createSecretMarks(secretKey);
  const keyOf = (appId: string) => CLIENTS + digest(appId);
  const read = async (appId: string): Promise<RegisteredClient | undefined> => {
    const entry = await state.get(keyOf(appId));
    return entry && (JSON.parse(entry.value) as RegisteredClient);
  };
  const edit = (appId: string, change: (entries: readonly ClientEntry[]) => readonly ClientEntry[]) =>
    updateState<RegisteredClient>(state, keyOf(appId), (client) => ({
      appId,
      entries: change(client?.entries ?? []),
    }));
  const kept = (appId: string, secret: Uint8Array) => ({ mark: marks.mark(appId, secret), created: now() });
  /** Changes one registration. */
  const editOne = (appId: string, number: number | undefined, change: (entry: ClientEntry) => ClientEntry) =>
    edit(appId, (entries) => {
      const meant = pick({ appId, entries }, number);
      return entries.map((entry) => (entry === meant ? change(entry) : entry));
    });

  return {
    async add(client) {
      checkClient(client);
      const { appId = randomBytes(20).toString("hex"), description, addresses = [], secret } = client;
      await edit(appId, (entries) => {
        const number = Math.max(0, ...entries.map((entry) => entry.number)) + 1;
        const secrets = secret === undefined ? [] : [kept(appId, secret)];
        return [...entries, { number, description, addresses, secrets }];
      });
      return appId;
    },
    find(appId) {
      checkArgument("ArdcClients.find", "appId", appId, ["string"]);
      return read(appId);
    },
    async list() {
      const found: RegisteredClient[] = [];
      for (let after: string | undefined; ; ) {
        const chunk = await state.scan(CLIENTS, after, CHUNK);
        found.push(...chunk.map(([, { value }]) => JSON.parse(value) as RegisteredClient));
        after = chunk.at(-1)?.[0];
        if (after === undefined) break;
      }
      const present = found.filter(({ entries }) => entries.length > 0);
      return present.sort((a, b) => (a.appId < b.appId ? -1 : 1));
    },
    async rotate(appId, secret, number) {
      checkSecret("ArdcClients.rotate", secret);
      checkRegistration("ArdcClients.rotate", appId, number);
      await editOne(appId, number, (entry) => {
        if (entry.secrets.length > 1) {
          throw invalidOptions(
            `The App Id ${quoteForMessage(appId)} already has two secrets.`,
            "Finish its rotation first: hdl-server clients rotate … --finish.",
          );
        }
        return { ...entry, secrets: [...entry.secrets, kept(appId, secret)] };
      });
    },
    async finishRotation(appId, number) {
      checkRegistration("ArdcClients.finishRotation", appId, number);
      await editOne(appId, number, (entry) => ({ ...entry, secrets: entry.secrets.slice(-1) }));
    },
    async revoke(appId, number) {
      checkRegistration("ArdcClients.revoke", appId, number);
      await edit(appId, (entries) => {
        if (entries.length === 0) throw unknown(appId, number, { appId, entries });
        if (number === undefined) return [];
        const meant = pick({ appId, entries }, number);
        return entries.filter((entry) => entry !== meant);
      });
    },
    async recognise({ appId, secret, address }) {
      const { entries = [] } = (await read(appId)) ?? {};
      const secrets = entries.flatMap((entry) => entry.secrets.map(({ mark }) => mark));
      if (secret !== undefined && secret.length > 0 && marks.matches(appId, secret, secrets)) return "secret";
      if (address === undefined) return undefined;
      const ranges = entries.flatMap((entry) => entry.addresses.map(parseRange));
      return isWithin(address, ranges) ? "address" : undefined;
    },
    async assertKey() {
      await state.put(KEY_MARK, marks.keyMark, "absent");
      if ((await state.get(KEY_MARK))?.value === marks.keyMark) return;
      throw new HandleError("invalid_key", {
        message: "The secrets of the ARDC clients were registered with another key.",
        hint: "Give the server the previous key, or register the clients again in a new store.",
      });
    },
  };
}
