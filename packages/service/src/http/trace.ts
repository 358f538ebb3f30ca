import { encodeUtf8 } from "@handlekit/core";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";

/** Headers that a TRACE must not send back (RFC 9110 section 9.3.8). */
const SENSITIVE = new Set(["authorization", "proxy-authorization", "cookie"]);

/** The echo of a request, without what is secret in it. */
export function trace({ method, target, headers }: ServiceRequest): ServiceResponse {
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
