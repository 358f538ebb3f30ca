import type { Layer } from "../layer/layer.ts";
import { type FieldName, SECRET_FIELDS } from "../layer/read-fields.ts";

const PATH_FIELDS = ["private_key", "certificate_only", "certificate_and_key", "HTTPS_verify"] as const;
/** Text that is PEM, or the base64 of a key, where a path belongs: it must not reach a message. */
const KEY_MATERIAL = /[\r\n]|-----|^MI[A-Za-z0-9+/=]{60,}$/;

/**
 * Refuses secrets that have no bytes, and key material where a path belongs.
 *
 * @param unread fields that are not looked at
 * @throws HandleError `invalid_credentials` naming the field
 */
export function checkText({ fields, reporter }: Layer, unread: readonly FieldName[]): void {
  for (const field of SECRET_FIELDS.filter((name) => !unread.includes(name))) {
    if (/\p{Surrogate}/u.test(fields[field] ?? "")) {
      const name = reporter.name(field);
      throw reporter.fail(`"${name}" holds half a character, which has no UTF-8 form`, field);
    }
  }
  for (const field of PATH_FIELDS.filter((name) => !unread.includes(name))) {
    const path = fields[field];
    if (typeof path === "string" && KEY_MATERIAL.test(path)) {
      const name = reporter.name(field);
      throw reporter.fail(`"${name}" must be the path of a PEM file, not what the file holds`, field);
    }
  }
}
