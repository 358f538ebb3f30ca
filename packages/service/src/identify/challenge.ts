import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";

/** `"` and `\` escaped, percent signs and everything outside printable ASCII as %XX. */
function quoted(text: string): string {
  const printable = text.replace(/[^ -$&-~]/gu, encodeURIComponent);
  return `"${printable.replace(/["\\]/g, "\\$&")}"`;
}

/** The WWW-Authenticate lines of a 401; the Basic one is left out for scripts in browsers and other schemes. */
export function challenge(request: ServiceRequest, errors: readonly string[]): ServiceResponse["headers"] {
  const header = request.headers.authorization;
  const script = request.headers["x-requested-with"] === "XMLHttpRequest";
  const basic = header === undefined ? !script : header.startsWith("Basic");
  return [
    ...(basic ? [["WWW-Authenticate", 'Basic realm="handle"'] as const] : []),
    ...(errors.length > 0
      ? [["WWW-Authenticate", `Handle error=${quoted(errors.join("; "))}`] as const]
      : []),
  ];
}
