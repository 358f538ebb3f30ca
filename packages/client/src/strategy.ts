import { createBasicAuth } from "@handlekit/auth/basic";
import { createClientCertificateAuth } from "@handlekit/auth/client-certificate";
import type { AuthStrategy } from "@handlekit/core";
import type { Credentials } from "@handlekit/credentials";

/**
 * The strategy that credentials stand for; undefined when they hold no login.
 *
 * @param login of the credentials
 * @param server the one address they are sent to
 * @throws HandleError `insecure_connection` when the server's address is not https
 */
export function strategyFor(login: Credentials["login"], server: string): AuthStrategy | undefined {
  if (login === undefined) return undefined;
  const origins = [server];
  if (login.kind === "password") {
    return createBasicAuth({ identity: login.identity, password: login.password, origins });
  }
  const { certificate, key, identity } = login;
  return createClientCertificateAuth({ tls: { certificate, key }, identity, origins });
}
