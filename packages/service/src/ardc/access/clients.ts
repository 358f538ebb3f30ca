import { randomBytes } from "node:crypto";
import { HandleError, quoteForMessage } from "@handlekit/core";
import { type StateStore, updateState } from "@handlekit/core/store";
import { digest } from "../../identify/sessions.ts";
import { isWithin, parseRange } from "./addresses.ts";
import { createSecretMarks } from "./secret-marks.ts";

/** What is kept of one secret. */
export interface KeptSecret {
  readonly mark: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** One registration of an App Id; an App Id may have several. */
export interface ClientEntry {
  /** Unique within the App Id, from 1. */
  readonly number: number;
  readonly description: string;
  /** Addresses and ranges from which no secret is needed, as they were written. */
  readonly addresses: readonly string[];
  /** At most two, the older first; two while a new one is being spread. */
  readonly secrets: readonly KeptSecret[];
}

/** An App Id with its registrations. */
export interface RegisteredClient {
  readonly appId: string;
  readonly entries: readonly ClientEntry[];
}

/** A client to be registered. */
export interface NewClient {
  /** Default 40 random hexadecimal digits. One that exists gets another registration. */
  readonly appId?: string | undefined;
  readonly description: string;
  /** Addresses and ranges from which no secret is needed. Default none. */
  readonly addresses?: readonly string[] | undefined;
  /** UTF-8, not empty. Default none: only the addresses count. */
  readonly secret?: Uint8Array | undefined;
}

/** What a caller shows of itself. */
export interface Claim {
  readonly appId: string;
  readonly secret?: Uint8Array | undefined;
  /** From where it calls, as a number of 128 bits. */
  readonly address?: bigint | undefined;
}

/** The clients of the ARDC service. */
export interface ArdcClients {
  /**
   * Registers a client and gives its App Id.
   *
   * @throws HandleError `invalid_options` for an address that is none, an empty secret, or neither address nor secret
   */
  add(client: NewClient): Promise<string>;
  /** All of them, by App Id. */
  list(): Promise<readonly RegisteredClient[]>;
  /**
   * Adds a second secret to a registration; both count until {@link ArdcClients.finishRotation}.
   *
   * @param number of the registration; needed when the App Id has several
   * @throws HandleError `invalid_options` when there is no such registration or it has two secrets already
   */
  rotate(appId: string, secret: Uint8Array, number?: number): Promise<void>;
  /** Leaves only the newest secret of a registration; the same arguments and errors as {@link ArdcClients.rotate}. */
  finishRotation(appId: string, number?: number): Promise<void>;
  /** Removes one registration, or all of an App Id; `invalid_options` when there is none. */
  revoke(appId: string, number?: number): Promise<void>;
  /** By what a caller is known; undefined when it is not. */
  recognise(claim: Claim): Promise<"secret" | "address" | undefined>;
  /**
   * @throws HandleError `invalid_key` when the secrets were registered under another key
   */
  assertKey(): Promise<void>;
}

const CLIENTS = "ardc/client/";
const KEY_MARK = "ardc/key";
const CHUNK = 500;

function unknown(appId: string, number: number | undefined, { entries }: RegisteredClient): HandleError {
  const numbers = entries.map((entry) => entry.number).join(", ");
  if (entries.length === 0) {
    const hint = "hdl-server clients list shows those that are.";
    return new HandleError("invalid_options", {
      message: `The App Id ${quoteForMessage(appId)} is not registered.`,
      hint,
    });
  }
  const which = number === undefined ? "Name one of them" : `There is no ${number}`;
  return new HandleError("invalid_options", {
    message: `The App Id ${quoteForMessage(appId)} has the registrations ${numbers}. ${which}.`,
  });
}

/** The registration that is meant; the only one when none is named. */
function pick(client: RegisteredClient, number: number | undefined): ClientEntry {
  const [only, other] = client.entries;
  const found =
    number === undefined && other === undefined
      ? only
      : client.entries.find((entry) => entry.number === number);
  if (found === undefined) throw unknown(client.appId, number, client);
  return found;
}

function assertUsable({ addresses = [], secret }: NewClient): void {
  for (const address of addresses) parseRange(address);
  if (secret?.length === 0) {
    throw new HandleError("invalid_options", { message: "The secret of an ARDC client is empty." });
  }
  if (secret === undefined && addresses.length === 0) {
    throw new HandleError("invalid_options", {
      message: "An ARDC client has neither a secret nor an address, and could never log in.",
    });
  }
}

/**
 * The clients of an ARDC service: of their secrets only HMAC-SHA-256 marks are kept.
 *
 * @param state where they are kept
 * @param secretKey 32 random bytes or more, kept elsewhere; processes that serve together share it
 * @param now milliseconds since 1970. Default the system clock
 * @throws HandleError `invalid_options` when the key is shorter
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
  const marks = createSecretMarks(secretKey);
  const keyOf = (appId: string) => CLIENTS + digest(appId);
  const read = async (appId: string): Promise<RegisteredClient> => {
    const entry = await state.get(keyOf(appId));
    return entry === undefined ? { appId, entries: [] } : (JSON.parse(entry.value) as RegisteredClient);
  };
  const edit = (appId: string, change: (entries: readonly ClientEntry[]) => readonly ClientEntry[]) =>
    updateState<RegisteredClient>(state, keyOf(appId), (client) => ({
      appId,
      entries: change(client?.entries ?? []),
    }));
  const kept = (appId: string, secret: Uint8Array) => ({ mark: marks.mark(appId, secret), created: now() });
  /** Changes the registration that is meant. */
  const editOne = (appId: string, number: number | undefined, change: (entry: ClientEntry) => ClientEntry) =>
    edit(appId, (entries) => {
      const meant = pick({ appId, entries }, number);
      return entries.map((entry) => (entry === meant ? change(entry) : entry));
    });

  return {
    async add(client) {
      assertUsable(client);
      const { appId = randomBytes(20).toString("hex"), description, addresses = [], secret } = client;
      await edit(appId, (entries) => {
        const number = Math.max(0, ...entries.map((entry) => entry.number)) + 1;
        const secrets = secret === undefined ? [] : [kept(appId, secret)];
        return [...entries, { number, description, addresses, secrets }];
      });
      return appId;
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
      assertUsable({ description: "", secret });
      await editOne(appId, number, (entry) => {
        if (entry.secrets.length > 1) {
          throw new HandleError("invalid_options", {
            message: `The App Id ${quoteForMessage(appId)} has two secrets already.`,
            hint: "Finish its rotation first: hdl-server clients rotate … --finish.",
          });
        }
        return { ...entry, secrets: [...entry.secrets, kept(appId, secret)] };
      });
    },
    async finishRotation(appId, number) {
      await editOne(appId, number, (entry) => ({ ...entry, secrets: entry.secrets.slice(-1) }));
    },
    async revoke(appId, number) {
      await edit(appId, (entries) => {
        if (entries.length === 0) throw unknown(appId, number, { appId, entries });
        if (number === undefined) return [];
        const meant = pick({ appId, entries }, number);
        return entries.filter((entry) => entry !== meant);
      });
    },
    async recognise({ appId, secret, address }) {
      const { entries } = await read(appId);
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
        message: "The secrets of the ARDC clients were registered under another key.",
        hint: "Give the server the key that it had, or register the clients anew in a new store.",
      });
    },
  };
}
