import { encodeValue, isHandleError, RESPONSE_CODES, sameHandle } from "@handlekit/core";
import type { StoredValue } from "@handlekit/core/store";
import type { ServiceRequest } from "../exchange-types.ts";
import { parseJsonBody } from "../json-body.ts";
import { refuse } from "./refuse.ts";
import { withSafePermissions } from "./visible.ts";

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
    return withSafePermissions(encodeValue(json));
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw refuse(RESPONSE_CODES.protocolError, error.message);
  }
}

/**
 * The values in the body of a PUT: an array of them, an object with `values`, or a single value; by ascending index.
 *
 * @throws HandleError with a response code: 4 for anything else, another media type or a malformed value
 */
export function readPutBody(request: ServiceRequest, handle: string): readonly StoredValue[] {
  const type = request.headers["content-type"];
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    throw refuse(
      RESPONSE_CODES.protocolError,
      `java.lang.Exception: Unsupported media type ${type ?? "null"}`,
    );
  }
  const list = request.body.length === 0 ? undefined : listIn(parseJsonBody(request.body), handle);
  if (list === undefined)
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Invalid JSON in PUT request");
  return list.map(encoded).sort((a, b) => a.index - b.index);
}

/**
 * @throws HandleError with a response code: 202 for an index that is not positive, 201 for one that stands twice
 */
export function assertIndexes(values: readonly StoredValue[], handle: string): void {
  values.forEach((value, i) => {
    if (value.index <= 0) throw refuse(RESPONSE_CODES.invalidValue, "Value indexes must be positive", handle);
    if (values[i + 1]?.index === value.index) {
      throw refuse(RESPONSE_CODES.valueAlreadyExists, `Index conflict for ${value.index}`, handle);
    }
  });
}
