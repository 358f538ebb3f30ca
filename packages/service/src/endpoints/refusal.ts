import { isHandleError, RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { challenge } from "../identify/challenge.ts";
import type { Identification } from "../identify/identify.ts";

/** The empty 401 of a login that failed. */
export async function authenticationNeeded(
  context: ServiceContext,
  request: ServiceRequest,
  who: Identification,
): Promise<ServiceResponse> {
  return emptyAnswer(401, await challenge(context, request, who));
}

/**
 * A refusal as the API writes it. Over plain HTTP "authentication needed" is 403, for nobody can authenticate there.
 * What is no refusal of the protocol is logged and answered with 500.
 */
export async function refusal(
  context: ServiceContext,
  request: ServiceRequest,
  who: Identification,
  error: unknown,
): Promise<ServiceResponse> {
  if (!isHandleError(error) || error.responseCode === undefined) {
    context.log?.error("unexpected error", { error });
    return answer({ responseCode: RESPONSE_CODES.error, message: "Unexpected server error" });
  }
  const { responseCode, message, handle, status } = error;
  const body = {
    responseCode,
    ...(message === "" ? {} : { message }),
    ...(handle === undefined || handle === "" ? {} : { handle }),
  };
  const how = status === undefined ? {} : { status };
  if (responseCode !== RESPONSE_CODES.authenticationNeeded) return answer(body, how);
  if (!request.connection.secure) return answer(body, { status: 403 });
  return answer(body, { headers: await challenge(context, request, who) });
}
