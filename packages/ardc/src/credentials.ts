import type { AuthCredentials } from "@handlekit/auth";
import {
  type Credentials,
  checkArgument,
  decodeUtf8,
  invalidOptions,
  type OptionKind,
} from "@handlekit/core";

/** The parts of credentials that `createArdcClient` reads. */
export interface ArdcClientCredentials extends Pick<AuthCredentials, "ardc"> {
  /** Whether to verify the service's certificate, or the CA certificates (PEM) to verify it with. Default true. */
  readonly httpsVerify?: Credentials["httpsVerify"] | undefined;
  /** The service's own certificate, public key or fingerprint, to trust instead. */
  readonly trust?: Credentials["trust"] | undefined;
}

const ACCOUNT = ["appId", "sharedSecret", "identifier", "authDomain"] as const;

function check(what: string, value: unknown, ...kinds: readonly OptionKind[]): void {
  checkArgument("createArdcClient", what, value, kinds);
}

/**
 * Checks the kinds of the members of credentials.
 *
 * @throws HandleError `invalid_options`
 */
export function checkCredentials(credentials: ArdcClientCredentials): void {
  check("credentials", credentials, "object");
  const misplaced = ACCOUNT.find((name) => name in credentials);
  if (misplaced !== undefined) {
    throw invalidOptions(
      `createArdcClient: credentials.${misplaced} is not read; it belongs in credentials.ardc.`,
      "Give { ardc: { appId, sharedSecret, identifier, authDomain } }.",
    );
  }
  const { ardc, httpsVerify, trust } = credentials;
  check("credentials.httpsVerify", httpsVerify, "boolean", "object", "undefined");
  // A document whose CA file has not been read has caFile instead.
  if (typeof httpsVerify === "object") check("credentials.httpsVerify.ca", httpsVerify.ca, "string");
  check("credentials.trust", trust, "object", "undefined");
  check("credentials.ardc", ardc, "object", "undefined");
  for (const name of ["appId", "identifier", "authDomain"] as const) {
    check(`credentials.ardc.${name}`, ardc?.[name], "string", "undefined");
  }
  const sharedSecret = ardc?.sharedSecret;
  check("credentials.ardc.sharedSecret", sharedSecret, "string", "object", "undefined");
  if (typeof sharedSecret === "object") {
    check("the method reveal of credentials.ardc.sharedSecret", sharedSecret.reveal, "function");
  }
}

/** Returns the text of the shared secret, if there is one. */
export function secretText({ ardc }: ArdcClientCredentials): string | undefined {
  const sharedSecret = ardc?.sharedSecret;
  return typeof sharedSecret === "object" ? decodeUtf8(sharedSecret.reveal()) : sharedSecret;
}
