import { RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { deleteHandle } from "../handles/delete-handle.ts";
import { type HandleCall, recordHandle } from "../handles/handle-call.ts";
import { listHandles } from "../handles/list-handles.ts";
import { putHandle } from "../handles/put-handle.ts";
import { readHandle } from "../handles/read-handle.ts";
import { refuse } from "../handles/refuse.ts";
import type { Identification } from "../identify/identify.ts";
import { readParameters } from "../parameters.ts";
import { decodePath, isUtf8 } from "../target.ts";
import { authenticationNeeded, refusal } from "./refusal.ts";

const ALLOWED = "GET, HEAD, POST, PUT, DELETE, TRACE, OPTIONS";

function operate(context: ServiceContext, call: HandleCall): Promise<ServiceResponse> {
  switch (call.request.method) {
    case "PUT":
      return putHandle(context, call);
    case "DELETE":
      return deleteHandle(context, call);
    default:
      return call.echo === "" && call.parameters.has("prefix")
        ? listHandles(context, call)
        : readHandle(context, call);
  }
}

/**
 * /api/handles: one record (GET, HEAD, POST as GET, PUT, DELETE), or with `prefix` the handles of a prefix.
 *
 * @param rest of the path, still encoded, after /api/handles
 */
export async function handlesEndpoint(
  context: ServiceContext,
  who: Identification,
  request: ServiceRequest,
  rest: string,
): Promise<ServiceResponse> {
  if (request.method === "OPTIONS") return emptyAnswer(200, [["Allow", ALLOWED]]);
  try {
    const encoded = rest.replace(/^\//, "");
    const echo = decodePath(encoded);
    const parameters = readParameters(request);
    if (who.failed === "certificate") {
      const body = { responseCode: 402, ...(echo === "" ? {} : { handle: echo }) };
      return answer(body, { headers: (await authenticationNeeded(context, request, who)).headers });
    }
    if (request.method === "PUT" && !isUtf8(encoded)) {
      throw refuse(RESPONSE_CODES.invalidHandle, "Invalid UTF8 encoding", echo);
    }
    const call = { handle: recordHandle(echo), echo, parameters, identity: who.identity, request };
    return await operate(context, call);
  } catch (error) {
    return refusal(context, request, who, error);
  }
}
