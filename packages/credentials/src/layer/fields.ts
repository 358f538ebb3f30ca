import * as z from "zod/mini";
import type { JsonEntry } from "../json/read-json-object.ts";
import { invalidCredentials } from "../report.ts";

const TEXT_FIELDS = [
  "handle_server_url",
  "baseuri",
  "username",
  "password",
  "private_key",
  "certificate_only",
  "certificate_and_key",
  "passphrase",
  "prefix",
  "handleowner",
  "reverselookup_baseuri",
  "reverselookup_url_extension",
  "reverselookup_username",
  "reverselookup_password",
  "REST_API_url_extension",
  "HS_ADMIN_permissions",
  "10320LOC_chooseby",
  "appId",
  "sharedSecret",
  "identifier",
  "authDomain",
  "HTTPS_verify",
  "modify_HS_ADMIN",
] as const;

/** The text fields in which true and false are allowed as well; they are read as their names. */
const SWITCHES: readonly string[] = ["HTTPS_verify", "modify_HS_ADMIN"];

/** The keys of a credentials document whose value is text. */
export type TextField = (typeof TEXT_FIELDS)[number];

/** The keys of a credentials document that Handlekit uses. */
export type FieldName = TextField | "allowed_search_keys" | "trust";

/** The values of the known keys; undefined when a key is absent, null or empty text. */
export type Fields = { readonly [Name in TextField]?: string | undefined } & {
  readonly allowed_search_keys?: readonly string[] | undefined;
  readonly trust?: string | TrustFields | undefined;
};

/** The object in the field `trust`. */
export interface TrustFields {
  readonly certificate?: string | undefined;
  readonly publicKey?: string | undefined;
  readonly fingerprint?: string | undefined;
}

const text = z.optional(z.string());

const schema = z.object({
  ...(Object.fromEntries(TEXT_FIELDS.map((name) => [name, text])) as Record<TextField, typeof text>),
  trust: z.optional(
    z.union([z.string(), z.strictObject({ certificate: text, publicKey: text, fingerprint: text })]),
  ),
  allowed_search_keys: z.optional(z.array(z.string())),
});

/** The known keys, in the order of the documentation. */
export const FIELD_NAMES: readonly FieldName[] = Object.keys(schema.shape) as FieldName[];

/** The known keys whose values are secrets. */
export const SECRET_FIELDS: readonly TextField[] = [
  "password",
  "passphrase",
  "reverselookup_password",
  "sharedSecret",
];

const EXPECTED: Readonly<Record<string, string>> = {
  HTTPS_verify: "true, false or the path of a CA file",
  modify_HS_ADMIN: "true or false",
  trust: 'text in double quotes, or an object with "certificate", "publicKey" or "fingerprint"',
  allowed_search_keys: 'a list of texts, such as ["URL", "CHECKSUM"]; [] allows every key',
};

/**
 * Returns the values of the known keys, after checking their kinds.
 *
 * @throws HandleError `invalid_credentials` naming the field and the values it may have
 */
export function readFields(entries: ReadonlyMap<string, JsonEntry>, source: string): Fields {
  const given = FIELD_NAMES.flatMap((name) => {
    const value = entries.get(name)?.value ?? "";
    const named = SWITCHES.includes(name) && typeof value === "boolean" ? String(value) : value;
    return named === "" ? [] : [[name, named] as const];
  });
  const { data, error } = schema.safeParse(Object.fromEntries(given));
  if (data && !data.allowed_search_keys?.includes("")) return data;
  const name = String(error?.issues[0]?.path[0] ?? "allowed_search_keys");
  const place = entries.get(name)?.place;
  throw invalidCredentials(source, `"${name}" must be ${EXPECTED[name] ?? "text in double quotes"}`, {
    place,
  });
}
