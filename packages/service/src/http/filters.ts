import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encodeUtf8 } from "@handlekit/core";
import { emptyAnswer, encodeBody } from "./answer.ts";
import type { Answer, ServiceRequest } from "./message.ts";

const CORS_METHODS = "GET,POST,HEAD,PUT,DELETE";
/** The headers that scripts may read without Access-Control-Expose-Headers. */
const NOT_EXPOSED = new Set(["content-type", "vary", "expires", "cache-control", "last-modified"]);

/** Returns the response to a CORS preflight request; undefined for other requests. */
export function preflight(request: ServiceRequest): Answer | undefined {
  if (request.method !== "OPTIONS") return undefined;
  const { origin, "access-control-request-method": method } = request.headers;
  if (origin === undefined || method === undefined) return undefined;
  if (!CORS_METHODS.split(",").includes(method)) return emptyAnswer(200);
  return emptyAnswer(200, [
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Max-Age", "86400"],
    ["Access-Control-Allow-Methods", CORS_METHODS],
    ["Access-Control-Allow-Headers", "X-Requested-With,Authorization,Origin,Accept,Content-Type,If-Match"],
  ]);
}

/** Allows scripts of any origin to read a response. This is safe because cookies are never used. */
export function withCors(request: ServiceRequest, response: Answer): Answer {
  const { origin } = request.headers;
  if (origin === undefined) return response;
  const exposed = new Set(
    response.headers.map(([name]) => name).filter((name) => !NOT_EXPOSED.has(name.toLowerCase())),
  );
  return {
    ...response,
    headers: [
      ["Access-Control-Allow-Origin", origin],
      ["Vary", "Origin"],
      ["Access-Control-Expose-Headers", [...exposed, "Content-Length"].join(",")],
      ...response.headers,
    ],
  };
}

/** The minimum size of a body that is compressed. */
const MIN_GZIP_BYTES = 1024;
const compress = promisify(gzip);

/**
 * Compresses the body of a response, if it is large enough and the client accepts it. Like Handle.Net, it does not
 * compress the response to a HEAD.
 */
export function withGzip(request: ServiceRequest, response: Answer): Answer | Promise<Answer> {
  if (request.method === "HEAD") {
    return { ...response, headers: response.headers.filter(([name]) => name !== "Vary") };
  }
  const accepted = request.headers["accept-encoding"];
  if (accepted === undefined || response.body.length < MIN_GZIP_BYTES || response.status !== 200)
    return response;
  const wanted = accepted
    .split(",")
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(0?\.[0-9]*[1-9]|1(\.0*)?))?\s*$/i.test(coding));
  if (!wanted) return response;
  const headers: Answer["headers"] = [...response.headers, ["Content-Encoding", "gzip"]];
  return compress(response.body).then((body) => ({ ...response, headers, body, text: undefined }));
}

/** Replaces the characters that a JavaScript identifier cannot contain by underscores. */
function scrub(name: string): string {
  return name.replace(/[^_$A-Za-z0-9\u00A0-\uFFFF]/g, "_").replace(/^[0-9]/, "_");
}

/** Wraps a JSON response in a call of `callback` (JSONP), if the request asked for it. */
export function asJsonp(response: Answer, callback: string | null): Answer {
  if (callback === null || callback === "") return response;
  const json = new TextDecoder().decode(response.body);
  return {
    ...response,
    headers: response.headers.map(([name, value]) =>
      name === "Content-Type" ? [name, "application/javascript;charset=utf-8"] : [name, value],
    ),
    ...encodeBody(`${scrub(callback)}(${json});`),
  };
}

/** The headers that a TRACE must not return (RFC 9110 section 9.3.8). */
const SENSITIVE = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Returns the response to a TRACE request: the request without its secret headers. */
export function trace({ method, target, headers }: ServiceRequest): Answer {
  const shown = Object.entries(headers).filter(([name]) => !SENSITIVE.has(name));
  const lines = shown.map(
    ([name, value]) => `${name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase())}: ${value}\r\n`,
  );
  return {
    status: 200,
    headers: [["Content-Type", "message/http"]],
    body: encodeUtf8(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`),
  };
}
