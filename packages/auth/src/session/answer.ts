import { decodeBase64, decodeUtf8, parseJson, type WireResponse } from "@handlekit/core";

/** A challenge that can be answered: the session, and the bytes to sign. */
export interface OpenChallenge {
  readonly sessionId: string;
  readonly nonce: Uint8Array;
}

/** A response of the sessions API; members that are missing or malformed are undefined. */
export interface SessionAnswer {
  readonly challenge: OpenChallenge | undefined;
  readonly serverSignature: Uint8Array | undefined;
  readonly authenticated: boolean;
  readonly error: string | undefined;
}

/** A nonce has 16 bytes; nobody needs more than this signed. */
const MAX_NONCE = 1024;

/** Returns the challenge if both parts are present and of a usual length, and the session id can be used in a header. */
export function openChallenge(sessionId: unknown, nonce: Uint8Array | undefined): OpenChallenge | undefined {
  return typeof sessionId === "string" &&
    /^[\x21-\x7e]{1,4096}$/.test(sessionId) &&
    nonce?.length &&
    nonce.length <= MAX_NONCE
    ? { sessionId, nonce }
    : undefined;
}

function bytesOf(member: unknown): Uint8Array | undefined {
  return typeof member === "string" ? decodeBase64(member) : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parseJson(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Reads the body of a response; never throws. */
export function readAnswer({ body }: WireResponse): SessionAnswer {
  const content = parseObject((body && decodeUtf8(body)) ?? "");
  return {
    challenge: openChallenge(content.sessionId, bytesOf(content.nonce)),
    serverSignature: bytesOf(content.serverSignature),
    authenticated: content.authenticated === true,
    error: typeof content.error === "string" ? content.error : undefined,
  };
}
