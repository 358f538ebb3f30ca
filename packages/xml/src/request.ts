import type { Secret } from "@handlekit/core";

/** Who asks, as the body of a request says it. */
export interface RequestProperties {
  /** Names the institution: 40 hexadecimal digits, made by ARDC. */
  readonly appId?: string | undefined;
  /** Its secret, when it is not in a header; UTF-8. */
  readonly sharedSecret?: Secret | undefined;
  /** With `authDomain` the owner of the handles; any text. */
  readonly identifier?: string | undefined;
  /** Where the identifier is known: a host name or any other text. */
  readonly authDomain?: string | undefined;
  /** `SSLHost` in some clients; of no effect. */
  readonly authType?: string | undefined;
}

/** The body of a request. What is to be done stands in the URL, not here. */
export interface ArdcRequest {
  /** By custom the name of the service, such as `mint`; of no effect. */
  readonly name?: string | undefined;
  readonly properties: RequestProperties;
}

/** The properties in the order in which ARDC documents them. */
export const PROPERTY_NAMES = ["appId", "sharedSecret", "identifier", "authDomain", "authType"] as const;
