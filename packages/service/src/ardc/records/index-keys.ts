import { createHash } from "node:crypto";
import { foldCase, type HandleKey, prefixOf } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { isShown, ownerOf } from "./values.ts";

const DIGITS = 16;
const NUMBER = /^(0|[1-9]\d{0,15})$/;

/** A suffix so that the keys of an index are in numeric order, other suffixes last. */
export function padded(suffix: string): string {
  return NUMBER.test(suffix) ? suffix.padStart(DIGITS, "0") : `~${suffix}`;
}

/** The suffix that {@link padded} was given. */
export function unpadded(text: string): string {
  return text.startsWith("~") ? text.slice(1) : text.replace(/^0+(?=\d)/, "");
}

/** What the keys of all handles with a public value begin with. */
export function valueIndex(prefix: string, data: Uint8Array): string {
  return `ardc/value/${foldCase(prefix)}/${createHash("sha256").update(data).digest("base64url")}/`;
}

/** What the keys of all handles of an owner begin with. */
export function ownerIndex(prefix: string, ownerHandle: string): string {
  return `ardc/owner/${foldCase(prefix)}/${foldCase(ownerHandle)}/`;
}

/** The index keys under which a record is to be found. */
export function indexKeys(prefix: string, key: HandleKey, values: RecordValues): ReadonlySet<string> {
  const suffix = padded(key.slice(prefixOf(key).length + 1));
  const keys = new Set(values.filter(isShown).map(({ data }) => valueIndex(prefix, data) + suffix));
  const owner = ownerOf(values);
  if (owner !== undefined) keys.add(ownerIndex(prefix, owner) + suffix);
  return keys;
}
