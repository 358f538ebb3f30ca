/** A value of a handle as the service shows it. */
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

/** A client of the service, as its administrators see it; never its secret. */
export interface TrustedClient {
  readonly appId: string;
  /** What it is called. */
  readonly desc: string;
  /** The address it may call from without a secret; may be empty. */
  readonly ip: string;
}

/** What the service says to people. */
export interface ArdcMessage {
  /** `user` is meant for the person at the keyboard, `system` is the text of a fault. */
  readonly type: "user" | "system";
  readonly text: string;
}

/** What an answer holds: at most one of the four contents, and always a message. */
export interface ResponseContent {
  /** The verdict; the HTTP status is 200 either way. */
  readonly type: "success" | "failure";
  /** The handle that was minted, changed or looked up. */
  readonly identifier?: ArdcIdentifier | undefined;
  /** The handles of a list; an empty list is not there. */
  readonly identifiers?: readonly string[] | undefined;
  /** What was registered for a new client, by name. */
  readonly properties?: ReadonlyMap<string, string> | undefined;
  readonly trustedClients?: readonly TrustedClient[] | undefined;
  readonly message: ArdcMessage;
}

/** An answer to be written. */
export interface ArdcResponse extends ResponseContent {
  /** When it was made; written in whole seconds. */
  readonly timestamp: Date;
}

/** An answer as it was read. */
export interface ReadResponse extends ResponseContent {
  /** Absent when the answer has none, or one that is no time. */
  readonly timestamp?: Date;
}
