import { checkOptions, decodeUtf8, invalidOptions, quoteForMessage, type Secret } from "@handlekit/core";
import pg from "pg";

/** How to connect, and the name of the database for messages, which has no password. */
export interface Connection {
  /** One for each host, in the order of the address. */
  readonly hosts: readonly [pg.ClientConfig, ...pg.ClientConfig[]];
  /** Whether a host that does not accept writes, such as a standby, is left for the next one. */
  readonly needsPrimary: boolean;
  readonly name: string;
}

/** Clients commonly wait for 10 seconds, and a request may need more than one statement. */
const STATEMENT_MS = 5000;
/** A connection whose statement has no answer for this long is closed: the server or the network is gone. */
const ANSWER_MS = STATEMENT_MS + 1000;
/** With several hosts there is another one to try. */
const CONNECT_MS = { one: 5000, several: 2000 } as const;

const HINT = "Write postgres://user@host:5432/database, or several hosts as host1:5432,host2:5432.";
const ATTRIBUTES = "target_session_attrs";
const NEEDS_PRIMARY: Readonly<Record<string, boolean>> = { any: false, "read-write": true, primary: true };

const refuseAddress = () =>
  invalidOptions("openPostgres: the option connectionString is not a postgres:// URL.", HINT);

/** Returns the URLs of the hosts of an address, which names them before the path or in the parameters host and port. */
function splitHosts(text: string): [URL, ...URL[]] {
  const [, scheme, authority = "", rest = ""] = /^(postgres(?:ql)?:\/\/)([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) throw refuseAddress();
  const at = authority.lastIndexOf("@") + 1;
  const urls = authority
    .slice(at)
    .split(",")
    .flatMap((host) => {
      const each = `${scheme}${authority.slice(0, at)}${host}${rest}`;
      // The error of the URL would have the whole text, with a password.
      if (!URL.canParse(each)) throw refuseAddress();
      return splitParameters(new URL(each));
    });
  return urls as [URL, ...URL[]];
}

/** The addresses of sockets can only be parameters. */
function splitParameters(url: URL): URL[] {
  const hosts = url.searchParams.get("host")?.split(",") ?? [];
  if (hosts.length < 2) return [url];
  const ports = url.searchParams.get("port")?.split(",") ?? [];
  return hosts.map((host, i) => {
    const each = new URL(url);
    each.searchParams.set("host", host);
    const port = ports[i] ?? ports[0];
    if (port !== undefined) each.searchParams.set("port", port);
    return each;
  });
}

function addPassword(url: URL, password: Secret): void {
  const text = decodeUtf8(password.reveal());
  if (text === undefined) throw invalidOptions("openPostgres: the option password is not UTF-8.");
  // As a parameter, because an address of a socket has no place for a user.
  url.searchParams.set("password", text);
  url.password = "";
}

/** Takes the parameter target_session_attrs, which `pg` does not know, from the URLs. */
function takeAttributes(urls: readonly URL[]): boolean {
  const given = urls[0]?.searchParams.get(ATTRIBUTES) ?? (urls.length > 1 ? "read-write" : "any");
  for (const url of urls) url.searchParams.delete(ATTRIBUTES);
  const needsPrimary = Object.hasOwn(NEEDS_PRIMARY, given) ? NEEDS_PRIMARY[given] : undefined;
  if (needsPrimary !== undefined) return needsPrimary;
  throw invalidOptions(
    `openPostgres: ${ATTRIBUTES} in the option connectionString is none of ${Object.keys(NEEDS_PRIMARY).join(", ")}.`,
    "Leave it out: of several hosts, the one that accepts writes is used.",
  );
}

/** Reads an address as `pg` does, which also reads the files that it names. */
function readAddress(config: pg.ClientConfig): pg.Client {
  try {
    return new pg.Client(config);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    // Other errors may quote the address.
    if (code === undefined || path === undefined) throw refuseAddress();
    throw invalidOptions(
      `openPostgres: the file ${quoteForMessage(path)}, which the option connectionString names, cannot be read (${code}).`,
      "Check sslcert, sslkey and sslrootcert.",
    );
  }
}

/**
 * Returns how to connect to a database.
 *
 * @throws HandleError `invalid_options` if the connection string cannot be used, without showing it
 */
export function parseConnection(connectionString: string, password: Secret | undefined): Connection {
  const urls = splitHosts(connectionString);
  const needsPrimary = takeAttributes(urls);
  if (password !== undefined) {
    checkOptions("openPostgres: the option password", password, { reveal: ["function"] });
    for (const url of urls) addPassword(url, password);
  }
  const [first, ...more] = urls.map(
    (url): pg.ClientConfig => ({
      connectionString: url.href,
      application_name: "handlekit",
      connectionTimeoutMillis: urls.length > 1 ? CONNECT_MS.several : CONNECT_MS.one,
      statement_timeout: STATEMENT_MS,
      lock_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    }),
  );
  if (first === undefined) throw refuseAddress();
  const clients = [first, ...more].map(readAddress);
  const where = clients.map(({ host, port }) => `${host}:${port}`).join(",");
  return { hosts: [first, ...more], needsPrimary, name: `postgres://${where}/${clients[0]?.database ?? ""}` };
}
