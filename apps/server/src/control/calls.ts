import { HandleError, isHandleError } from "@handlekit/core";
import {
  type AuditEntry,
  type AuditHead,
  type AuditTrail,
  type ChainedEntry,
  decodeRecord,
  encodeRecord,
  formatAuditEntry,
  type HandleKey,
  type HandleStore,
  type OpenedStore,
  parseAuditEntry,
  type RecordValues,
  type Revision,
  type StateStore,
} from "@handlekit/core/store";

/** The name of the socket in the data directory. */
export const SOCKET_NAME = "control.sock";

/**
 * A call of the store of a running server, as JSON. Records are base64 of their encoded form, audit entries the text of
 * their digests.
 */
export interface ControlCall {
  readonly on: "store" | "state" | "audit";
  readonly name: string;
  readonly arguments: readonly unknown[];
}

/** The answer to a call, as JSON. */
export type ControlAnswer = { readonly result: unknown } | { readonly error: Record<string, unknown> };

/** Performs a call and resolves to its result. */
export type Perform = (call: ControlCall) => Promise<unknown>;

const toText = (values: RecordValues | null) =>
  values && Buffer.from(encodeRecord(values)).toString("base64");
const toValues = (text: unknown) =>
  typeof text === "string" ? decodeRecord(new Uint8Array(Buffer.from(text, "base64"))) : null;

/** A chained entry whose entry is text. */
type ChainedText = Omit<ChainedEntry, "entry"> & { readonly entry: string };

const entriesToText = (entries: readonly ChainedEntry[]): ChainedText[] =>
  entries.map((each) => ({ ...each, entry: formatAuditEntry(each.entry) }));
const entriesFromText = (entries: readonly ChainedText[]): ChainedEntry[] =>
  entries.map((each) => ({ ...each, entry: parseAuditEntry(each.entry) }));

function auditOf({ audit }: HandleStore): AuditTrail {
  if (audit !== undefined) return audit;
  throw new HandleError("not_supported", { message: "The store keeps no audit." });
}

/** Creates the function that performs calls on an open store. */
export function createPerform({ store, state }: OpenedStore): Perform {
  const calls: Readonly<Record<string, (...given: never[]) => Promise<unknown>>> = {
    "store.read": async (key: HandleKey) => {
      const record = await store.read(key);
      return record && { revision: record.revision, values: toText(record.values) };
    },
    "store.commit": (key: HandleKey, expected: Revision, next: unknown, entry: string | null) =>
      store.commit(key, expected, toValues(next), entry === null ? undefined : parseAuditEntry(entry)),
    "store.list": (prefix: string, after: HandleKey | null, limit: number) =>
      store.list(prefix, after ?? undefined, limit),
    "store.prefixes": () => store.prefixes(),
    "store.home": (prefix: string) => store.home(prefix),
    "store.unhome": (prefix: string) => store.unhome(prefix),
    "state.get": (key: string) => state.get(key),
    "state.put": (key: string, value: string, expected: Revision) => state.put(key, value, expected),
    "state.delete": (key: string) => state.delete(key),
    "state.scan": (prefix: string, after: string | null, limit: number) =>
      state.scan(prefix, after ?? undefined, limit),
    "state.next": (sequence: string) => state.next(sequence),
    "audit.read": async (after: number | null, limit: number) =>
      entriesToText(await auditOf(store).read({ after: after ?? undefined, limit })),
    "audit.history": async (key: HandleKey, before: number | null, limit: number) =>
      entriesToText(await auditOf(store).history({ key, before: before ?? undefined, limit })),
    "audit.head": () => auditOf(store).head(),
    "audit.add": (entry: string) => auditOf(store).add(parseAuditEntry(entry)),
    "audit.removeBefore": (time: string) => auditOf(store).removeBefore(new Date(time)),
  };
  return async ({ on, name, arguments: given }) => {
    const call = calls[`${on}.${name}`];
    if (call === undefined || !Array.isArray(given)) {
      throw new HandleError("not_supported", {
        message: `The running server does not know the call ${on}.${name}.`,
        hint: "Is it of another version? Restart it, then try again.",
      });
    }
    return call(...(given as never[]));
  };
}

/** Creates a store whose calls are performed elsewhere. */
export function createRemote(perform: Perform): OpenedStore {
  const open = new Set<ControlCall["on"]>(["store", "state", "audit"]);
  const on =
    (place: ControlCall["on"]) =>
    async <T>(name: string, ...given: readonly unknown[]) => {
      if (!open.has(place)) throw new HandleError("store_failed", { message: "The store is closed." });
      return (await perform({ on: place, name, arguments: given })) as T;
    };
  const [ofStore, ofState, ofAudit] = [on("store"), on("state"), on("audit")];
  const close =
    (...places: readonly ControlCall["on"][]) =>
    async () => {
      for (const place of places) open.delete(place);
    };
  const audit: AuditTrail = {
    read: async ({ after, limit }) => entriesFromText(await ofAudit("read", after ?? null, limit)),
    history: async ({ key, before, limit }) =>
      entriesFromText(await ofAudit("history", key, before ?? null, limit)),
    head: () => ofAudit<AuditHead>("head"),
    add: (entry) => ofAudit("add", formatAuditEntry(entry)),
    removeBefore: (time) => ofAudit("removeBefore", time.toISOString()),
  };
  const store: HandleStore = {
    async read(key) {
      const found = await ofStore<{ revision: Revision; values: string } | undefined>("read", key);
      return found ? { revision: found.revision, values: toValues(found.values) ?? [] } : undefined;
    },
    commit: (key, expected, next, entry?: AuditEntry) =>
      ofStore("commit", key, expected, toText(next), entry === undefined ? null : formatAuditEntry(entry)),
    list: (prefix, after, limit) => ofStore("list", prefix, after ?? null, limit),
    prefixes: () => ofStore("prefixes"),
    home: (prefix) => ofStore("home", prefix),
    unhome: (prefix) => ofStore("unhome", prefix),
    close: close("store", "audit"),
    audit,
  };
  const state: StateStore = {
    get: (key) => ofState("get", key),
    put: (key, value, expected) => ofState("put", key, value, expected),
    delete: (key) => ofState("delete", key),
    scan: (prefix, after, limit) => ofState("scan", prefix, after ?? null, limit),
    next: (sequence) => ofState("next", sequence),
    close: close("state"),
  };
  return {
    store,
    state,
    close: close("store", "state", "audit"),
  };
}

/** Returns an error as JSON. */
export function errorToJson(error: unknown): Record<string, unknown> {
  if (isHandleError(error)) return error.toJSON();
  return new HandleError("server_error", { message: `The running server failed: ${error}` }).toJSON();
}

/** Returns the error of an answer. */
export function errorFromJson(json: Record<string, unknown>): HandleError {
  const { code, message, cause: _, name: __, ...details } = json;
  return new HandleError(code as HandleError["code"], { ...details, message: String(message) });
}
