import { decodeBase64, decodeUtf8, encodeUtf8, isHandleError } from "@handlekit/core";
import { type ArdcRequest, parseRequest } from "@handlekit/xml";
import type { ServiceRequest } from "../../http/message.ts";
import { type ArdcFailure, AUTHENTICATION_FAILED, fault, isFailure } from "../answer.ts";
import type { ArdcContext, Owner } from "../context.ts";
import { callerAddress } from "./addresses.ts";
import { describeBodyFault } from "./body-fault.ts";
import { ownerKey } from "./identities.ts";

/** The credentials and the identity in a request, before they are checked. */
interface StatedIdentity {
  readonly appId: string;
  /** UTF-8; undefined or empty if there is none. */
  readonly secret: Uint8Array | undefined;
  readonly identifier: string;
  readonly authDomain: string;
}

const COLON = 0x3a;

/** Decodes the text of a header: UTF-8, or else ISO-8859-1, which some clients use. */
function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Reads App Id and secret of a Basic header, split at the first colon. Returns "none" without such a header. */
function readBasic(
  header: string | undefined,
): Pick<StatedIdentity, "appId" | "secret"> | "none" | ArdcFailure {
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

function readBody(body: Uint8Array): ArdcRequest["properties"] | ArdcFailure {
  try {
    return parseRequest(body).properties;
  } catch (error) {
    if (!isHandleError(error)) throw error;
    return fault(describeBodyFault(body, error));
  }
}

/**
 * Reads App Id and secret of a Basic header, or else those of the body, and identifier and authDomain of the body. With
 * a header, App Id and secret of the body are ignored.
 */
function readLogin(request: Pick<ServiceRequest, "headers" | "body">): StatedIdentity | ArdcFailure {
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

/**
 * Authenticates a request, by the secret of its client or else the address of its client. Resolves to the identity with
 * its owner handle, which is created if there is none.
 */
export async function authenticate(
  context: ArdcContext,
  request: ServiceRequest,
): Promise<Owner | ArdcFailure> {
  const login = readLogin(request);
  if (isFailure(login)) return login;
  const { appId, secret, identifier, authDomain } = login;
  // Any web page could send requests through a browser at a registered address.
  const byScript = request.headers.origin !== undefined;
  const address = byScript ? undefined : callerAddress(request, context.proxies);
  const known = await context.clients.recognise({ appId, secret, address });
  const remote = request.connection.remoteAddress;
  if (known === undefined) {
    context.log?.info("ARDC: authentication failed", { remote });
    return AUTHENTICATION_FAILED;
  }
  if (known === "address" && secret !== undefined && secret.length > 0) {
    context.log?.warn("ARDC: a request with a wrong secret was accepted because of its address", {
      remote,
      appId,
    });
  }
  const key = ownerKey(identifier, authDomain);
  const handle = await context.identities.acquire(appId, key);
  return handle === undefined ? AUTHENTICATION_FAILED : { handle, key };
}
