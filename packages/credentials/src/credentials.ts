import type { CommonCredentials, Secret, ValueReference } from "@handlekit/core";

export type {
  ArdcCredentials,
  ClientConfig,
  Credentials,
  FoundKey,
  Login,
  ReverseLookup,
} from "@handlekit/core";

/** The login of a document, with paths as written. */
export type DocumentLogin =
  | { readonly kind: "password"; readonly identity: ValueReference; readonly password: Secret }
  | {
      readonly kind: "certificate";
      readonly certificateFile: string;
      /** The same file as `certificateFile` when the document has `certificate_and_key`. */
      readonly keyFile: string;
      /** Decrypts the key. */
      readonly passphrase?: Secret | undefined;
    };

/** The server's own certificate or key in a document, with paths as written. */
export type DocumentTrust =
  /** A PEM file with the certificate or the public key. */
  | { readonly file: string }
  | { readonly certificateFile: string }
  | { readonly publicKeyFile: string }
  /** The base64 of an HS_PUBKEY value, or of the key in HS_SITE. */
  | { readonly publicKey: string }
  /** SHA-256 of the certificate. */
  | { readonly fingerprint: string };

/** The settings of a credentials document, or of the environment. The files that it names have not been read. */
export interface CredentialDocument extends CommonCredentials {
  /** Absent when the document has no login; reading needs none. */
  readonly login?: DocumentLogin | undefined;
  /** Whether the server's certificate is verified, or the CA file (path as written) to verify it with. */
  readonly httpsVerify: true | false | { readonly caFile: string };
  /** The server's own certificate or key, which is trusted instead; `httpsVerify` is true then. */
  readonly trust?: DocumentTrust | undefined;
}
