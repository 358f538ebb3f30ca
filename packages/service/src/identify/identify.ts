import { parseHandleAuthorization } from "@handlekit/auth/wire";
import type { ValueReference } from "@handlekit/core";
import type { ServiceContext } from "../context.ts";
import type { Connection, ServiceRequest } from "../exchange-types.ts";
import { identifyBasic } from "./basic.ts";
import { identifyClientCertificate } from "./client-certificate.ts";

/** The outcome of looking at who sent a request. */
export type Identification =
  | { readonly outcome: "anonymous" }
  | { readonly outcome: "identified"; readonly identity: ValueReference }
  | { readonly outcome: "failed"; readonly errors: readonly string[] };

const ANONYMOUS: Identification = { outcome: "anonymous" };

/**
 * Makes the function that tells who sent a request. A client certificate counts on a connection from the first
 * request that says `clientCert="true"` until one says `"false"`; a failed one is a failure, not anonymity.
 * Over plain HTTP everybody is anonymous.
 */
export function createIdentify(
  context: ServiceContext,
): (request: ServiceRequest) => Promise<Identification> {
  const certificateInUse = new WeakSet<Connection>();

  const byCertificate = async (connection: Connection): Promise<Identification> => {
    const der = connection.clientCertificate;
    if (der === undefined) {
      return { outcome: "failed", errors: ["No client certificate was presented in the TLS handshake"] };
    }
    const found = await identifyClientCertificate(context.store, der, context.now());
    return "identity" in found
      ? { outcome: "identified", identity: found.identity }
      : { outcome: "failed", errors: [found.error] };
  };

  return async ({ headers, connection }) => {
    if (!connection.secure) return ANONYMOUS;
    const header = headers.authorization;
    if (header === undefined) return certificateInUse.has(connection) ? byCertificate(connection) : ANONYMOUS;
    if (/^basic( |$)/i.test(header)) {
      const identity = await identifyBasic(context.store, header);
      if (identity === undefined) return { outcome: "failed", errors: [] };
      return identity
        ? { outcome: "identified", identity }
        : { outcome: "failed", errors: ["Identity not verified"] };
    }
    const fields = parseHandleAuthorization(header);
    const clientCert = fields?.get("clientcert");
    if (clientCert === "true") certificateInUse.add(connection);
    if (clientCert === "false") certificateInUse.delete(connection);
    if (fields === undefined || clientCert === undefined) return { outcome: "failed", errors: [] };
    return certificateInUse.has(connection) ? byCertificate(connection) : ANONYMOUS;
  };
}
