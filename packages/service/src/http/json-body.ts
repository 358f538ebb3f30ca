import { decodeUtf8, HandleError, RESPONSE_CODES } from "@handlekit/core";

function malformed(message: string): HandleError {
  return new HandleError("protocol_error", { message, responseCode: RESPONSE_CODES.protocolError });
}

/** Returns true if brackets nest deeper than `limit`. Does not parse the JSON, which could overflow the stack. */
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

/** A JSON string, followed by a number if it is the name of a member that is a number. */
const TEXT_AND_NUMBER = /("(?:[^"\\]|\\.)*")(\s*:\s*)?(-?\d[\d.eE+-]*)?/g;

const NUMBER_AS_DATA = /"(?:data|value)"\s*:\s*-?\d/;

/**
 * Converts data that are numbers to strings, which keep all their digits: `1.50`, `12345678901234567890`.
 *
 * @param json valid JSON
 */
function withNumbersAsWritten(json: string): string {
  return json.replace(TEXT_AND_NUMBER, (all, name: string, colon?: string, number?: string) => {
    const isData = name === '"data"' || name === '"value"';
    return isData && colon !== undefined && number !== undefined ? `${name}${colon}"${number}"` : all;
  });
}

/**
 * Reads a JSON body.
 *
 * @param body the body, whose size the adapter has limited
 * @param maxDepth the maximum nesting of arrays and objects
 * @throws HandleError response code 4 if it is not UTF-8, nests too deep or is not JSON; the body is never quoted
 */
export function parseJsonBody(body: Uint8Array, maxDepth = 64): unknown {
  const text = decodeUtf8(body);
  if (text === undefined) throw malformed("The body is not UTF-8");
  if (tooDeep(text, maxDepth)) throw malformed(`The JSON in the body nests deeper than ${maxDepth}`);
  try {
    const json = text.replace(/^\uFEFF/, "");
    const parsed: unknown = JSON.parse(json);
    return NUMBER_AS_DATA.test(json) ? JSON.parse(withNumbersAsWritten(json)) : parsed;
  } catch {
    throw malformed("The body is not JSON");
  }
}
