import { RESPONSE_CODES } from "@handlekit/core";
import { answer } from "../http/answer.ts";
import { decodePath, readPaging } from "../http/parsed-request.ts";
import { changePrefix, listPrefixes } from "../operations/prefixes.ts";
import { refuse } from "../refuse.ts";
import { type Endpoint, loginOf } from "./context.ts";
import { authenticationNeeded, refusal } from "./refusal.ts";

/** /api/prefixes: lists the homed prefixes (GET), homes one (POST) and unhomes one (DELETE), for server administrators. */
export const prefixesEndpoint: Endpoint = async (context, call) => {
  const { request, who, rest } = call;
  const { method } = request;
  if (who.failed !== undefined) return authenticationNeeded(context, call);
  const { identity } = who;
  try {
    const { parameters } = request;
    if (method === "GET" || method === "HEAD") {
      const page = readPaging(parameters);
      const { total, prefixes } = await listPrefixes(context, { identity, page });
      const body = { responseCode: RESPONSE_CODES.success, totalCount: String(total), ...page, prefixes };
      return answer(body);
    }
    const handle = rest.length > 1 ? decodePath(rest.slice(1)) : (parameters.get("prefix") ?? "");
    if (handle === "") {
      throw refuse(
        RESPONSE_CODES.protocolError,
        "java.lang.Exception: Prefix not specified in homing request",
      );
    }
    await changePrefix(context, {
      identity,
      login: loginOf(call),
      prefix: handle,
      homed: method !== "DELETE",
    });
    return answer({ responseCode: RESPONSE_CODES.success, handle });
  } catch (error) {
    return refusal(context, call, error);
  }
};
