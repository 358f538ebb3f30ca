import { decodeUtf8, HandleError, MAX_INDEX, RESPONSE_CODES } from "@handlekit/core";
import { refuse } from "../refuse.ts";
import { acceptsAmbientLogin, isFromForeignPage } from "./foreign-page.ts";
import { parseJsonBody } from "./json-body.ts";
import type { ServiceRequest } from "./message.ts";
import type { Mount } from "./mount.ts";

/** A request in parts. Each part is parsed once, at its first use. */
export interface ParsedRequest extends Omit<ServiceRequest, "problem"> {
  /** The path below the base path, percent-encoded. */
  readonly path: string;
  /** The query as written, with its question mark; empty if there is none. */
  readonly search: string;
  /** The parameters of the query. */
  readonly query: URLSearchParams;
  /** The media type of the body, in lower case, without parameters; empty if there is none. */
  readonly mediaType: string;
  /** Whether a page of another origin made the request. */
  readonly fromForeignPage: boolean;
  /** Whether Basic, a client certificate and the address identify the sender, see {@link acceptsAmbientLogin}. */
  readonly ambientLogin: boolean;
  /**
   * The body as JSON.
   *
   * @throws HandleError response code 4 if it is not JSON
   */
  readonly json: unknown;
  /**
   * The parameters of the query, then those of the body: a form or a JSON object.
   *
   * @throws HandleError response code 4 if the body is JSON but not an object, or for more than 10,000 parameters
   */
  readonly parametersWithBody: URLSearchParams;
  /** The parameters of an operation: those of the query, and of the body if the method is POST. */
  readonly parameters: URLSearchParams;
}

/** Returns a function that calls `compute` once, and returns or throws its result every time. */
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

const MAX_PARAMETERS = 10_000;

/** @throws HandleError response code 4 if there are too many parameters */
function bounded(parameters: URLSearchParams): URLSearchParams {
  if (parameters.size <= MAX_PARAMETERS) return parameters;
  throw refuse(
    RESPONSE_CODES.protocolError,
    `The request has more than ${MAX_PARAMETERS} parameters; send several requests`,
  );
}

/** Splits a request target into path and query. Removes scheme and authority of the absolute form. */
function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const local = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = local.indexOf("?");
  return mark < 0 ? { path: local, search: "" } : { path: local.slice(0, mark), search: local.slice(mark) };
}

/**
 * Parses a request.
 *
 * @param mount `basePath`, the path under which the service is mounted, and `origin`, the origin that clients see
 * @returns undefined if the path is not below the base path
 */
export function parseRequest(
  request: ServiceRequest,
  { basePath, origin }: Pick<Mount, "basePath" | "origin">,
): ParsedRequest | undefined {
  const { method, target, headers, body, connection, httpVersion } = request;
  const { path, search } = splitTarget(target);
  if (!path.startsWith(basePath) || (basePath !== "" && !/^(\/|$)/.test(path.slice(basePath.length)))) {
    return undefined;
  }
  const mediaType = once(() => headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "");
  const fromForeignPage = isFromForeignPage(request, origin);
  const query = once(() => bounded(new URLSearchParams(search)));
  const json = once(() => parseJsonBody(body));
  const parametersWithBody = once(() => {
    if (body.length === 0) return query();
    switch (mediaType()) {
      case "application/json":
        return bounded(
          new URLSearchParams([...query(), ...jsonParameters(json())].map(([name, value]) => [name, value])),
        );
      case "application/x-www-form-urlencoded":
        return bounded(new URLSearchParams([...query(), ...new URLSearchParams(decodeUtf8(body) ?? "")]));
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
    httpVersion,
    path: path.slice(basePath.length),
    search,
    fromForeignPage,
    get ambientLogin() {
      return acceptsAmbientLogin(request, mediaType(), fromForeignPage);
    },
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
 * Decodes a percent-encoded part of a path. A plus is not a space, and bytes that are not UTF-8 become U+FFFD.
 *
 * @throws HandleError with response code 4 if a percent sign is not followed by two hexadecimal digits
 */
export function decodePath(encoded: string): string {
  return encoded.includes("%") ? decoder.decode(pathBytes(encoded)) : encoded;
}

/** Returns false if the percent-decoded bytes are not UTF-8. */
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

/** Reads a boolean parameter: an empty value, `yes` and `true` (in upper or lower case) are true. */
export function flag(parameters: URLSearchParams, name: string): boolean | undefined {
  const value = parameters.get(name);
  return value === null ? undefined : /^(|yes|true)$/i.test(value);
}

/** The error for a text that is not an integer, with the message of Handle.Net. */
export function notANumber(text: string): HandleError {
  return refuse(
    RESPONSE_CODES.protocolError,
    `java.lang.NumberFormatException: For input string: ${JSON.stringify(text)}`,
  );
}

/**
 * Reads the `index` parameters, in order.
 *
 * @throws HandleError response code 4 if one of them is not an integer
 */
export function readIndexes(parameters: URLSearchParams): readonly number[] {
  return parameters.getAll("index").map((text) => {
    if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) > MAX_INDEX) throw notANumber(text);
    return Number(text);
  });
}

/**
 * Reads the parameters `page`, which counts from 0, and `pageSize`.
 *
 * @returns undefined if one of them is missing or negative
 * @throws HandleError response code 4 if one of them is not an integer
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
