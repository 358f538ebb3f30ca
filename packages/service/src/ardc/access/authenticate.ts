import { decodeBase64, decodeUtf8, encodeUtf8, isHandleError, printable } from "@handlekit/core";
import { type ArdcRequest, parseRequest } from "@handlekit/xml";
import type { ParsedRequest } from "../../http/parsed-request.ts";
import { THROTTLED } from "../../identify/failed-login.ts";
import { type ArdcFailure, fault, isFailure, refuseLogin, shownAppId, tooManyFailures } from "../answer.ts";
import type { ArdcContext, Owner } from "../context.ts";
import { callerAddress, formatAddress, isByPage } from "./addresses.ts";
import { describeBodyFault } from "./body-fault.ts";
import type { ArdcClients } from "./clients.ts";
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
  if (bytes === undefined || colon < 1) return refuseLogin("The Basic header is malformed");
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
 * a header, App Id and secret of the body are ignored. A header that a browser may have added is ignored.
 */
function readLogin(request: ParsedRequest): StatedIdentity | ArdcFailure {
  const basic = request.ambientLogin ? readBasic(request.headers.authorization) : "none";
  const properties = readBody(request.body);
  if (isFailure(properties)) return properties;
  if (isFailure(basic)) return basic;
  const { identifier, authDomain, appId, sharedSecret } = properties;
  const named = basic === "none" ? { appId, secret: sharedSecret?.reveal() } : basic;
  const { appId: tried } = named;
  if (tried === undefined) return refuseLogin("There is no App Id");
  if (identifier === undefined) return refuseLogin("There is no identifier", tried);
  if (authDomain === undefined) return refuseLogin("There is no authDomain", tried);
  return { appId: tried, secret: named.secret, identifier, authDomain };
}

/** Creates the failure of a client that was not recognised, with the reason. */
async function refuseClient(
  clients: ArdcClients,
  { appId, secret, byScript }: Pick<StatedIdentity, "appId" | "secret"> & { readonly byScript: boolean },
): Promise<ArdcFailure> {
  const given = secret !== undefined && secret.length > 0;
  const client = await clients.find(appId);
  if (client === undefined) {
    // Then the App Id that was sent is a secret.
    const exchanged = given && (await clients.find(textOf(secret))) !== undefined;
    return exchanged
      ? refuseLogin("App Id and secret are exchanged")
      : refuseLogin("The App Id is not registered", appId);
  }
  const { entries } = client;
  if (entries.length === 0) return refuseLogin("The App Id was revoked", appId);
  const hasSecret = entries.some(({ secrets }) => secrets.length > 0);
  const bySecret = !given
    ? "There is no secret"
    : hasSecret
      ? "The secret is wrong"
      : "The App Id has no secret";
  if (entries.every(({ addresses }) => addresses.length === 0)) return refuseLogin(bySecret, appId);
  const byAddress = byScript
    ? "a request of a web page is not recognised by its address"
    : "the address is not registered";
  return refuseLogin(`${bySecret}, and ${byAddress}`, appId);
}

/**
 * Authenticates a request, by the secret of its client or else the address of its client. Resolves to the identity with
 * its owner handle, which is created if there is none.
 */
export async function authenticate(
  context: ArdcContext,
  request: ParsedRequest,
): Promise<Owner | ArdcFailure> {
  const stated = readLogin(request);
  if (isFailure(stated)) return stated;
  const { appId, secret, identifier, authDomain } = stated;
  const byScript = isByPage(request);
  const caller = callerAddress(request, context.proxies);
  const remote = request.connection.remoteAddress;
  const address = caller === undefined ? remote : formatAddress(caller);
  const checked = await context.attempts.check(
    { identity: `ardc ${appId}`, address },
    () => context.clients.recognise({ appId, secret, address: byScript ? undefined : caller }),
    (outcome) => outcome !== undefined,
  );
  if ("retryAfter" in checked) {
    // What is not an App Id may be a secret in the wrong place.
    const isKnown = (await context.clients.find(appId)) !== undefined;
    const identity = isKnown ? shownAppId(appId) : undefined;
    const failedLogin = { scheme: "ardc", identity, reason: THROTTLED, throttled: true } as const;
    return { ...tooManyFailures(checked.retryAfter), failedLogin };
  }
  const known = checked.outcome;
  if (known === undefined) {
    return refuseClient(context.clients, { appId, secret, byScript });
  }
  if (known === "address" && secret !== undefined && secret.length > 0) {
    context.log?.warn("ARDC: a request with a wrong secret was accepted because of its address", {
      remote,
      appId: shownAppId(appId),
    });
  }
  const key = ownerKey(identifier, authDomain);
  const note = `App Id ${shownAppId(appId)}, ${printable(key)}`;
  const login = { scheme: "ardc", address, note };
  const handle = await context.identities.acquire(appId, key, login);
  return handle === undefined
    ? refuseLogin("The identity belongs to another App Id", appId)
    : { handle, key, login };
}
