type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A body with a placeholder for each part that no two servers share. */
export interface Masked {
  readonly value: Json;
  /** Undefined when parts were masked that only the parsed form can tell. */
  readonly text: string | undefined;
}

const HOUR = 3_600_000;
const TIMESTAMP = /"timestamp":(\s*)"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/g;

/** Timestamps of the right form; where `now` is given, only those of the hour around it. */
function maskTimestamps(text: string, now: number | undefined): string {
  return text.replace(TIMESTAMP, (whole, space: string, time: string) => {
    const fresh = now === undefined || Math.abs(now - Date.parse(time)) < HOUR;
    return fresh ? `"timestamp":${space}"(now)"` : whole;
  });
}

function mapMembers(value: Json, key: string, change: (member: Json) => Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const object = value as { readonly [key: string]: Json };
  const member = object[key];
  return member === undefined ? value : { ...object, [key]: change(member) };
}

function mapElements(value: Json, change: (element: Json) => Json): Json {
  return Array.isArray(value) ? (value as readonly Json[]).map(change) : value;
}

function hasForm(form: RegExp, name: string): (value: Json) => Json {
  return (value) => (typeof value === "string" && form.test(value) ? `(${name})` : value);
}

/** The address, key and ports of /api/site; its attributes are the operator's words. */
function maskSite(site: Json): Json {
  const server = (value: Json): Json => {
    const addressed = mapMembers(value, "address", hasForm(/^[\d.]+$/, "an address"));
    const keyed = mapMembers(addressed, "publicKey", (key) =>
      mapMembers(key, "value", (jwk) => mapMembers(jwk, "n", hasForm(/^[\w-]{340,}$/, "a modulus"))),
    );
    return mapMembers(keyed, "interfaces", (list) =>
      Array.isArray(list) && list.length > 0 ? "(interfaces)" : list,
    );
  };
  const described = mapMembers(site, "attributes", () => "(attributes)");
  return mapMembers(described, "servers", (list) => mapElements(list, server));
}

/** The numbers in the values of the status handle. */
function maskStatus(value: Json): Json {
  const type = (value as { readonly type?: Json } | null)?.type;
  if (typeof type !== "string" || !type.startsWith("CNRI.")) return value;
  return mapMembers(value, "data", (data) =>
    mapMembers(data, "value", (text) => (typeof text === "string" ? text.replace(/\d+/g, "(n)") : text)),
  );
}

/**
 * Puts placeholders for timestamps, for key, address and interfaces of /api/site, and for the numbers of the
 * status handle.
 *
 * @param text JSON
 * @param now milliseconds since 1970; given for an answer of now, whose timestamps must be of now
 */
export function maskVolatile(text: string, now?: number): Masked {
  const timed = maskTimestamps(text, now);
  const parsed = JSON.parse(timed) as Json;
  const sited = mapMembers(parsed, "site", maskSite);
  const value = mapMembers(sited, "values", (list) => mapElements(list, maskStatus));
  const same = JSON.stringify(value) === JSON.stringify(parsed);
  return { value, text: same ? timed : undefined };
}
