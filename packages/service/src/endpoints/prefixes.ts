import { foldCase, prefixHandle, RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer } from "../answer.ts";
import { isServerAdmin, type ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";
import { refuse } from "../handles/refuse.ts";
import type { Identification } from "../identify/identify.ts";
import { readPaging, readParameters } from "../parameters.ts";
import { decodePath } from "../target.ts";
import { authenticationNeeded, refusal } from "./refusal.ts";

/** The prefix in `0.NA/X` or `X`. */
function prefixIn(name: string): string {
  const folded = foldCase(name);
  const prefix = folded.startsWith("0.NA/") ? folded.slice("0.NA/".length) : folded;
  if (prefix === "" || prefix.includes("/")) {
    throw refuse(RESPONSE_CODES.invalidHandle, "Handle is not a prefix handle", name);
  }
  return prefix;
}

function assertServerAdmin(context: ServiceContext, who: Identification, echo?: string): void {
  if (who.identity === undefined) throw refuse(RESPONSE_CODES.authenticationNeeded, "", echo);
  if (!isServerAdmin(context, who.identity)) throw refuse(RESPONSE_CODES.invalidAdmin, "", echo);
}

async function listPrefixes(
  context: ServiceContext,
  who: Identification,
  parameters: URLSearchParams,
): Promise<ServiceResponse> {
  const paging = readPaging(parameters);
  assertServerAdmin(context, who);
  const all = (await context.store.prefixes()).map(prefixHandle);
  const from = paging ? paging.page * paging.pageSize : 0;
  const prefixes = paging ? all.slice(from, from + paging.pageSize) : all;
  return answer({
    responseCode: RESPONSE_CODES.success,
    totalCount: String(all.length),
    ...paging,
    prefixes,
  });
}

async function changePrefix(
  context: ServiceContext,
  who: Identification,
  method: string,
  name: string,
): Promise<ServiceResponse> {
  if (name === "") {
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Prefix not specified in homing request");
  }
  const prefix = prefixIn(name);
  assertServerAdmin(context, who, name);
  await (method === "DELETE" ? context.store.unhome(prefix) : context.store.home(prefix));
  context.homed.forget();
  return answer({ responseCode: RESPONSE_CODES.success, handle: name });
}

/** /api/prefixes: the homed prefixes (GET), homing one (POST) and ending that (DELETE), for server administrators. */
export async function prefixesEndpoint(
  context: ServiceContext,
  who: Identification,
  request: ServiceRequest,
  rest: string,
): Promise<ServiceResponse> {
  const { method } = request;
  const named = rest !== "" && rest !== "/";
  const allowed = named ? "POST, DELETE, TRACE, OPTIONS" : "GET, HEAD, POST, DELETE, TRACE, OPTIONS";
  if (method === "OPTIONS") return emptyAnswer(200, [["Allow", allowed]]);
  if (!allowed.split(", ").includes(method)) return emptyAnswer(405, [["Allow", allowed]]);
  if (who.failed !== undefined) return authenticationNeeded(context, request, who);
  try {
    const parameters = readParameters(request);
    if (method === "GET" || method === "HEAD") return await listPrefixes(context, who, parameters);
    const name = named ? decodePath(rest.slice(1)) : (parameters.get("prefix") ?? "");
    return await changePrefix(context, who, method, name);
  } catch (error) {
    return refusal(context, request, who, error);
  }
}
