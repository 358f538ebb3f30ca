import { parseReference, type ValueReference } from "@handlekit/core";
import { SECRET_KEY_INDEX } from "./records.ts";

/**
 * Parses the identity of a user, `300:prefix/suffix`. The index may be left out, and is 300 then.
 *
 * @throws HandleError `invalid_reference` for any other text
 */
export function readIdentity(text: string): ValueReference {
  const { handle, index } = parseReference(text);
  return { handle, index: index || SECRET_KEY_INDEX };
}
