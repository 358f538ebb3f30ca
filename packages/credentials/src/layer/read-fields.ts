import * as z from "zod/mini";
import type { JsonEntry } from "../json/read-json-object.ts";
import { problem } from "../problem.ts";

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
] as const;

/** The keys of a credentials document whose value is text. */
export type TextField = (typeof TEXT_FIELDS)[number];

/** Every key of a credentials document that Handlekit uses. */
export type FieldName = TextField | "HTTPS_verify" | "modify_HS_ADMIN" | "allowed_search_keys";

/** The values of the known keys; undefined when a key is absent, null or empty text. */
export type Fields = { readonly [Name in TextField]?: string | undefined } & {
  readonly HTTPS_verify?: boolean | string | undefined;
  readonly modify_HS_ADMIN?: boolean | string | undefined;
  readonly allowed_search_keys?: readonly string[] | undefined;
};

const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => (value === "" ? undefined : (value ?? undefined))),
);

const schema = z.object({
  ...(Object.fromEntries(TEXT_FIELDS.map((name) => [name, text])) as Record<TextField, typeof text>),
  HTTPS_verify: z.union([z.boolean(), text]),
  modify_HS_ADMIN: z.union([z.boolean(), text]),
  allowed_search_keys: z.pipe(
    z.nullish(z.array(z.string().check(z.minLength(1)))),
    z.transform((value) => value ?? undefined),
  ),
});

/** The known keys, in the order of the documentation. */
export const FIELD_NAMES: readonly FieldName[] = z.keyof(schema).options;

/** The known keys whose value is never shown. */
export const SECRET_FIELDS: readonly TextField[] = [
  "password",
  "passphrase",
  "reverselookup_password",
  "sharedSecret",
];

const EXPECTED: Readonly<Record<string, string>> = {
  HTTPS_verify: "true, false or the path of a CA file",
  modify_HS_ADMIN: "true or false",
  allowed_search_keys: 'a list of texts, such as ["URL", "CHECKSUM"]; [] allows every key',
};

/**
 * Takes the known keys out of a document and checks the kind of each value.
 *
 * @throws HandleError `invalid_credentials` naming the field and what it may hold
 */
export function readFields(entries: ReadonlyMap<string, JsonEntry>, source: string): Fields {
  const held = FIELD_NAMES.map((name) => [name, entries.get(name)?.value] as const);
  const result = schema.safeParse(Object.fromEntries(held));
  if (result.success) return result.data;
  const name = String(result.error.issues[0]?.path[0]);
  const place = entries.get(name)?.place;
  throw problem(source, `"${name}" must be ${EXPECTED[name] ?? "text in double quotes"}`, { place });
}
