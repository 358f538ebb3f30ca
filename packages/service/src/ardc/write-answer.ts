import { encodeUtf8 } from "@handlekit/core";
import { type ArdcResponse, buildResponse } from "@handlekit/xml";
import type { ServiceResponse } from "../exchange-types.ts";
import { type ArdcAnswer, isFailure } from "./answer.ts";

const TYPE: readonly [string, string] = ["Content-Type", "application/xml;charset=UTF-8"];
const CHALLENGE: readonly [string, string] = ["WWW-Authenticate", 'Basic realm="pids"'];

function responseOf(answer: ArdcAnswer, timestamp: Date): ArdcResponse {
  return isFailure(answer)
    ? { type: "failure", timestamp, message: { type: answer.kind, text: answer.failure } }
    : { type: "success", ...answer.content, timestamp, message: { type: "user", text: answer.text } };
}

/**
 * An answer as its clients need it, XML with status 200.
 *
 * @param now milliseconds since 1970
 * @param honest says what happened by the status, too
 */
export function writeAnswer(answer: ArdcAnswer, now: number, honest: boolean): ServiceResponse {
  const status = honest && isFailure(answer) ? answer.status : 200;
  return {
    status,
    headers: status === 401 ? [TYPE, CHALLENGE] : [TYPE],
    body: encodeUtf8(buildResponse(responseOf(answer, new Date(now)))),
  };
}
