import { signedBytes } from "@handlekit/auth/wire";
import { decodeBase64, handleKey, RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { recordHandle } from "../handles/handle-call.ts";
import { readIndexes } from "../handles/indexes.ts";
import { refuse } from "../handles/refuse.ts";
import { computeMac, readMacRequest } from "../identify/challenge-answer.ts";
import { keyValues, sameSecret } from "../identify/secret-key.ts";
import { notANumber, readParameters } from "../parameters.ts";
import { decodePath } from "../target.ts";
import { refusal } from "./refusal.ts";

async function verify(
  context: ServiceContext,
  name: string,
  parameters: URLSearchParams,
): Promise<ServiceResponse> {
  const fields = new Map([...parameters].map(([key, value]) => [key.toLowerCase(), value]));
  const [nonce, cnonce, signature] = ["nonce", "cnonce", "signature"].map((key) =>
    decodeBase64(fields.get(key) ?? ""),
  );
  const request = readMacRequest(fields);
  if (!nonce?.length || !cnonce?.length || !signature?.length || request === undefined) {
    throw refuse(
      RESPONSE_CODES.protocolError,
      "java.lang.Exception: Missing parameters in verification request",
    );
  }
  const [, given, named] = /^(\d+):(.*)$/s.exec(name) ?? [];
  const reference =
    given === undefined
      ? { index: readIndexes(parameters)[0] ?? 0, handle: name }
      : { index: Number(given), handle: named ?? "" };
  if (reference.index > 0x7fffffff) throw notANumber(String(given));
  if (reference.index === 0)
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: No index provided");
  if (reference.handle === "") throw refuse(RESPONSE_CODES.invalidHandle, "Empty handle invalid");
  const handle = recordHandle(reference.handle);
  await context.homed.assert(handle, reference.handle);
  if ((await context.store.read(handleKey(handle))) === undefined) {
    throw refuse(RESPONSE_CODES.handleNotFound, "", reference.handle);
  }
  const [key] = await keyValues(context.store, { ...reference, handle }, "HS_SECKEY");
  const isValid =
    key !== undefined &&
    key.data.length > 0 &&
    sameSecret(await computeMac(key.data, signedBytes(nonce, cnonce), request), signature);
  return answer({ responseCode: RESPONSE_CODES.success, isValid, handle: reference.handle });
}

/**
 * /api/verifications/{[index:]handle}: whether a MAC was made with the HS_SECKEY at an index; for servers that have to
 * check somebody whose key is here. undefined for methods it does not have.
 */
export async function verificationsEndpoint(
  context: ServiceContext,
  request: ServiceRequest,
  rest: string,
): Promise<ServiceResponse | undefined> {
  if (request.method === "OPTIONS") return emptyAnswer(200, [["Allow", "GET, HEAD, TRACE, OPTIONS"]]);
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  try {
    return await verify(context, decodePath(rest.slice(1)), readParameters(request));
  } catch (error) {
    return refusal(context, request, { errors: [] }, error);
  }
}
