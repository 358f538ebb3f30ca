import { decodeUtf8, HandleError, isHandleError, parseJson, RESPONSE_CODES } from "@handlekit/core";

function malformed(message: string): HandleError {
  return new HandleError("protocol_error", { message, responseCode: RESPONSE_CODES.protocolError });
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
  const json = text.replace(/^\uFEFF/, "");
  try {
    const parsed = parseJson(json, maxDepth);
    return NUMBER_AS_DATA.test(json) ? JSON.parse(withNumbersAsWritten(json)) : parsed;
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw malformed(error.message);
  }
}
