import { type BasicCredentials, decodeBasic } from "@handlekit/auth/wire";
import {
  checkArgument,
  checkOptions,
  decodeUtf8,
  encodeUtf8,
  foldCase,
  invalidOptions,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import type { FailedLogin } from "../http/message.ts";
import type { ParsedRequest } from "../http/parsed-request.ts";
import type { Attempts } from "./attempts.ts";
import { describeFailure } from "./failed-login.ts";
import { identifyBasic, sameSecret } from "./secret-key.ts";

/** A read-only account for searching, which is no handle. */
export interface SearchAccount {
  /** Any text without a slash, a colon or a percent sign, so that it is no `index:prefix/suffix`. */
  readonly username: string;
  readonly password: Secret;
  /** The prefixes that it may search. Default all that are homed. */
  readonly prefixes?: readonly string[] | undefined;
}

/** Options of searching, `/hrls`. */
export interface SearchOptions {
  /** The accounts that may search, besides the identities with LIST_HANDLES. Default none. */
  readonly accounts?: readonly SearchAccount[] | undefined;
}

/** Who wants to search; neither an identity nor an account for a request without a login, or one that failed. */
export interface SearchIdentification {
  readonly identity?: ValueReference | undefined;
  readonly account?:
    | { readonly username: string; readonly prefixes: ReadonlySet<string> | undefined }
    | undefined;
  /** `basic` for a login that succeeded. */
  readonly scheme?: string | undefined;
  readonly failedLogin?: FailedLogin | undefined;
  /** The seconds after which the client may try again; nothing was checked. */
  readonly retryAfter?: number | undefined;
}

/** Authenticates a request to search. */
export type SearchLogin = (
  request: Pick<ParsedRequest, "headers" | "connection" | "ambientLogin">,
) => Promise<SearchIdentification>;

/** @throws HandleError `invalid_options` that names the option */
export function checkSearchOptions(caller: string, options: SearchOptions): void {
  checkOptions(`${caller}: search`, options, { accounts: ["array", "undefined"] });
  const names = new Set<string>();
  for (const account of options.accounts ?? []) {
    const rules = {
      username: ["string"],
      password: ["object"],
      prefixes: ["array", "undefined"],
    } as const;
    checkOptions(`${caller}: search.accounts`, account, rules);
    const { username, password, prefixes = [] } = account;
    const refuse = (what: string, hint: string) =>
      invalidOptions(`${caller}: an entry of the option search.accounts ${what}.`, hint);
    if (!/^[^/:%\p{Cc}]+$/u.test(username)) {
      throw refuse(
        "has a username that is empty, or has a slash, a colon, a percent sign or a control character",
        "Write a plain name: handle identities (index:prefix/suffix) can search without an account.",
      );
    }
    if (names.has(username)) {
      throw refuse("has the username of another one", "Give each account a name of its own.");
    }
    names.add(username);
    checkArgument(`${caller}: search.accounts`, "the method reveal of the password", password.reveal, [
      "function",
    ]);
    if (password.reveal().length === 0) {
      throw refuse("has an empty password", "Everybody could search with it.");
    }
    for (const prefix of prefixes) {
      checkArgument(`${caller}: search.accounts`, "an entry of the option prefixes", prefix, ["string"]);
    }
  }
}

/** Returns the password as it is, and if it is percent-encoded, decoded too: B2HANDLE encodes it. */
function readings(password: Uint8Array): readonly Uint8Array[] {
  const text = decodeUtf8(password);
  if (!text?.includes("%")) return [password];
  try {
    return [password, encodeUtf8(decodeURIComponent(text))];
  } catch {
    return [password];
  }
}

/** Compared with the password of an unknown user, so that the time does not show which users there are. */
const NO_PASSWORD = new Uint8Array(16);

/**
 * Creates the function that authenticates searches, by Basic over TLS alone: as an identity with an HS_SECKEY value, or
 * as one of the accounts. A password is compared as it is and percent-decoded, which counts as one attempt.
 */
export function createSearchLogin({
  store,
  attempts,
  accounts = [],
}: SearchOptions & { readonly store: HandleStore; readonly attempts: Attempts }): SearchLogin {
  const known = new Map(
    accounts.map(({ username, password, prefixes }) => [
      username,
      { password: password.reveal(), prefixes: prefixes && new Set(prefixes.map(foldCase)) },
    ]),
  );

  const verify = async ({
    user,
    password,
  }: BasicCredentials): Promise<SearchIdentification | { readonly why: string }> => {
    const given = readings(password);
    if (!user.includes("/")) {
      const account = known.get(user);
      const isRight = given.map((each) => sameSecret(each, account?.password ?? NO_PASSWORD)).includes(true);
      if (account === undefined) return { why: "There is no account of this name" };
      if (!isRight) return { why: "The password is wrong" };
      return { account: { username: user, prefixes: account.prefixes }, scheme: "basic" };
    }
    let why = "";
    for (const each of given) {
      const found = await identifyBasic(store, { user, password: each });
      if ("identity" in found) return { identity: found.identity, scheme: "basic" };
      why = found.why;
    }
    return { why };
  };

  return async ({ headers, connection, ambientLogin }) => {
    const { authorization } = headers;
    if (!connection.secure || !ambientLogin || authorization === undefined) return {};
    const given = decodeBasic(authorization);
    const failed = (more: { readonly why?: string; readonly retryAfter?: number } = {}): FailedLogin => {
      const described = describeFailure(
        { headers },
        { failed: "credentials", errors: [], tried: given?.user, ...more },
      );
      // Another text may be a password in the wrong place.
      return given && known.has(given.user) ? { ...described, identity: given.user } : described;
    };
    if (given === undefined) return { failedLogin: failed() };
    const checked = await attempts.check(
      { identity: given.user, address: connection.remoteAddress },
      () => verify(given),
      (outcome) => !("why" in outcome),
    );
    if ("retryAfter" in checked) return { ...checked, failedLogin: failed(checked) };
    return "why" in checked.outcome ? { failedLogin: failed(checked.outcome) } : checked.outcome;
  };
}
