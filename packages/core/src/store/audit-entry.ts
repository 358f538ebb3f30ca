import { checkArgument, checkObject } from "../check.ts";
import { HandleError, invalidValue } from "../error.ts";
import { valuesFromJson, valuesToJson } from "../export/record.ts";
import { formatReference, parseReference, type ValueReference } from "../reference.ts";
import { hasType } from "../value/has-type.ts";
import type { AuditEntry, RecordValues } from "./handle-store.ts";

/** The input of {@link auditEntry}. */
export interface AuditedChange {
  readonly time: Date;
  readonly identity: ValueReference | undefined;
  readonly scheme: string;
  readonly address: string | undefined;
  readonly handle: string;
  readonly before: RecordValues | undefined;
  readonly after: RecordValues | undefined;
  readonly note?: string | undefined;
}

const NO_DATA = new Uint8Array();

/** Returns values without the data of secret keys. */
function withoutSecrets(values: RecordValues | undefined): RecordValues | undefined {
  if (!values?.some(({ type }) => hasType(type, "HS_SECKEY"))) return values;
  return values.map((value) => (hasType(value.type, "HS_SECKEY") ? { ...value, data: NO_DATA } : value));
}

/**
 * Returns the audit entry of a change of a record: `create`, `change` or `delete`. HS_SECKEY values are there without
 * their data.
 *
 * @example
 * ```ts
 * await store.commit(key, revision, after, auditEntry({ ...who, time: new Date(), handle, before, after }));
 * ```
 */
export function auditEntry(change: AuditedChange): AuditEntry {
  checkObject("auditEntry", "change", change);
  const { time, identity, scheme, address, handle, note } = change;
  const [before, after] = [withoutSecrets(change.before), withoutSecrets(change.after)];
  const operation = before === undefined ? "create" : after === undefined ? "delete" : "change";
  return { time, identity, scheme, address, operation, handle, before, after, note };
}

/**
 * Formats an audit entry as one line of JSON, always in the same way: the digests of the chain are over this text.
 *
 * @example
 * ```ts
 * parseAuditEntry(formatAuditEntry(entry)); // equal to entry
 * ```
 */
export function formatAuditEntry(entry: AuditEntry): string {
  checkObject("formatAuditEntry", "entry", entry);
  const { time, identity, scheme, address, operation, handle, before, after, note } = entry;
  return JSON.stringify({
    time: time.toISOString(),
    identity: identity && formatReference(identity),
    scheme,
    address,
    operation,
    handle,
    before: before && valuesToJson(before),
    after: after && valuesToJson(after),
    note,
  });
}

const MEMBERS = ["scheme", "operation", "handle"] as const;

function valuesIn(json: unknown): RecordValues | undefined {
  if (json === undefined) return undefined;
  const values = valuesFromJson(json);
  if (typeof values === "string") throw invalidValue(`The audit entry is damaged: ${values}.`);
  return values;
}

const textIn = (json: unknown) => (typeof json === "string" ? json : undefined);

/**
 * Parses an entry that {@link formatAuditEntry} formatted.
 *
 * @throws HandleError `invalid_value` for any other text
 */
export function parseAuditEntry(text: string): AuditEntry {
  checkArgument("parseAuditEntry", "text", text, ["string"]);
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(text);
    const time = new Date(String(json.time));
    if (MEMBERS.some((name) => typeof json[name] !== "string") || Number.isNaN(time.getTime())) {
      throw invalidValue("The audit entry is damaged: it lacks members.");
    }
    const identity = textIn(json.identity);
    return {
      time,
      identity: identity === undefined ? undefined : parseReference(identity),
      scheme: String(json.scheme),
      address: textIn(json.address),
      operation: String(json.operation),
      handle: String(json.handle),
      before: valuesIn(json.before),
      after: valuesIn(json.after),
      note: textIn(json.note),
    };
  } catch (error) {
    if (error instanceof HandleError && error.code === "invalid_value") throw error;
    throw invalidValue("The audit entry is damaged: it is not the JSON of an entry.");
  }
}
