import { signedBytes } from "@handlekit/auth/wire";
import { RESPONSE_CODES } from "@handlekit/core";
import type { Limit } from "../identify/limits.ts";
import { computeMac, type MacRequest, NO_KEY } from "../identify/mac.ts";
import { keyValues, sameSecret } from "../identify/secret-key.ts";
import { refuse } from "../refuse.ts";
import { type ReadContext, recordHandle } from "./context.ts";
import { findRecord } from "./read-record.ts";

/**
 * Checks whether a MAC over nonce and cnonce was made with the HS_SECKEY value at an index, for servers that authenticate
 * an identity whose key is here.
 *
 * @throws HandleError response code 4 for index 0, 102, 301, 100, 3
 */
export async function verifySecret(
  context: ReadContext,
  input: {
    readonly index: number;
    /** As the client wrote it. */
    readonly handle: string;
    readonly nonce: Uint8Array;
    readonly cnonce: Uint8Array;
    readonly signature: Uint8Array;
    readonly mac: MacRequest;
    /** The limit on deriving keys. */
    readonly deriving: Limit;
  },
): Promise<boolean> {
  const { index, handle, nonce, cnonce, signature, mac, deriving } = input;
  if (index === 0) throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: No index provided");
  if (handle === "") throw refuse(RESPONSE_CODES.invalidHandle, "Empty handle invalid");
  const { values } = await findRecord(context, handle);
  const [key] = keyValues(values, { handle: recordHandle(handle), index }, "HS_SECKEY");
  const hasKey = key !== undefined && key.data.length > 0;
  // The time of the answer does not show whether there is a key.
  const expected = await computeMac(hasKey ? key.data : NO_KEY, signedBytes(nonce, cnonce), mac, deriving);
  return sameSecret(expected, signature) && hasKey;
}
