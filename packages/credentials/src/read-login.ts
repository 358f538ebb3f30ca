import { secret, type ValueReference } from "@handlekit/core";
import type { DocumentLogin } from "./credentials.ts";
import type { Reporter } from "./problem.ts";
import type { Fields, TextField } from "./read-fields.ts";

/** One way to log in, complete or not. */
interface Candidate {
  readonly given: readonly TextField[];
  readonly missing: readonly TextField[];
  readonly login?: DocumentLogin | undefined;
}

function list(names: readonly string[]): string {
  return `${names.map((name) => `"${name}"`).join(" and ")} ${names.length === 1 ? "is" : "are"}`;
}

function candidate(fields: Fields, names: readonly TextField[], login: DocumentLogin | undefined): Candidate {
  const given = names.filter((name) => fields[name] !== undefined);
  return { given, missing: names.filter((name) => fields[name] === undefined), login };
}

function certificate(
  certificateFile: string | undefined,
  keyFile: string | undefined,
): DocumentLogin | undefined {
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  return { kind: "certificate", certificateFile, keyFile };
}

/**
 * Chooses the login: a certificate goes before a password, as in B2HANDLE.
 *
 * @param identity the user that `username` names
 * @throws HandleError `invalid_credentials` when no login is complete and one has begun
 */
export function readLogin(
  fields: Fields,
  identity: ValueReference | undefined,
  reporter: Reporter,
): DocumentLogin | undefined {
  const { password, private_key: key, certificate_only: only, certificate_and_key: both } = fields;
  const candidates = [
    candidate(fields, ["certificate_and_key"], certificate(both, both)),
    candidate(fields, ["private_key", "certificate_only"], certificate(only, key)),
    candidate(
      fields,
      ["username", "password"],
      identity && password !== undefined
        ? { kind: "password", identity, password: secret(password) }
        : undefined,
    ),
  ].filter(({ given }) => given.length > 0);

  const chosen = candidates.find(({ login }) => login !== undefined);
  const [first] = candidates;
  if (!chosen && first) {
    throw reporter.fail(
      candidates.map(({ given, missing }) => `${list(given)} given, but ${list(missing)} missing`).join("; "),
      String(first.given[0]),
      "Give both fields of a pair, or neither; an empty text counts as missing.",
    );
  }
  for (const { given, missing } of candidates.filter((other) => other !== chosen)) {
    const why = missing.length > 0 ? ` (${list(missing)} missing)` : "";
    reporter.warn(`${list(given)} ignored${why}: ${list(chosen?.given ?? [])} used to log in`, given[0]);
  }
  return chosen?.login;
}
