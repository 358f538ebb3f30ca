import { answer, emptyAnswer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { deleteHandle } from "../handles/delete-handle.ts";
import { type HandleCall, recordHandle } from "../handles/handle-call.ts";
import { listHandles } from "../handles/list-handles.ts";
import { putHandle } from "../handles/put-handle.ts";
import { readHandle } from "../handles/read-handle.ts";
import { asJsonp } from "../http/jsonp.ts";
import { handleChallenge } from "../identify/challenge.ts";
import type { Identification, Identify } from "../identify/identify.ts";
import { readParameters } from "../parameters.ts";
import { decodePath } from "../target.ts";
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
  identify: Identify,
  request: ServiceRequest,
  rest: string,
): Promise<ServiceResponse> {
  if (request.method === "OPTIONS") return emptyAnswer(200, [["Allow", ALLOWED]]);
  const who = await identify(request);
  if (who.failed === "credentials" || who.failed === "session")
    return authenticationNeeded(context, request, who);
  const respond = async (): Promise<ServiceResponse> => {
    try {
      const echo = decodePath(rest.replace(/^\//, ""));
      const parameters = readParameters(request);
      if (who.failed === "certificate") {
        const body = { responseCode: 402, ...(echo === "" ? {} : { handle: echo }) };
        return answer(body, { headers: (await authenticationNeeded(context, request, who)).headers });
      }
      const call = { handle: recordHandle(echo), echo, parameters, identity: who.identity, request };
      return asJsonp(await operate(context, call), parameters.get("callback"));
    } catch (error) {
      return refusal(context, request, who, error, callbackOf(request));
    }
  };
  return withProof(context, who, await respond());
}

function callbackOf(request: ServiceRequest): string | null {
  try {
    return readParameters(request).get("callback");
  } catch {
    return null;
  }
}

/** The server's proof goes with every answer to a request that asked for it. */
async function withProof(
  context: ServiceContext,
  who: Identification,
  response: ServiceResponse,
): Promise<ServiceResponse> {
  const answered = response.headers.some(([name]) => name === "WWW-Authenticate");
  if (who.cnonce === undefined || answered) return response;
  return { ...response, headers: [await handleChallenge(context, who), ...response.headers] };
}
