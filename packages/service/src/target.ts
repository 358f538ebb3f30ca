import { decodeUtf8, HandleError, RESPONSE_CODES } from "@handlekit/core";

/** A request target taken apart. */
export interface Target {
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request target into path and query; an absolute form loses its scheme and authority. */
export function parseTarget(target: string): Target {
  const local = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = local.indexOf("?");
  const path = mark < 0 ? local : local.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? "" : local.slice(mark + 1)) };
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

/** False when the bytes that {@link decodePath} makes into a text are not UTF-8. */
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
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : /^(|yes|true)$/i.test(value);
}
