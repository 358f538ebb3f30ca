import { formatReference, invalidOptions, printable } from "@handlekit/core";
import type { ArdcCredentials, Credentials, ReverseLookup } from "./credentials.ts";
import { checkMembers } from "./report.ts";

const REDACTED = "[redacted]";

function describeLogin(login: Credentials["login"]): string {
  if (login === undefined) return "none, for reading only";
  if (login.kind === "password") return `user ${formatReference(login.identity)} with a password`;
  const who = login.identity ? formatReference(login.identity) : "a subject that names no user";
  return `certificate of ${who}, valid until ${login.notAfter.toISOString()}`;
}

function describeTrust({ httpsVerify, trust }: Credentials): string {
  if (trust && "certificate" in trust) return "only the server with the given certificate";
  if (trust && "publicKey" in trust) return "only the server with the given public key";
  if (trust) return `only the server whose certificate has the fingerprint ${trust.fingerprint}`;
  if (typeof httpsVerify !== "object") return `the server is ${httpsVerify ? "verified" : "NOT VERIFIED"}`;
  const count = httpsVerify.ca.split("-----BEGIN CERTIFICATE-----").length - 1;
  return `the server is verified with ${count} CA certificate${count === 1 ? "" : "s"}`;
}

function describeSearch({ baseUrl, urlExtension, username, password }: ReverseLookup): string {
  const missing = Object.entries({ URL: baseUrl, user: username, password })
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  const where = [baseUrl, urlExtension].filter((part) => part !== undefined).join("/");
  const who = username === undefined ? "" : ` as ${username}`;
  return `${where}${who}${missing.length === 0 ? "" : ` (not possible without ${missing.join(", ")})`}`.trim();
}

function describeArdc(
  { sharedSecret, identifier, authDomain }: ArdcCredentials,
  shownAppId?: string,
): string {
  return [
    `appId ${shownAppId ?? "missing"}`,
    `shared secret ${sharedSecret === undefined ? "none, so ARDC must identify you by your IP address" : REDACTED}`,
    `identifier ${identifier ?? "missing"}`,
    `authDomain ${authDomain ?? "missing"}`,
  ].join(", ");
}

/** Returns the lines of a table whose cells are printable. */
function table(cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map((cell) => printable(cell)));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Checks the members that plain JavaScript may have got wrong, or that the result of `parseCredentials` does not have. */
function checkCredentials(credentials: Credentials): void {
  checkMembers("describeCredentials", "credentials", credentials, {
    login: ["object", "undefined"],
    httpsVerify: ["boolean", "object"],
    trust: ["object", "undefined"],
    reverseLookup: ["object", "undefined"],
    handleOwner: ["object", "undefined"],
    ardc: ["object", "undefined"],
    config: ["object"],
    found: ["array"],
  });
  const { login, httpsVerify, trust, found } = credentials;
  const named = !trust || "certificate" in trust || "publicKey" in trust || "fingerprint" in trust;
  const trusted = named && (typeof httpsVerify === "boolean" || typeof httpsVerify.ca === "string");
  const identified = login?.kind === "password" ? login.identity : login?.notAfter instanceof Date;
  if (!trusted || (login && !identified)) {
    throw invalidOptions(
      "describeCredentials: credentials have not been loaded.",
      "Give the result of loadCredentials or resolveCredentials.",
    );
  }
  for (const each of found) {
    checkMembers("describeCredentials", "an element of credentials.found", each, {
      key: ["string"],
      where: ["string"],
      shown: ["string", "undefined"],
    });
  }
}

/**
 * Describes the keys that were found and the settings that are used, in lines for a terminal. Every secret is
 * `[redacted]`.
 *
 * @param credentials the result of `loadCredentials` or `resolveCredentials`
 * @returns one line for each key, an empty line, and one line for each setting; no line break at the end. Characters that
 *   cannot be seen, or that could change what a terminal shows, are escaped
 * @throws HandleError `invalid_options` when `credentials` is something else
 * @example
 * ```ts
 * console.log(describeCredentials(await loadCredentials("credentials.json")));
 * // password  credentials.json:3:15  [redacted]
 * // ...
 * ```
 */
export function describeCredentials(credentials: Credentials): string {
  checkCredentials(credentials);
  const { server, login, prefix, handleOwner, reverseLookup, ardc, config, found } = credentials;
  const keys = found.map(({ key, where, shown, ignored }) => [
    key,
    where,
    `${shown ?? REDACTED}${ignored ? " (not used)" : ""}`,
  ]);
  const appId = found.find(({ key }) => key === "appId")?.shown;
  const others = Object.keys(config).length;
  const summary: readonly (readonly [string, string | undefined])[] = [
    ["server", server ?? "none given"],
    ["login", describeLogin(login)],
    ["trust", describeTrust(credentials)],
    ["prefix", prefix],
    ["owner", handleOwner && `${formatReference(handleOwner)} owns new handles`],
    ["search", reverseLookup && describeSearch(reverseLookup)],
    ["ARDC", ardc && describeArdc(ardc, appId)],
    [
      "others",
      others === 0 ? undefined : `${others} key${others === 1 ? "" : "s"} without effect, not shown`,
    ],
  ];
  const known = summary.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]));
  return [...table(keys), ...(keys.length === 0 ? [] : [""]), ...table(known)].join("\n");
}
