import { decodeBase64, decodeUtf8, type WireResponse } from "@handlekit/core";

/** What a server must give for a login: which session, and what to sign. */
export interface OpenChallenge {
  readonly sessionId: string;
  readonly nonce: Uint8Array;
}

/** What the sessions API answers; a part that is missing or malformed is undefined. */
export interface SessionAnswer {
  readonly challenge: OpenChallenge | undefined;
  readonly serverSignature: Uint8Array | undefined;
  readonly authenticated: boolean;
  readonly error: string | undefined;
}

/** The challenge, when both parts are there and the session id can stand in a header. */
export function openChallenge(sessionId: unknown, nonce: Uint8Array | undefined): OpenChallenge | undefined {
  return typeof sessionId === "string" && /^[\x21-\x7e]+$/.test(sessionId) && nonce?.length
    ? { sessionId, nonce }
    : undefined;
}

function bytesOf(member: unknown): Uint8Array | undefined {
  return typeof member === "string" ? decodeBase64(member) : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Reads the body of an answer; throws for no input. */
export function readAnswer({ body }: WireResponse): SessionAnswer {
  const answer = parseObject((body && decodeUtf8(body)) ?? "");
  return {
    challenge: openChallenge(answer.sessionId, bytesOf(answer.nonce)),
    serverSignature: bytesOf(answer.serverSignature),
    authenticated: answer.authenticated === true,
    error: typeof answer.error === "string" ? answer.error : undefined,
  };
}
