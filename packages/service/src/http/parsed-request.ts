import { decodeUtf8, HandleError, MAX_INDEX, RESPONSE_CODES } from "@handlekit/core";
import { refuse } from "../refuse.ts";
import { parseJsonBody } from "./json-body.ts";
import type { ServiceRequest } from "./message.ts";

/** A request taken apart. Each part is parsed once, when it is first asked for. */
export interface ParsedRequest extends Omit<ServiceRequest, "problem"> {
  /** Below the base path, still percent-encoded. */
  readonly path: string;
  /** The query as it was written, with its question mark; empty when there is none. */
  readonly search: string;
  /** The parameters of the query. */
  readonly query: URLSearchParams;
  /** The media type of the body, in lower case, without parameters; empty when there is none. */
  readonly mediaType: string;
  /**
   * The body as JSON.
   *
   * @throws HandleError response code 4 when it is not JSON
   */
  readonly json: unknown;
  /**
   * The parameters of the query, then those of the body: a form or a JSON object.
   *
   * @throws HandleError response code 4 when the body is JSON but no object
   */
  readonly parametersWithBody: URLSearchParams;
  /** The parameters that count for an operation: of a POST those of the body too. */
  readonly parameters: URLSearchParams;
}

/** Remembers what `compute` returns or throws. */
function once<T>(compute: () => T): () => T {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    if (outcome === undefined) {
      try {
        outcome = { value: compute() };
      } catch (error) {
        outcome = { error };
      }
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };
}

function jsonParameters(json: unknown): (readonly [string, string])[] {
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

/** Splits a request target into path and query; an absolute form loses its scheme and authority. */
function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const local = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = local.indexOf("?");
  return mark < 0 ? { path: local, search: "" } : { path: local.slice(0, mark), search: local.slice(mark) };
}

/**
 * Takes a request apart.
 *
 * @param basePath under which the service is mounted: empty, or with a leading slash and none at its end
 * @returns undefined when the path is not below the base path
 */
export function parseRequest(request: ServiceRequest, basePath: string): ParsedRequest | undefined {
  const { method, target, headers, body, connection } = request;
  const { path, search } = splitTarget(target);
  if (!path.startsWith(basePath) || (basePath !== "" && !/^(\/|$)/.test(path.slice(basePath.length)))) {
    return undefined;
  }
  const mediaType = once(() => headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "");
  const query = once(() => new URLSearchParams(search));
  const json = once(() => parseJsonBody(body));
  const parametersWithBody = once(() => {
    if (body.length === 0) return query();
    switch (mediaType()) {
      case "application/json":
        return new URLSearchParams(
          [...query(), ...jsonParameters(json())].map(([name, value]) => [name, value]),
        );
      case "application/x-www-form-urlencoded":
        return new URLSearchParams([...query(), ...new URLSearchParams(decodeUtf8(body) ?? "")]);
      default:
        return query();
    }
  });
  return {
    method,
    target,
    headers,
    body,
    connection,
    path: path.slice(basePath.length),
    search,
    get query() {
      return query();
    },
    get mediaType() {
      return mediaType();
    },
    get json() {
      return json();
    },
    get parametersWithBody() {
      return parametersWithBody();
    },
    get parameters() {
      return method === "POST" ? parametersWithBody() : query();
    },
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Decodes a percent-encoded part of a path: a plus stays a plus, bytes that are not UTF-8 become U+FFFD.
 *
 * @throws HandleError with response code 4 when a percent sign is not followed by two hexadecimal digits
 */
export function decodePath(encoded: string): string {
  return encoded.includes("%") ? decoder.decode(pathBytes(encoded)) : encoded;
}

/** False when the bytes that {@link decodePath} turns into text are not UTF-8. */
export function isUtf8(encoded: string): boolean {
  return decodeUtf8(pathBytes(encoded)) !== undefined;
}

function pathBytes(encoded: string): Uint8Array {
  const bytes: number[] = [];
  const raw = encoder.encode(encoded);
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i] ?? 0;
    if (byte !== 0x25) {
      bytes.push(byte);
      continue;
    }
    const digits = String.fromCharCode(raw[i + 1] ?? 0, raw[i + 2] ?? 0);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
      throw new HandleError("invalid_handle", {
        message: "A percent sign in the path is not followed by two hexadecimal digits",
        responseCode: RESPONSE_CODES.protocolError,
      });
    }
    bytes.push(Number.parseInt(digits, 16));
    i += 2;
  }
  return Uint8Array.from(bytes);
}

/** A boolean parameter: present and empty, `yes` or `true` in any case are true. */
export function flag(parameters: URLSearchParams, name: string): boolean | undefined {
  const value = parameters.get(name);
  return value === null ? undefined : /^(|yes|true)$/i.test(value);
}

/** The refusal of a text that is not an integer, as the original words it. */
export function notANumber(text: string): HandleError {
  return refuse(
    RESPONSE_CODES.protocolError,
    `java.lang.NumberFormatException: For input string: ${JSON.stringify(text)}`,
  );
}

/**
 * The `index` parameters, in order.
 *
 * @throws HandleError response code 4 when one is not an integer
 */
export function readIndexes(parameters: URLSearchParams): readonly number[] {
  return parameters.getAll("index").map((text) => {
    if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) > MAX_INDEX) throw notANumber(text);
    return Number(text);
  });
}

/**
 * Reads `page`, from 0, and `pageSize`.
 *
 * @returns undefined when one is missing or negative
 * @throws HandleError response code 4 when one is not an integer
 */
export function readPaging(
  parameters: URLSearchParams,
): { readonly page: number; readonly pageSize: number } | undefined {
  const [page, pageSize] = ["page", "pageSize"].map((name) => {
    const text = parameters.get(name);
    if (text !== null && !/^[+-]?\d{1,9}$/.test(text)) throw notANumber(text);
    return text === null ? -1 : Number(text);
  }) as [number, number];
  return page >= 0 && pageSize >= 0 ? { page, pageSize } : undefined;
}
