import { hasLoneSurrogate, MAX_INDEX, parseReference, secret, type ValueReference } from "@handlekit/core";
import type { DocumentLogin } from "../credentials.ts";
import type { Fields, TextField } from "../layer/fields.ts";
import type { Layer } from "../layer/layer.ts";
import { listNames } from "../report.ts";

const IDENTITY = /^(\d+):[^:/]+\/./s;

/**
 * Returns the reference in a field; unlike in core, its index is required.
 *
 * @throws HandleError `invalid_credentials` when it is not index:prefix/suffix
 */
export function readIdentity(
  { fields, reporter }: Layer,
  field: "username" | "handleowner",
): ValueReference | undefined {
  const text = fields[field];
  if (text === undefined) return undefined;
  const index = IDENTITY.exec(text)?.[1];
  if (index === undefined || Number(index) > MAX_INDEX || hasLoneSurrogate(text)) {
    throw reporter.fail(
      `"${reporter.name(field)}" is not of the form index:prefix/suffix${index ? `, with an index up to ${MAX_INDEX}` : ""}`,
      field,
      "For example 300:20.500.12345/USER1: the index of the key or password, a colon, the handle that contains it.",
    );
  }
  if (/[\p{White_Space}\p{Cf}]$/u.test(text)) {
    reporter.warn(`"${reporter.name(field)}" ends in a blank or an invisible character, which counts`, field);
  }
  return parseReference(text);
}

/** One way to log in, complete or not. */
interface Candidate {
  readonly given: readonly TextField[];
  readonly missing: readonly TextField[];
  readonly login: DocumentLogin | undefined;
}

/** The login, and the fields that it does not use. */
export interface LoginChoice {
  readonly login: DocumentLogin | undefined;
  readonly ignored: readonly TextField[];
}

function candidate(fields: Fields, names: readonly TextField[], login: DocumentLogin | undefined): Candidate {
  const given = names.filter((name) => fields[name] !== undefined);
  return { given, missing: names.filter((name) => fields[name] === undefined), login };
}

function certificate(
  certificateFile: string | undefined,
  keyFile: string | undefined,
  passphrase: string | undefined,
): DocumentLogin | undefined {
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  const opened = passphrase === undefined ? {} : { passphrase: secret(passphrase) };
  return { kind: "certificate", certificateFile, keyFile, ...opened };
}

/**
 * Chooses the login. A certificate takes precedence over a password, as in B2HANDLE.
 *
 * @param identity the user of `username`
 * @throws HandleError `invalid_credentials` when there are only incomplete logins
 */
export function readLogin({ fields, reporter }: Layer, identity: ValueReference | undefined): LoginChoice {
  const { password, passphrase } = fields;
  const { private_key: key, certificate_only: only, certificate_and_key: both } = fields;
  const list = (names: readonly string[]) =>
    `${listNames(names.map(reporter.name))} ${names.length === 1 ? "is" : "are"}`;
  const candidates = [
    candidate(fields, ["certificate_and_key"], certificate(both, both, passphrase)),
    candidate(fields, ["private_key", "certificate_only"], certificate(only, key, passphrase)),
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
  const others = candidates.filter((other) => other !== chosen);
  for (const { given, missing } of others) {
    const why = missing.length > 0 ? ` (${list(missing)} missing)` : "";
    reporter.warn(`${list(given)} ignored${why}: ${list(chosen?.given ?? [])} used to log in`, given[0]);
  }
  const ignored = others.flatMap(({ given }) => given);
  if (passphrase !== undefined && chosen?.login?.kind !== "certificate") {
    reporter.warn('"passphrase" is ignored: no private key is used to log in', "passphrase");
    ignored.push("passphrase");
  }
  return { login: chosen?.login, ignored };
}
