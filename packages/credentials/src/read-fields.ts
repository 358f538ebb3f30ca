import * as z from "zod";
import type { JsonEntry } from "./json/read-json-object.ts";
import { problem } from "./problem.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => (value === "" ? undefined : (value ?? undefined)));

const schema = z.object({
  handle_server_url: text,
  baseuri: text,
  username: text,
  password: text,
  private_key: text,
  certificate_only: text,
  certificate_and_key: text,
  prefix: text,
  handleowner: text,
  HTTPS_verify: z.union([z.boolean(), text]),
});

/** The keys of a credentials document whose value is text. */
export type TextField =
  | "handle_server_url"
  | "baseuri"
  | "username"
  | "password"
  | "private_key"
  | "certificate_only"
  | "certificate_and_key"
  | "prefix"
  | "handleowner";

/** Every key of a credentials document that is not config. */
export type FieldName = TextField | "HTTPS_verify";

/** The values of the known keys; undefined when a key is absent, null or empty text. */
export type Fields = Readonly<Record<TextField, string | undefined>> & {
  readonly HTTPS_verify: boolean | string | undefined;
};

/** The known keys, in the order of the documentation. */
export const FIELD_NAMES: readonly FieldName[] = schema.keyof().options;

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
  const expected = name === "HTTPS_verify" ? "true, false or the path of a CA file" : "text in double quotes";
  throw problem(source, `"${name}" must be ${expected}`, { place });
}
