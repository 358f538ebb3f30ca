import { decodeBase64, decodeUtf8, encodeUtf8, isHandleError } from "@handlekit/core";
import { type ArdcRequest, parseRequest } from "@handlekit/xml";
import type { ServiceRequest } from "../../exchange-types.ts";
import { AUTHENTICATION_FAILED, type Failure, fault, isFailure } from "../answer.ts";
import { describeBodyFault } from "./body-fault.ts";

/** What a request says about who sends it. */
export interface Login {
  readonly appId: string;
  /** UTF-8; absent or empty when there is none. */
  readonly secret: Uint8Array | undefined;
  readonly identifier: string;
  readonly authDomain: string;
}

const COLON = 0x3a;

/** Text of a header: UTF-8, or else ISO-8859-1, as some clients encode it. */
function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** App Id and secret of a Basic header, parted at the first colon; "none" without such a header. */
function readBasic(header: string | undefined): Pick<Login, "appId" | "secret"> | "none" | Failure {
  const [, encoded] = /^Basic\b\s*(.*)$/is.exec(header ?? "") ?? [];
  if (encoded === undefined) return "none";
  const bytes = decodeBase64(encoded);
  const colon = bytes?.indexOf(COLON) ?? -1;
  if (bytes === undefined || colon < 1) return AUTHENTICATION_FAILED;
  return {
    appId: textOf(bytes.subarray(0, colon)),
    secret: encodeUtf8(textOf(bytes.subarray(colon + 1))),
  };
}

function readBody(body: Uint8Array): ArdcRequest["properties"] | Failure {
  try {
    return parseRequest(body).properties;
  } catch (error) {
    if (!isHandleError(error)) throw error;
    return fault(describeBodyFault(body, error));
  }
}

/**
 * Who says to send a request: App Id and secret of a Basic header, else those of the body; identifier and authDomain
 * of the body. When there is a header, the body's App Id and secret are not looked at.
 */
export function readLogin(request: ServiceRequest): Login | Failure {
  const basic = readBasic(request.headers.authorization);
  const properties = readBody(request.body);
  if (isFailure(properties)) return properties;
  if (isFailure(basic)) return basic;
  const { identifier, authDomain, appId, sharedSecret } = properties;
  const named = basic === "none" ? { appId, secret: sharedSecret?.reveal() } : basic;
  if (named.appId === undefined || identifier === undefined || authDomain === undefined) {
    return AUTHENTICATION_FAILED;
  }
  return { appId: named.appId, secret: named.secret, identifier, authDomain };
}
