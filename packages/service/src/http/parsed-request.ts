import { decodeUtf8, HandleError, MAX_INDEX, RESPONSE_CODES } from "@handlekit/core";
import { refuse } from "../refuse.ts";
import { acceptsAmbientLogin, isFromForeignPage } from "./foreign-page.ts";
import { parseForm } from "./form.ts";
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

/** A computed value, or the error of the computation. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** A parsed request with the parts that have been asked for. */
interface Parts extends ParsedRequest {
  readonly publicOrigin: string | undefined;
  readonly done: {
    query?: Outcome<URLSearchParams>;
    mediaType?: Outcome<string>;
    fromForeignPage?: Outcome<boolean>;
    json?: Outcome<unknown>;
    parametersWithBody?: Outcome<URLSearchParams>;
  };
}

/** Computes a part at its first use, and returns or throws its result every time. */
function once<Name extends keyof Parts["done"]>(
  parts: Parts,
  name: Name,
  compute: (parts: Parts) => Parts[Name],
): Parts[Name] {
  const done: { [name: string]: Outcome<unknown> | undefined } = parts.done;
  let outcome = done[name];
  if (outcome === undefined) {
    try {
      outcome = { value: compute(parts) };
    } catch (error) {
      outcome = { error };
    }
    done[name] = outcome;
  }
  if ("error" in outcome) throw outcome.error;
  return outcome.value as Parts[Name];
}

const MAX_PARAMETERS = 10_000;

/** @throws HandleError response code 4 if there are too many parameters */
function assertFew(count: number): void {
  if (count <= MAX_PARAMETERS) return;
  throw refuse(
    RESPONSE_CODES.protocolError,
    `The request has more than ${MAX_PARAMETERS} parameters; send several requests`,
  );
}

function bounded(parameters: URLSearchParams): URLSearchParams {
  assertFew(parameters.size);
  return parameters;
}

const COMMA = 0x2c;
const AMPERSAND = 0x26;

/**
 * Refuses a body with many more parameters than are allowed by its bytes, before anything is made of it: the garbage of a
 * large body takes longer than its parsing.
 */
function assertFewIn(body: Uint8Array, separator: number): void {
  if (body.length <= MAX_PARAMETERS) return;
  let count = 0;
  for (let at = body.indexOf(separator); at >= 0; at = body.indexOf(separator, at + 1)) count++;
  // Separators may stand in a text of JSON, too.
  assertFew(count / 2);
}

function jsonParameters(json: unknown): (readonly [string, string])[] {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw refuse(RESPONSE_CODES.protocolError, "com.google.gson.JsonParseException: Expected JSON object");
  }
  // Counted first: to make them takes many times as long as to parse their JSON.
  let count = 0;
  for (const value of Object.values(json)) count += Array.isArray(value) ? value.length : 1;
  assertFew(count);
  return Object.entries(json).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
      typeof one === "string" || typeof one === "number" || typeof one === "boolean"
        ? [[name, String(one)] as const]
        : [],
    ),
  );
}

function isBelow(path: string, basePath: string): boolean {
  return path.startsWith(basePath) && /^(\/|$)/.test(path.slice(basePath.length));
}

/** Splits a request target into path and query. Removes scheme and authority of the absolute form. */
function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const local = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = local.indexOf("?");
  return mark < 0 ? { path: local, search: "" } : { path: local.slice(0, mark), search: local.slice(mark) };
}

/** The parameters of a query that is empty. Nobody adds to them. */
const NO_PARAMETERS = new URLSearchParams();

const readQuery = ({ search }: Parts): URLSearchParams => bounded(new URLSearchParams(search));

const readMediaType = ({ headers }: Parts): string =>
  headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";

/** Returns the parameters of a query followed by others. */
function joined(
  query: URLSearchParams,
  others: URLSearchParams | readonly (readonly [string, string])[],
): URLSearchParams {
  if (query.size === 0 && others instanceof URLSearchParams) return others;
  return bounded(new URLSearchParams([...query, ...others].map(([name, value]) => [name, value])));
}

function readParametersWithBody(parts: Parts): URLSearchParams {
  const { body, mediaType, query } = parts;
  if (body.length === 0) return query;
  switch (mediaType) {
    case "application/json":
      assertFewIn(body, COMMA);
      return joined(query, jsonParameters(parts.json));
    case "application/x-www-form-urlencoded":
      assertFewIn(body, AMPERSAND);
      return joined(query, bounded(parseForm(body)));
    default:
      return query;
  }
}

/** The parts that are computed, on the prototype of all requests: getters on each would cost more than most requests need. */
const LAZY: ThisType<Parts> = {
  get query() {
    return this.search.length <= 1 ? NO_PARAMETERS : once(this, "query", readQuery);
  },
  get mediaType() {
    return once(this, "mediaType", readMediaType);
  },
  get fromForeignPage() {
    return once(this, "fromForeignPage", (parts) => isFromForeignPage(parts, parts.publicOrigin));
  },
  get ambientLogin() {
    // The media type and the page count for POST alone.
    return this.method !== "POST" || acceptsAmbientLogin(this, this.mediaType, this.fromForeignPage);
  },
  get json() {
    return once(this, "json", ({ body }) => parseJsonBody(body));
  },
  get parametersWithBody() {
    return once(this, "parametersWithBody", readParametersWithBody);
  },
  get parameters() {
    return this.method === "POST" ? this.parametersWithBody : this.query;
  },
};

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
  const { path, search } = splitTarget(request.target);
  if (basePath !== "" && !isBelow(path, basePath)) return undefined;
  const parts: { -readonly [Name in keyof Parts]?: Parts[Name] } = Object.create(LAZY);
  parts.method = request.method;
  parts.target = request.target;
  parts.headers = request.headers;
  parts.body = request.body;
  parts.connection = request.connection;
  parts.httpVersion = request.httpVersion;
  parts.path = basePath === "" ? path : path.slice(basePath.length);
  parts.search = search;
  parts.publicOrigin = origin;
  parts.done = {};
  return parts as ParsedRequest;
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
  if (parameters.size === 0) return undefined;
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
  if (parameters.size === 0) return [];
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
