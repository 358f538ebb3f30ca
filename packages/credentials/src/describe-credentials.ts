import { formatReference } from "@handlekit/core";
import type { ArdcCredentials, Credentials, ReverseLookup } from "./credentials.ts";
import { printable } from "./problem.ts";

const REDACTED = "[redacted]";

function describeLogin(login: Credentials["login"]): string {
  if (login === undefined) return "none, for reading only";
  if (login.kind === "password") return `user ${formatReference(login.identity)} with a password`;
  const who = login.identity ? formatReference(login.identity) : "a subject that names no user";
  return `certificate of ${who}, valid until ${login.notAfter.toISOString()}`;
}

function describeTrust(httpsVerify: Credentials["httpsVerify"]): string {
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
    `shared secret ${sharedSecret === undefined ? "none, so ARDC must know this address" : REDACTED}`,
    `identifier ${identifier ?? "missing"}`,
    `authDomain ${authDomain ?? "missing"}`,
  ].join(", ");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/**
 * Says what was found, where, and what of it is used, in lines for a terminal; every secret is `[redacted]`.
 *
 * @param credentials as they were loaded
 * @returns one line for each key, an empty line, and one for each of server, login, trust, owner, search and ARDC that
 *   there is; no line break at the end
 * @example
 * ```ts
 * console.log(describeCredentials(await loadCredentials("credentials.json")));
 * // password  credentials.json:3:15  [redacted]
 * // ...
 * ```
 */
export function describeCredentials(credentials: Credentials): string {
  const { server, login, httpsVerify, prefix, handleOwner, reverseLookup, ardc, config, found } = credentials;
  const keys = found.map(({ key, where, shown, ignored }) => [
    key,
    printable(where),
    `${shown ?? REDACTED}${ignored ? " (not used)" : ""}`,
  ]);
  const appId = found.find(({ key }) => key === "appId")?.shown;
  const others = Object.keys(config).length;
  const summary: readonly (readonly [string, string | undefined])[] = [
    ["server", server ?? "none given"],
    ["login", describeLogin(login)],
    ["trust", describeTrust(httpsVerify)],
    ["prefix", prefix],
    ["owner", handleOwner && `${formatReference(handleOwner)} owns new handles`],
    ["search", reverseLookup && describeSearch(reverseLookup)],
    ["ARDC", ardc && describeArdc(ardc, appId)],
    [
      "others",
      others === 0 ? undefined : `${others} key${others === 1 ? "" : "s"} without effect, not shown`,
    ],
  ];
  const known = summary.flatMap(([name, text]) => (text === undefined ? [] : [[name, printable(text)]]));
  return [...table(keys), ...(keys.length === 0 ? [] : [""]), ...table(known)].join("\n");
}
