import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  type AuthStrategy,
  isHandleError,
  type ServerTrust,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";

/** A transport: the members of the one of `@handlekit/transport` that the suite uses. */
export interface TransportLike {
  send(
    request: WireRequest,
    options?: { readonly strategy?: AuthStrategy | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<WireResponse>;
  close(): Promise<void>;
}

/** The transports that {@link describeTransport} tests. */
export interface TransportSubject {
  /**
   * Creates a transport. The suite closes it.
   *
   * @param options `ca` is the PEM of the CA certificates to trust, by default those of the platform; `trust` is the
   *   server's own certificate, key or fingerprint, to be trusted alone
   * @throws HandleError `invalid_options` or `not_supported`, as `send` may, if `trusts` is false and there is a `trust`
   */
  createTransport(options: {
    readonly ca?: string | undefined;
    readonly trust?: ServerTrust | undefined;
  }): TransportLike | Promise<TransportLike>;
  /** Whether `trust` can be obeyed. Default true; if false, it must be refused. */
  readonly trusts?: boolean | undefined;
  /** PEM: a certificate for 127.0.0.1 that the platform does not trust, its key, and the CA certificate to trust for it. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly ca: string };
}

/** A server of the suite and a transport that trusts it. */
export interface Running {
  readonly transport: TransportLike;
  readonly origin: string;
}

/** Part of every secret that the suite sends. */
export const CANARY = "S3CR3T-of-describe-transport";

/** Runs a test with a server on the loopback interface and a transport that trusts it. */
export async function withServer(
  { tls, createTransport }: TransportSubject,
  listener: RequestListener,
  run: (running: Running) => Promise<void>,
): Promise<void> {
  const server = createServer({ cert: tls.certificate, key: tls.key }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = await createTransport({ ca: tls.ca });
  try {
    await run({ transport, origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
  } finally {
    await transport.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

/** Resolves to the code of the HandleError that a request rejects with, else to what happened instead. */
export async function codeOf(sent: Promise<WireResponse>): Promise<string> {
  try {
    return `answered with ${(await sent).status}`;
  } catch (error) {
    return isHandleError(error) ? error.code : `threw ${String(error)}`;
  }
}
