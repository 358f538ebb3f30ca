import { decodeBase64, decodeHex, decodeUtf8, encodeBase64, encodeUtf8 } from "@handlekit/core";
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

/** What a `WWW-Authenticate: Handle` challenge says; a part that is missing or malformed is absent. */
export interface HandleChallenge {
  readonly sessionId?: string;
  /** The server's nonce, which the answer signs. */
  readonly nonce?: Uint8Array;
  /** The digest of the server's signature, such as `SHA-256`. */
  readonly serverAlg?: string;
  /** The server's own signature over nonce and cnonce, when the request asked for it. */
  readonly serverSignature?: Uint8Array;
  /** Why the last try failed. */
  readonly error?: string;
}

/** The challenges of a WWW-Authenticate header that a handle client can answer. */
export interface Challenges {
  readonly basic?: { readonly realm?: string };
  readonly handle?: HandleChallenge;
}

/** One challenge: its scheme and its parameters' names in lower case. */
interface Challenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** The value after `=`, if it is whole: followed by a comma or the end. */
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
    ...(sessionId ? { sessionId } : {}),
    ...(nonce?.length ? { nonce } : {}),
    ...(serverAlg ? { serverAlg } : {}),
    ...(serverSignature?.length ? { serverSignature } : {}),
    ...(error === undefined ? {} : { error: decodePercent(error) }),
  };
}

/**
 * Reads WWW-Authenticate: the Basic and the Handle challenge in any order, among any others. The first of each
 * counts; what is malformed is passed over.
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
  const challenges = readChallenges(headerValue);
  const find = (name: string) => challenges.find(({ scheme }) => scheme === name)?.parameters;
  const [basic, handle] = [find("basic"), find("handle")];
  const realm = basic?.get("realm");
  return {
    ...(basic ? { basic: realm === undefined ? {} : { realm } } : {}),
    ...(handle ? { handle: readHandle(handle) } : {}),
  };
}

/**
 * The value of a `WWW-Authenticate: Handle` line, as Handle.Net servers write it: percent signs of the error text
 * and whatever is not printable ASCII are percent-encoded.
 *
 * @param fields `nonce` and `serverSignature` as bytes, written in base64
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
