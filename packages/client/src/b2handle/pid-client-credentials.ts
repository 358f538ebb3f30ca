import { formatReference, isHandleError, type Secret } from "@handlekit/core";
import type { Credentials } from "@handlekit/credentials";
import { CredentialsFormatError, HandleSyntaxError } from "./exceptions.ts";
import { messageOf, toException } from "./to-exception.ts";

const NO_REFERENCE = /"(?:username|handleowner)" is not of the form index:prefix\/suffix/;

/** B2HANDLE tells a user without an index from all else that is wrong with a file. */
function loadFailure(error: unknown): unknown {
  if (!isHandleError(error, "invalid_credentials") || !NO_REFERENCE.test(error.message)) {
    return toException(error);
  }
  return new HandleSyntaxError(messageOf(error), { expectedSyntax: "index:prefix/suffix", cause: error });
}

/**
 * Credentials that can be used for writing or searching; those that can do neither are an error.
 *
 * @example
 * ```ts
 * const credentials = await PIDClientCredentials.loadFromJSON("credentials.json");
 * const client = await EUDATHandleClient.instantiateWithCredentials(credentials);
 * ```
 */
export class PIDClientCredentials {
  /** Everything that was loaded; its secrets do not print. Show its `warnings`. */
  readonly credentials: Credentials;

  /**
   * @param credentials what `loadCredentials` of `@handlekit/credentials/file` gives
   * @throws CredentialsFormatError when they allow neither writing nor searching
   */
  constructor(credentials: Credentials) {
    const { login, reverseLookup: { baseUrl, username, password } = {}, source } = credentials;
    const mayWrite = login !== undefined;
    if (!mayWrite && (baseUrl === undefined || username === undefined || password === undefined)) {
      throw new CredentialsFormatError(
        `${source} allows neither writing nor searching. Give username and password, private_key and certificate_only, or certificate_and_key; reading needs no credentials.`,
      );
    }
    this.credentials = credentials;
  }

  /**
   * Loads a credentials file and the files it names; needs Node, Deno or Bun.
   *
   * @param path of the JSON file; paths in it are relative to its directory
   * @throws HandleSyntaxError when `username` or `handleowner` is not `index:prefix/suffix`; CredentialsFormatError for
   *   all else, a missing file included
   */
  static async loadFromJSON(path: string): Promise<PIDClientCredentials> {
    const { loadCredentials } = await import("@handlekit/credentials/file");
    try {
      return new PIDClientCredentials(await loadCredentials(path));
    } catch (error) {
      throw loadFailure(error);
    }
  }

  /** `index:prefix/suffix` of the password login; null with a certificate, which names its user itself. */
  getUsername(): string | null {
    const { login } = this.credentials;
    return login?.kind === "password" ? formatReference(login.identity) : null;
  }

  /** The password as a Secret, which does not print; `reveal()` gives its bytes. */
  getPassword(): Secret | null {
    const { login } = this.credentials;
    return login?.kind === "password" ? login.password : null;
  }

  /** `handle_server_url`, or `baseuri`. */
  getServerURL(): string | null {
    return this.credentials.server ?? null;
  }

  /** `prefix`, which this library has no use for itself. */
  getPrefix(): string | null {
    return this.credentials.prefix ?? null;
  }

  /** `index:prefix/suffix`. */
  getHandleowner(): string | null {
    const { handleOwner } = this.credentials;
    return handleOwner === undefined ? null : formatReference(handleOwner);
  }

  /** The keys of the file that this library has no use for; null when there are none. */
  getConfig(): Readonly<Record<string, unknown>> | null {
    const { config } = this.credentials;
    return Object.keys(config).length === 0 ? null : config;
  }

  /** `reverselookup_username`, else `username`. */
  getReverselookupUsername(): string | null {
    return this.credentials.reverseLookup?.username ?? null;
  }

  /** `reverselookup_password`, else `password`; a Secret. */
  getReverselookupPassword(): Secret | null {
    return this.credentials.reverseLookup?.password ?? null;
  }

  /** `reverselookup_baseuri`, else the handle server. */
  getReverselookupBaseuri(): string | null {
    return this.credentials.reverseLookup?.baseUrl ?? null;
  }
}
