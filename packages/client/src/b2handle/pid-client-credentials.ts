import {
  type Credentials,
  checkArgument,
  formatReference,
  isHandleError,
  type Secret,
} from "@handlekit/core";
import { checkCredentials } from "../settings.ts";
import { CredentialsFormatError, HandleSyntaxError } from "./exceptions.ts";
import { messageOf, toException } from "./to-exception.ts";

const NO_REFERENCE = /"(?:username|handleowner)" is not of the form index:prefix\/suffix/;

/** Returns the exception for a credentials file; B2HANDLE has another one for a user without an index. */
function loadFailure(error: unknown): unknown {
  if (!isHandleError(error, "invalid_credentials") || !NO_REFERENCE.test(error.message)) {
    return toException(error);
  }
  return new HandleSyntaxError(messageOf(error), { expectedSyntax: "index:prefix/suffix", cause: error });
}

/** @throws CredentialsFormatError, whose cause is the HandleError `invalid_options` */
function assertArgument(check: () => void): void {
  try {
    check();
  } catch (cause) {
    if (!isHandleError(cause)) throw cause;
    throw new CredentialsFormatError(messageOf(cause), { cause });
  }
}

/**
 * Credentials for writing or searching; credentials that allow neither are an error.
 *
 * @example
 * ```ts
 * const credentials = await PIDClientCredentials.loadFromJSON("credentials.json");
 * const client = await EUDATHandleClient.instantiateWithCredentials(credentials);
 * ```
 */
export class PIDClientCredentials {
  /** The loaded credentials; their secrets do not print. Show their `warnings`. */
  readonly credentials: Credentials;

  /**
   * @param credentials as `loadCredentials` of `@handlekit/credentials/file` resolves to
   * @throws CredentialsFormatError if they allow neither writing nor searching
   */
  constructor(credentials: Credentials) {
    assertArgument(() => checkCredentials("PIDClientCredentials", credentials));
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
   * Loads a credentials file and the files that it names, on Node, Deno or Bun.
   *
   * @param path the JSON file; paths in it are relative to its directory
   * @throws HandleSyntaxError if `username` or `handleowner` is not `index:prefix/suffix`; CredentialsFormatError for
   *   any other error, such as a missing file
   */
  static async loadFromJSON(path: string): Promise<PIDClientCredentials> {
    assertArgument(() => checkArgument("PIDClientCredentials.loadFromJSON", "path", path, ["string"]));
    const { loadCredentials } = await import("@handlekit/credentials/file");
    try {
      return new PIDClientCredentials(await loadCredentials(path));
    } catch (error) {
      throw loadFailure(error);
    }
  }

  /** Returns the user of a login with a password, `index:prefix/suffix`; null with a certificate, which names its user. */
  getUsername(): string | null {
    const { login } = this.credentials;
    return login?.kind === "password" ? formatReference(login.identity) : null;
  }

  /** Returns the password as a Secret, which does not print; `reveal()` returns its bytes. */
  getPassword(): Secret | null {
    const { login } = this.credentials;
    return login?.kind === "password" ? login.password : null;
  }

  /** Returns `handle_server_url`, or `baseuri`. */
  getServerURL(): string | null {
    return this.credentials.server ?? null;
  }

  /** Returns `prefix`, which this library itself does not use. */
  getPrefix(): string | null {
    return this.credentials.prefix ?? null;
  }

  /** Returns the owner of new handles, `index:prefix/suffix`. */
  getHandleowner(): string | null {
    const { handleOwner } = this.credentials;
    return handleOwner === undefined ? null : formatReference(handleOwner);
  }

  /** Returns the keys of the file that this library does not use; null if there are none. */
  getConfig(): Readonly<Record<string, unknown>> | null {
    const { config } = this.credentials;
    return Object.keys(config).length === 0 ? null : config;
  }

  /** Returns `reverselookup_username`, else `username`. */
  getReverselookupUsername(): string | null {
    return this.credentials.reverseLookup?.username ?? null;
  }

  /** Returns `reverselookup_password`, else `password`, as a Secret. */
  getReverselookupPassword(): Secret | null {
    return this.credentials.reverseLookup?.password ?? null;
  }

  /** Returns `reverselookup_baseuri`, else the handle server. */
  getReverselookupBaseuri(): string | null {
    return this.credentials.reverseLookup?.baseUrl ?? null;
  }
}
