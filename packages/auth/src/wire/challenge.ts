import {
  checkArgument,
  checkOptions,
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
} from "@handlekit/core";
import {
  COMMA,
  createScanner,
  GAP,
  QUOTED,
  quote,
  type Scanner,
  TOKEN,
  UP_TO_COMMA,
  unquote,
} from "./header-syntax.ts";

/** A `WWW-Authenticate: Handle` challenge; members that are missing or malformed are undefined. */
export interface HandleChallenge {
  readonly sessionId?: string | undefined;
  /** The server's nonce, which the answer signs. */
  readonly nonce?: Uint8Array | undefined;
  /** The digest of the server's signature, such as `SHA-256`. */
  readonly serverAlg?: string | undefined;
  /** The server's own signature over nonce and cnonce, if the request asked for it. */
  readonly serverSignature?: Uint8Array | undefined;
  /** The reason why the last attempt failed. */
  readonly error?: string | undefined;
}

/** The challenges of a WWW-Authenticate header that a handle client can answer. */
export interface Challenges {
  readonly basic?: { readonly realm?: string | undefined } | undefined;
  readonly handle?: HandleChallenge | undefined;
}

/** One challenge; its scheme and the names of its parameters are in lower case. */
interface Challenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** Returns the value after `=` if it is complete: followed by a comma or the end. */
function takeValue(scanner: Scanner): string | undefined {
  scanner.take(GAP);
  const quoted = scanner.take(QUOTED);
  const value = quoted === undefined ? scanner.take(TOKEN) : unquote(quoted);
  scanner.take(GAP);
  return scanner.take(UP_TO_COMMA) === "" ? value : undefined;
}

function readChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  const scanner = createScanner(header);
  while (!scanner.done()) {
    scanner.take(COMMA);
    scanner.take(GAP);
    let name = scanner.take(TOKEN)?.toLowerCase();
    const gap = scanner.take(GAP);
    let isParameter = scanner.takeIf("=");
    if (name !== undefined && !isParameter) {
      challenges.push({ scheme: name, parameters: new Map() });
      if (gap === "") name = undefined;
      else {
        name = scanner.take(TOKEN)?.toLowerCase();
        scanner.take(GAP);
        isParameter = scanner.takeIf("=");
      }
    }
    if (name === undefined || !isParameter) {
      scanner.take(UP_TO_COMMA);
      continue;
    }
    const value = takeValue(scanner);
    const parameters = challenges.at(-1)?.parameters;
    if (value !== undefined && parameters?.has(name) === false) parameters.set(name, value);
  }
  return challenges;
}

function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = decodeHex(run.replaceAll("%", ""));
    return (bytes && decodeUtf8(bytes)) ?? run;
  });
}

function encodePercent(text: string): string {
  return Array.from(encodeUtf8(text), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x25
      ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      : String.fromCharCode(byte),
  ).join("");
}

function readHandle(parameters: ReadonlyMap<string, string>): HandleChallenge {
  const sessionId = parameters.get("sessionid");
  const nonce = decodeBase64(parameters.get("nonce") ?? "");
  const serverAlg = parameters.get("serveralg");
  const serverSignature = decodeBase64(parameters.get("serversignature") ?? "");
  const error = parameters.get("error");
  return {
    sessionId: sessionId || undefined,
    nonce: nonce?.length ? nonce : undefined,
    serverAlg: serverAlg || undefined,
    serverSignature: serverSignature?.length ? serverSignature : undefined,
    error: error === undefined ? undefined : decodePercent(error),
  };
}

/**
 * Reads WWW-Authenticate: the Basic and the Handle challenge in any order, among any others. The first of each is used;
 * malformed parts are ignored.
 *
 * @param headerValue the header's lines joined by ", ", as a WireResponse has them
 * @example
 * ```ts
 * const { handle } = parseChallenges(response.headers["www-authenticate"] ?? "");
 * if (handle?.sessionId && handle.nonce) await answer(handle.sessionId, handle.nonce);
 * ```
 * @see RFC 9110 section 11.6.1
 */
export function parseChallenges(headerValue: string): Challenges {
  checkArgument("parseChallenges", "headerValue", headerValue, ["string"]);
  const challenges = readChallenges(headerValue);
  const find = (name: string) => challenges.find(({ scheme }) => scheme === name)?.parameters;
  const [basic, handle] = [find("basic"), find("handle")];
  return {
    basic: basic && { realm: basic.get("realm") },
    handle: handle && readHandle(handle),
  };
}

/**
 * Returns the value of a `WWW-Authenticate: Handle` header, as Handle.Net servers write it: in the error text, percent
 * signs and all but printable ASCII are percent-encoded.
 *
 * @param fields `nonce` and `serverSignature` as bytes, which are written in base64
 * @example
 * ```ts
 * formatHandleChallenge({ sessionId: "node01", nonce }); // 'Handle sessionId="node01", nonce="1MdqqwV970b0Nemd2vG3GQ=="'
 * ```
 */
export function formatHandleChallenge(fields: {
  readonly sessionId: string;
  readonly nonce: Uint8Array;
  readonly serverAlg?: string | undefined;
  readonly serverSignature?: Uint8Array | undefined;
  readonly error?: string | undefined;
}): string {
  checkOptions("formatHandleChallenge", fields, {
    sessionId: ["string"],
    nonce: ["bytes"],
    serverAlg: ["string", "undefined"],
    serverSignature: ["bytes", "undefined"],
    error: ["string", "undefined"],
  });
  const { sessionId, nonce, serverAlg, serverSignature, error } = fields;
  const parameters = {
    sessionId,
    nonce: encodeBase64(nonce),
    serverAlg,
    serverSignature: serverSignature && encodeBase64(serverSignature),
    error: error === undefined ? undefined : encodePercent(error),
  };
  const written = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${quote(value)}`],
  );
  return `Handle ${written.join(", ")}`;
}
