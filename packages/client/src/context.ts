import { type Connection, createConnection } from "./connection/connection.ts";
import { type ClientCredentials, type ClientOptions, type ClientSettings, readSettings } from "./settings.ts";

/** The settings and the connection of a client. */
export interface ClientContext {
  readonly settings: ClientSettings;
  readonly connection: Connection;
  /** Closes the strategy and the transport, if the client created them. */
  close(): Promise<void>;
}

/**
 * Opens the context of a client; nothing is sent.
 *
 * @throws HandleError as `createClient` does
 */
export function openContext(credentials: ClientCredentials, options: ClientOptions): ClientContext {
  const settings = readSettings(credentials, options);
  return {
    settings,
    connection: createConnection(settings),
    async close() {
      try {
        if (settings.ownsStrategy) await settings.strategy?.close?.();
      } finally {
        if (settings.ownsTransport) await settings.transport.close();
      }
    },
  };
}
