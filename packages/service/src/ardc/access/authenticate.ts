import type { ServiceRequest } from "../../exchange-types.ts";
import { AUTHENTICATION_FAILED, type Failure, isFailure } from "../answer.ts";
import type { ArdcContext, Owner } from "../ardc-context.ts";
import { callerAddress } from "./caller-address.ts";
import { ownerKey } from "./identities.ts";
import { readLogin } from "./read-login.ts";

/**
 * Who sends a request, with its owner handle, which is made when there is none. A client is known by its secret, or
 * else by the address it calls from.
 */
export async function authenticate(context: ArdcContext, request: ServiceRequest): Promise<Owner | Failure> {
  const login = readLogin(request);
  if (isFailure(login)) return login;
  const { appId, secret, identifier, authDomain } = login;
  // A browser at a registered address sends what any page tells it to.
  const byScript = request.headers.origin !== undefined;
  const address = byScript ? undefined : callerAddress(request, context.proxies);
  const known = await context.clients.recognise({ appId, secret, address });
  const remote = request.connection.remoteAddress;
  if (known === undefined) {
    context.log?.info("ARDC: authentication failed", { remote });
    return AUTHENTICATION_FAILED;
  }
  if (known === "address" && secret !== undefined && secret.length > 0) {
    context.log?.warn("ARDC: a wrong secret from a registered address was let in", { remote, appId });
  }
  const key = ownerKey(identifier, authDomain);
  const handle = await context.identities.acquire(appId, key);
  return handle === undefined ? AUTHENTICATION_FAILED : { handle, key };
}
