import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encodeUtf8 } from "@handlekit/core";
import { emptyAnswer } from "./answer.ts";
import type { Answer, ServiceRequest } from "./message.ts";

const CORS_METHODS = "GET,POST,HEAD,PUT,DELETE";
/** Headers that scripts may read anyway, and those about the exchange itself. */
const NOT_EXPOSED = new Set(["content-type", "vary", "expires", "cache-control", "last-modified"]);

/** The answer to a CORS preflight; undefined when the request is none. */
export function preflight(request: ServiceRequest): Answer | undefined {
  const { origin, "access-control-request-method": method } = request.headers;
  if (request.method !== "OPTIONS" || origin === undefined || method === undefined) return undefined;
  if (!CORS_METHODS.split(",").includes(method)) return emptyAnswer(200);
  return emptyAnswer(200, [
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Max-Age", "86400"],
    ["Access-Control-Allow-Methods", CORS_METHODS],
    ["Access-Control-Allow-Headers", "X-Requested-With,Authorization,Origin,Accept,Content-Type,If-Match"],
  ]);
}

/** Lets scripts of any origin read an answer. No cookie is ever looked at, so that this gives nothing away. */
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

/** Smaller bodies are not worth compressing. */
const MIN_GZIP_BYTES = 1024;
const compress = promisify(gzip);

/**
 * Compresses a larger body for a client that accepts it. A HEAD is answered as Handle.Net does, which compresses
 * nothing there.
 */
export async function withGzip(request: ServiceRequest, response: Answer): Promise<Answer> {
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
  return {
    ...response,
    headers: [...response.headers, ["Content-Encoding", "gzip"]],
    body: await compress(response.body),
  };
}

/** A JavaScript name: every character that cannot stand in one becomes an underscore. */
function scrub(name: string): string {
  return name.replace(/[^_$A-Za-z0-9\u00A0-\uFFFF]/g, "_").replace(/^[0-9]/, "_");
}

/** A JSON answer as a call of `callback`, when one was asked for. */
export function asJsonp(response: Answer, callback: string | null): Answer {
  if (callback === null || callback === "") return response;
  const json = new TextDecoder().decode(response.body);
  return {
    ...response,
    headers: response.headers.map(([name, value]) =>
      name === "Content-Type" ? [name, "application/javascript;charset=utf-8"] : [name, value],
    ),
    body: encodeUtf8(`${scrub(callback)}(${json});`),
  };
}

/** Headers that a TRACE must not send back (RFC 9110 section 9.3.8). */
const SENSITIVE = new Set(["authorization", "proxy-authorization", "cookie"]);

/** The echo of a TRACE request, without what is secret in it. */
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
