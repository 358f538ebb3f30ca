import { RESPONSE_CODES } from "@handlekit/core";
import { answer, emptyAnswer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest, ServiceResponse } from "../exchange-types.ts";

/** /api/site: what HS_SITE says of this server; public. undefined for methods it does not have. */
export function siteEndpoint(context: ServiceContext, request: ServiceRequest): ServiceResponse | undefined {
  switch (request.method) {
    case "OPTIONS":
      return emptyAnswer(200, [["Allow", "GET, HEAD, TRACE, OPTIONS"]]);
    case "GET":
    case "HEAD":
      return answer({ responseCode: RESPONSE_CODES.success, site: context.site() });
    default:
      return undefined;
  }
}
