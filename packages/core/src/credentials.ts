import type { ValueReference } from "./reference.ts";
import type { Secret } from "./secret.ts";
import type { ServerTrust } from "./trust.ts";

/** The keys of a document that configure the client of a handle server. Absent keys have the client's default. */
export interface ClientConfig {
  /** `REST_API_url_extension` without slashes at its ends, such as `api/handles`. */
  readonly restApiUrlExtension?: string | undefined;
  /** `HS_ADMIN_permissions`: twelve binary digits, list handles first. */
  readonly adminPermissions?: string | undefined;
  /** `modify_HS_ADMIN`. */
  readonly modifyAdmin?: boolean | undefined;
  /** `10320LOC_chooseby`, as written. */
  readonly locChooseBy?: string | undefined;
  /** `allowed_search_keys`; an empty list allows every key. */
  readonly allowedSearchKeys?: readonly string[] | undefined;
}

/**
 * The search servlet. Searching needs `baseUrl`, `username` and `password`; members that are missing in the document are
 * taken from the server and the login, if there are any.
 */
export interface ReverseLookup {
  /** `reverselookup_baseuri`, else the handle server: an absolute http or https URL without a slash at its end. */
  readonly baseUrl?: string | undefined;
  /** `reverselookup_url_extension` without slashes at its ends, such as `hrls/handles`. */
  readonly urlExtension?: string | undefined;
  /** `reverselookup_username`, else `username`, as written: it need not be index:prefix/suffix. */
  readonly username?: string | undefined;
  /** `reverselookup_password`, else `password`. */
  readonly password?: Secret | undefined;
}

/**
 * An account of ARDC's Handle service: `appId` and `sharedSecret` are the institution, `identifier` and `authDomain`
 * the owner of handles.
 */
export interface ArdcCredentials {
  readonly appId?: string | undefined;
  /** Absent if ARDC identifies the institution by its IP address. */
  readonly sharedSecret?: Secret | undefined;
  readonly identifier?: string | undefined;
  readonly authDomain?: string | undefined;
}

/** A key that was found in a document or the environment. */
export interface FoundKey {
  /** The key as documents have it, such as `username`, also if it came from an environment variable. */
  readonly key: string;
  /** `credentials.json:3:15`, or the name of the variable. */
  readonly where: string;
  /** Its value as printable text; absent if it is a secret or was not read. */
  readonly shown?: string | undefined;
  /** True if something else was used instead. */
  readonly ignored?: true | undefined;
}

/** The members that a document and loaded credentials have in common. */
export interface CommonCredentials {
  /** Absolute http or https URL without a slash at its end. */
  readonly server?: string | undefined;
  readonly prefix?: string | undefined;
  /** The owner of new handles. */
  readonly handleOwner?: ValueReference | undefined;
  /** Present if one of its keys was given, or if the server and a password login allow searching. */
  readonly reverseLookup?: ReverseLookup | undefined;
  readonly clientConfig: ClientConfig;
  /** Present if one of its keys was given. */
  readonly ardc?: ArdcCredentials | undefined;
  /** The keys that Handlekit does not use, as written. Hidden when the credentials are printed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The keys that were found, used or ignored. */
  readonly found: readonly FoundKey[];
  /** Sentences to show at each start. They contain no secrets. */
  readonly warnings: readonly string[];
}

/** A login whose files have been read and checked. */
export type Login =
  | { readonly kind: "password"; readonly identity: ValueReference; readonly password: Secret }
  | {
      readonly kind: "certificate";
      /** The identity in the certificate's subject: its UID, else its CN. */
      readonly identity?: ValueReference | undefined;
      /** One certificate, PEM. */
      readonly certificate: string;
      /** The private key of that certificate, the bytes of unencrypted PEM. */
      readonly key: Secret;
      readonly notAfter: Date;
    };

/** Credentials that are ready to use: a document and the content of the files that it names. */
export interface Credentials extends CommonCredentials {
  /** The path they were loaded from, as given; `environment` if there was no file. */
  readonly source: string;
  /** Absent if there is no login. Reading needs none. */
  readonly login?: Login | undefined;
  /** Whether to verify the server's certificate, or the CA certificates (PEM) to verify it with. */
  readonly httpsVerify: true | false | { readonly ca: string };
  /** The server's own certificate or key, which is trusted instead; `httpsVerify` is true then. */
  readonly trust?: ServerTrust | undefined;
}
