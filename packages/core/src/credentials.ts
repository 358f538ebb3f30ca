import type { ValueReference } from "./reference.ts";
import type { Secret } from "./secret.ts";

/** The keys of a document that configure the client of a handle server; absent ones have the client's default. */
export interface ClientConfig {
  /** `REST_API_url_extension` without slashes at its ends, such as `api/handles`. */
  readonly restApiUrlExtension?: string | undefined;
  /** `HS_ADMIN_permissions`: twelve binary digits, list handles first. */
  readonly adminPermissions?: string | undefined;
  /** `modify_HS_ADMIN`. */
  readonly modifyAdmin?: boolean | undefined;
  /** `10320LOC_chooseby`, as it is written. */
  readonly locChooseBy?: string | undefined;
  /** `allowed_search_keys`; an empty list allows every key. */
  readonly allowedSearchKeys?: readonly string[] | undefined;
}

/**
 * The search servlet. Searching needs `baseUrl`, `username` and `password`; members that the document
 * does not give are taken from the server and the login, as far as they are there.
 */
export interface ReverseLookup {
  /** `reverselookup_baseuri`, else the handle server: an absolute http or https URL without a slash at its end. */
  readonly baseUrl?: string | undefined;
  /** `reverselookup_url_extension` without slashes at its ends, such as `hrls/handles`. */
  readonly urlExtension?: string | undefined;
  /** `reverselookup_username`, else `username`, as it is written: it need not be index:prefix/suffix. */
  readonly username?: string | undefined;
  /** `reverselookup_password`, else `password`. */
  readonly password?: Secret | undefined;
}

/** An account of ARDC's Handle service: the institution by `appId` and secret, the owner of handles by the other two. */
export interface ArdcCredentials {
  readonly appId?: string | undefined;
  /** Absent where ARDC knows the institution by the address it calls from. */
  readonly sharedSecret?: Secret | undefined;
  readonly identifier?: string | undefined;
  readonly authDomain?: string | undefined;
}

/** One key that was found. */
export interface FoundKey {
  /** The key as a document has it, such as `username`, also when an environment variable gave it. */
  readonly key: string;
  /** `credentials.json:3:15`, or the name of the variable. */
  readonly where: string;
  /** Its content, fit to be shown; absent when that is a secret or was not read. */
  readonly shown?: string | undefined;
  /** True when something else was used instead. */
  readonly ignored?: true | undefined;
}

/** The members that documents and loaded credentials share. */
export interface CommonCredentials {
  /** Absolute http or https URL without a slash at its end. */
  readonly server?: string | undefined;
  readonly prefix?: string | undefined;
  /** Who owns new handles. */
  readonly handleOwner?: ValueReference | undefined;
  /** Present when a key of it was given, or when the server and a password login allow searching. */
  readonly reverseLookup?: ReverseLookup | undefined;
  readonly clientConfig: ClientConfig;
  /** Present when a key of it was given. */
  readonly ardc?: ArdcCredentials | undefined;
  /** The keys that Handlekit does not use, as they are written. Not shown when it is printed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The keys that were found and used, or ignored. */
  readonly found: readonly FoundKey[];
  /** Sentences to show at each start. None holds a secret. */
  readonly warnings: readonly string[];
}

/** A login whose files were read and checked. */
export type Login =
  | { readonly kind: "password"; readonly identity: ValueReference; readonly password: Secret }
  | {
      readonly kind: "certificate";
      /** Who the certificate's subject names: its UID, else its CN. */
      readonly identity?: ValueReference | undefined;
      /** One certificate, PEM. */
      readonly certificate: string;
      /** The private key of that certificate, the bytes of unencrypted PEM. */
      readonly key: Secret;
      readonly notAfter: Date;
    };

/** Credentials ready to use: the document and the files it names. */
export interface Credentials extends CommonCredentials {
  /** The path they were loaded from, as it was given; `environment` when there was no file. */
  readonly source: string;
  /** Absent when there is no login; reading needs none. */
  readonly login?: Login | undefined;
  /** Whether the server's certificate is verified, or the CA certificates (PEM) to verify it with. */
  readonly httpsVerify: true | false | { readonly ca: string };
}
