import { decodeBase64, HandleError, MAX_INDEX, RESPONSE_CODES } from "@handlekit/core";
import { answer } from "../http/answer.ts";
import { decodePath, notANumber, readIndexes } from "../http/parsed-request.ts";
import { shownIdentity, THROTTLED } from "../identify/failed-login.ts";
import { readMacRequest } from "../identify/mac.ts";
import { recordHandle } from "../operations/context.ts";
import { verifySecret } from "../operations/verify-secret.ts";
import { refuse } from "../refuse.ts";
import type { Endpoint } from "./context.ts";
import { refusal, tooManyFailures } from "./refusal.ts";

/**
 * Reads the identity in a path: `300:prefix/suffix`, or a handle with the index as a parameter.
 *
 * @throws HandleError with response code 4 for an index that is not a number
 */
function readIdentity(name: string, parameters: URLSearchParams): { index: number; handle: string } {
  const [, given, handle] = /^(\d+):(.*)$/s.exec(name) ?? [];
  if (given === undefined) return { index: readIndexes(parameters)[0] ?? 0, handle: name };
  if (Number(given) > MAX_INDEX) throw notANumber(given);
  return { index: Number(given), handle: handle ?? "" };
}

/**
 * /api/verifications/{[index:]handle}: checks whether a MAC was made with the HS_SECKEY value at an index, for servers
 * that authenticate an identity whose key is here.
 */
export const verificationsEndpoint: Endpoint = async (context, call) => {
  try {
    const { remoteAddress } = call.request.connection;
    const deriving = context.verifications.deriving(remoteAddress);
    if (!context.verifications.isAllowed(remoteAddress)) {
      const message = "Too many verifications from this address; try again later";
      throw new HandleError("server_busy", {
        message,
        responseCode: RESPONSE_CODES.serverTooBusy,
        status: 429,
      });
    }
    const name = decodePath(call.rest.slice(1));
    const { parameters } = call.request;
    const fields = new Map([...parameters].map(([key, value]) => [key.toLowerCase(), value]));
    const [nonce, cnonce, signature] = ["nonce", "cnonce", "signature"].map((key) =>
      decodeBase64(fields.get(key) ?? ""),
    );
    const mac = readMacRequest(fields);
    if (!nonce?.length || !cnonce?.length || !signature?.length || mac === undefined) {
      const message = "java.lang.Exception: Missing parameters in verification request";
      throw refuse(RESPONSE_CODES.protocolError, message);
    }
    const { index, handle } = readIdentity(name, parameters);
    const identity = `${index}:${handle === "" ? "" : recordHandle(handle)}`;
    const checked = await context.attempts.check(
      { identity, address: call.request.connection.remoteAddress },
      () => verifySecret(context, { index, handle, nonce, cnonce, signature, mac, deriving }),
      (isValid) => isValid,
    );
    const failed = (reason: string) => ({
      scheme: "verification",
      identity: shownIdentity(identity),
      reason,
    });
    if ("retryAfter" in checked) {
      return {
        ...tooManyFailures(checked.retryAfter),
        failedLogin: { ...failed(THROTTLED), throttled: true },
      };
    }
    const isValid = checked.outcome;
    return {
      ...answer({ responseCode: RESPONSE_CODES.success, isValid, handle }),
      failedLogin: isValid ? undefined : failed("Not a MAC of this key"),
    };
  } catch (error) {
    return refusal(context, { ...call, who: { errors: [] } }, error);
  }
};
