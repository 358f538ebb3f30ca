import type { Secret, ValueReference } from "@handlekit/core";

/** How a document says to log in: the paths as they are written. */
export type DocumentLogin =
  | { readonly kind: "password"; readonly identity: ValueReference; readonly password: Secret }
  | {
      readonly kind: "certificate";
      readonly certificateFile: string;
      /** The same file as `certificateFile` when the document has `certificate_and_key`. */
      readonly keyFile: string;
      /** What opens the key when it is encrypted. */
      readonly passphrase?: Secret;
    };

/** The keys of a document that configure the client of a handle server; absent ones have the client's default. */
export interface ClientConfig {
  /** `REST_API_url_extension` without slashes at its ends, such as `api/handles`. */
  readonly restApiUrlExtension?: string;
  /** `HS_ADMIN_permissions`: twelve binary digits, list handles first. */
  readonly adminPermissions?: string;
  /** `modify_HS_ADMIN`. */
  readonly modifyAdmin?: boolean;
  /** `10320LOC_chooseby`, as it is written. */
  readonly locChooseBy?: string;
  /** `allowed_search_keys`; an empty list allows every key. */
  readonly allowedSearchKeys?: readonly string[];
}

/**
 * The search servlet. Searching needs `baseUrl`, `username` and `password`; what the document does not give is taken
 * from the server and the login, as far as they are there.
 */
export interface ReverseLookup {
  /** `reverselookup_baseuri`, else the handle server: an absolute http or https URL without a slash at its end. */
  readonly baseUrl?: string;
  /** `reverselookup_url_extension` without slashes at its ends, such as `hrls/handles`. */
  readonly urlExtension?: string;
  /** `reverselookup_username`, else `username`, as it is written: it need not be index:prefix/suffix. */
  readonly username?: string;
  /** `reverselookup_password`, else `password`. */
  readonly password?: Secret;
}

/** An account of ARDC's Handle service. */
export interface ArdcCredentials {
  readonly appId?: string;
  /** Absent when ARDC knows the caller by its address. */
  readonly sharedSecret?: Secret;
  readonly identifier?: string;
  readonly authDomain?: string;
}

/** One key that was found. */
export interface FoundKey {
  /** The key as a document has it, such as `username`, also when an environment variable gave it. */
  readonly key: string;
  /** `credentials.json:3:15`, or the name of the variable. */
  readonly where: string;
  /** What it holds, fit to be shown; absent when that is a secret or was not looked at. */
  readonly shown?: string;
  /** True when something else was used instead. */
  readonly ignored?: true;
}

/** What documents and loaded credentials have in common. */
interface CommonCredentials {
  /** Absolute http or https URL without a slash at its end. */
  readonly server?: string;
  readonly prefix?: string;
  /** Who owns new handles. */
  readonly handleOwner?: ValueReference;
  /** Present when a key of it was given, or when the server and a password login allow searching. */
  readonly reverseLookup?: ReverseLookup;
  readonly clientConfig: ClientConfig;
  /** Present when a key of it was given. */
  readonly ardc?: ArdcCredentials;
  /** The keys that Handlekit does not use, as they are written. Not shown when it is printed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The keys that were found and used, or ignored. */
  readonly found: readonly FoundKey[];
  /** Sentences to show at each start. None holds a secret. */
  readonly warnings: readonly string[];
}

/** What a credentials document, or the environment, says. No file it names has been looked at. */
export interface CredentialDocument extends CommonCredentials {
  /** Absent when the document has no login; reading needs none. */
  readonly login?: DocumentLogin;
  /** Whether the server's certificate is verified, or the CA file (path as written) to verify it with. */
  readonly httpsVerify: true | false | { readonly caFile: string };
}

/** A login whose files were read and checked. */
export type Login =
  | { readonly kind: "password"; readonly identity: ValueReference; readonly password: Secret }
  | {
      readonly kind: "certificate";
      /** Who the certificate's subject names: its UID, else its CN. */
      readonly identity?: ValueReference;
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
  readonly login?: Login;
  /** Whether the server's certificate is verified, or the CA certificates (PEM) to verify it with. */
  readonly httpsVerify: true | false | { readonly ca: string };
}
