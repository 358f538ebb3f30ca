import { decodeUtf8, RESPONSE_CODES } from "@handlekit/core";
import type { ServiceRequest } from "./exchange-types.ts";
import { refuse } from "./handles/refuse.ts";
import { parseJsonBody } from "./json-body.ts";
import { parseTarget } from "./target.ts";

function mediaType(request: ServiceRequest): string {
  return request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
}

function fromJson(body: Uint8Array): (readonly [string, string])[] {
  const json = parseJsonBody(body);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw refuse(RESPONSE_CODES.protocolError, "com.google.gson.JsonParseException: Expected JSON object");
  }
  return Object.entries(json).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
      typeof one === "string" || typeof one === "number" || typeof one === "boolean"
        ? [[name, String(one)] as const]
        : [],
    ),
  );
}

/**
 * The parameters of a request: those of the query, and for a POST those of the body too, a form or a JSON object.
 *
 * @param withBody whether the body counts. Default for POST only
 * @throws HandleError response code 4 for a JSON body that is no object
 */
export function readParameters(
  request: ServiceRequest,
  withBody: boolean = request.method === "POST",
): URLSearchParams {
  const { query } = parseTarget(request.target);
  if (!withBody || request.body.length === 0) return query;
  const type = mediaType(request);
  const entries =
    type === "application/json"
      ? fromJson(request.body)
      : type === "application/x-www-form-urlencoded"
        ? [...new URLSearchParams(decodeUtf8(request.body) ?? "")]
        : [];
  for (const [name, value] of entries) query.append(name, value);
  return query;
}

/** A page of a longer list: `page` from 0 and `pageSize`, both needed, else everything. */
export interface Paging {
  readonly page: number;
  readonly pageSize: number;
}

/**
 * Reads `page` and `pageSize`.
 *
 * @returns undefined when one is missing or negative
 * @throws HandleError response code 4 when one is not an integer
 */
export function readPaging(parameters: URLSearchParams): Paging | undefined {
  const [page, pageSize] = ["page", "pageSize"].map((name) => {
    const text = parameters.get(name);
    if (text !== null && !/^[+-]?\d{1,9}$/.test(text)) throw notANumber(text);
    return text === null ? -1 : Number(text);
  }) as [number, number];
  return page >= 0 && pageSize >= 0 ? { page, pageSize } : undefined;
}

/** The refusal of a text that is not an integer, as the original words it. */
export function notANumber(text: string): Error {
  return refuse(
    RESPONSE_CODES.protocolError,
    `java.lang.NumberFormatException: For input string: ${JSON.stringify(text)}`,
  );
}
