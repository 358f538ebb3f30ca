import { MAX_INDEX, parseReference, type ValueReference } from "@handlekit/core";
import type { Layer } from "../layer/layer.ts";

const IDENTITY = /^(\d+):[^:/]+\/./s;

/**
 * The reference that a field holds; its index is not optional here.
 *
 * @throws HandleError `invalid_credentials` when it is not index:prefix/suffix
 */
export function readIdentity(
  { fields, reporter }: Layer,
  field: "username" | "handleowner",
): ValueReference | undefined {
  const text = fields[field];
  if (text === undefined) return undefined;
  const index = IDENTITY.exec(text)?.[1];
  if (index === undefined || Number(index) > MAX_INDEX || /\p{Surrogate}/u.test(text)) {
    throw reporter.fail(
      `"${reporter.name(field)}" is not of the form index:prefix/suffix${index ? `, with an index up to ${MAX_INDEX}` : ""}`,
      field,
      "For example 300:20.500.12345/USER1: the index of the key or password, a colon, the handle that holds it.",
    );
  }
  return parseReference(text);
}
