import { encodeValue, isHandleError, RESPONSE_CODES, sameHandle } from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";
import type { ParsedRequest } from "../http/parsed-request.ts";
import { refuse } from "../refuse.ts";

function listIn(json: unknown, handle: string): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json;
  if (typeof json !== "object" || json === null) return undefined;
  const { values, handle: named } = json as Readonly<Record<string, unknown>>;
  if (typeof named === "string" && !sameHandle(named, handle)) {
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Mismatched handle in PUT request");
  }
  if (Array.isArray(values)) return values;
  return "index" in json && "type" in json && "data" in json ? [json] : undefined;
}

function encoded(json: unknown): StoredValue {
  try {
    return encodeValue(json);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw refuse(RESPONSE_CODES.protocolError, error.message);
  }
}

/**
 * The values in the body of a PUT: an array of them, an object with `values`, or a single value.
 *
 * @throws HandleError with response code 4 for anything else, another media type or a malformed value
 */
export function readPutBody(request: ParsedRequest, handle: string): readonly StoredValue[] {
  if (request.mediaType !== "application/json") {
    const type = request.headers["content-type"] ?? "null";
    throw refuse(RESPONSE_CODES.protocolError, `java.lang.Exception: Unsupported media type ${type}`);
  }
  const list = request.body.length === 0 ? undefined : listIn(request.json, handle);
  if (list === undefined) {
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Invalid JSON in PUT request");
  }
  return list.map(encoded);
}
