import { checkOptions, decodeUtf8, invalidOptions, type Secret } from "@handlekit/core";
import pg from "pg";

/** How to connect, and the name of the database for messages, which has no password. */
export interface Connection {
  readonly config: pg.ClientConfig;
  readonly name: string;
}

/** Clients commonly wait for 10 seconds, and a request may need more than one statement. */
const STATEMENT_MS = 5000;
/** A connection whose statement has no answer for this long is closed: the server or the network is gone. */
const ANSWER_MS = STATEMENT_MS + 1000;
const CONNECT_MS = 5000;

function parseAddress(text: string): URL {
  const hint = "Write postgres://user@host:5432/database.";
  // The error of the URL would have the whole text, with a password.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^postgres(ql)?:$/.test(url.protocol)) return url;
  throw invalidOptions("openPostgres: the option connectionString is not a postgres:// URL.", hint);
}

function addPassword(url: URL, password: Secret): void {
  const text = decodeUtf8(password.reveal());
  if (text === undefined) throw invalidOptions("openPostgres: the option password is not UTF-8.");
  // As a parameter, because an address of a socket has no place for a user.
  url.searchParams.set("password", text);
  url.password = "";
}

/**
 * Returns how to connect to a database.
 *
 * @throws HandleError `invalid_options` if the connection string is not a URL, without showing it
 */
export function parseConnection(connectionString: string, password: Secret | undefined): Connection {
  const url = parseAddress(connectionString);
  if (password !== undefined) {
    checkOptions("openPostgres: the option password", password, { reveal: ["function"] });
    addPassword(url, password);
  }
  const config: pg.ClientConfig = {
    connectionString: url.href,
    application_name: "handlekit",
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  };
  const { host, port, database } = new pg.Client(config);
  return { config, name: `postgres://${host}:${port}/${database ?? ""}` };
}
