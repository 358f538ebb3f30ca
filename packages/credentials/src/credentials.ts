import type { Secret, ValueReference } from "@handlekit/core";

/** How a document says to log in: the paths as they are written. */
export type DocumentLogin =
  | { readonly kind: "password"; readonly identity: ValueReference; readonly password: Secret }
  | {
      readonly kind: "certificate";
      readonly certificateFile: string;
      /** The same file as `certificateFile` when the document has `certificate_and_key`. */
      readonly keyFile: string;
    };

/** What a credentials document says. No file it names has been looked at. */
export interface CredentialDocument {
  /** Absolute http or https URL without a slash at its end. */
  readonly server?: string;
  /** Absent when the document has no login; reading needs none. */
  readonly login?: DocumentLogin;
  /** Whether the server's certificate is verified, or the CA file (path as written) to verify it with. */
  readonly httpsVerify: true | false | { readonly caFile: string };
  readonly prefix?: string;
  /** Who owns new handles. */
  readonly handleOwner?: ValueReference;
  /** Every key that is not a credential, such as `REST_API_url_extension`. Not shown when it is printed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Sentences to show at each start. None holds a secret. */
  readonly warnings: readonly string[];
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
export interface Credentials {
  /** The path they were loaded from, as it was given. */
  readonly source: string;
  /** Absolute http or https URL without a slash at its end. */
  readonly server?: string;
  /** Absent when the document has no login; reading needs none. */
  readonly login?: Login;
  /** Whether the server's certificate is verified, or the CA certificates (PEM) to verify it with. */
  readonly httpsVerify: true | false | { readonly ca: string };
  readonly prefix?: string;
  /** Who owns new handles. */
  readonly handleOwner?: ValueReference;
  /** Every key that is not a credential, such as `REST_API_url_extension`. Not shown when it is printed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Sentences to show at each start. None holds a secret. */
  readonly warnings: readonly string[];
}
