/** A value of a handle, as the service shows it. */
export interface ArdcProperty {
  /** From 0 to 2147483647. */
  readonly index: number;
  /** `URL` or `DESC`. */
  readonly type: string;
  readonly value: string;
}

/** A handle with its public URL and DESC values. */
export interface ArdcIdentifier {
  /** `prefix/suffix`. */
  readonly handle: string;
  readonly properties: readonly ArdcProperty[];
}

/** A client of the service, as its administrators see it; never with its secret. */
export interface TrustedClient {
  readonly appId: string;
  /** The description of the client. */
  readonly desc: string;
  /** The address from which the client may send requests without a secret; may be empty. */
  readonly ip: string;
}

/** The message of a response. */
export interface ArdcMessage {
  /** `user` for a message to the person at the keyboard, `system` for the text of a fault. */
  readonly type: "user" | "system";
  readonly text: string;
}

/** The members that every response has: a message, and at most one of the four contents. */
export interface ResponseContent {
  /** The outcome; the HTTP status is 200 either way. */
  readonly type: "success" | "failure";
  /** The handle that was minted, changed or looked up. */
  readonly identifier?: ArdcIdentifier | undefined;
  /** The handles of a list; absent for an empty list. */
  readonly identifiers?: readonly string[] | undefined;
  /** The registration of a new client, by name. */
  readonly properties?: ReadonlyMap<string, string> | undefined;
  readonly trustedClients?: readonly TrustedClient[] | undefined;
  readonly message: ArdcMessage;
}

/** A response to be written. */
export interface ArdcResponse extends ResponseContent {
  /** The time of the response; written in whole seconds. */
  readonly timestamp: Date;
}

/** A response that was read. */
export interface ReadResponse extends ResponseContent {
  /** Absent when the response has none, or one that is not a time. */
  readonly timestamp?: Date | undefined;
}
