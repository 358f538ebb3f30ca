import { createArdcAuth } from "@handlekit/auth/ardc";
import { type AuthStrategy, HandleError } from "@handlekit/core";
import type { ArdcCredentials } from "./types.ts";

/**
 * The strategy that credentials stand for, the secret in a header.
 *
 * @throws HandleError `invalid_credentials` when something is missing, and what `createArdcAuth` throws
 */
export function strategyOf(credentials: ArdcCredentials, url: string): AuthStrategy {
  const { appId, sharedSecret, identifier, authDomain } = credentials;
  if (!appId || !identifier || !authDomain) {
    const missing = Object.entries({ appId, identifier, authDomain }).filter(([, value]) => !value);
    throw new HandleError("invalid_credentials", {
      message: `The ARDC credentials have no ${missing.map(([name]) => name).join(" and no ")}.`,
      hint: "The service wants appId, identifier and authDomain, and the shared secret unless it knows this computer's address.",
    });
  }
  return createArdcAuth({ appId, sharedSecret, identifier, authDomain, origins: [url] });
}
