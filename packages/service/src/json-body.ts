import { decodeUtf8, HandleError, RESPONSE_CODES } from "@handlekit/core";

function refuse(message: string): HandleError {
  return new HandleError("protocol_error", { message, responseCode: RESPONSE_CODES.protocolError });
}

/** Whether brackets nest deeper than `limit`, seen without parsing. */
function tooDeep(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "[" || c === "{") {
      if (++depth > limit) return true;
    } else if (c === "]" || c === "}") depth--;
  }
  return false;
}

/**
 * Reads a JSON body.
 *
 * @param body the bytes, bounded in size by the adapter
 * @param maxDepth how deep arrays and objects may nest
 * @throws HandleError response code 4 when it is not UTF-8, nests too deep or is not JSON; the body is never quoted
 */
export function parseJsonBody(body: Uint8Array, maxDepth = 64): unknown {
  const text = decodeUtf8(body);
  if (text === undefined) throw refuse("The body is not UTF-8");
  if (tooDeep(text, maxDepth)) throw refuse(`The JSON in the body nests deeper than ${maxDepth}`);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw refuse("The body is not JSON");
  }
}
