/** What is kept of one secret. */
export interface KeptSecret {
  readonly mark: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** One registration of an App Id; an App Id may have several. */
export interface ClientEntry {
  /** Unique within the App Id, from 1. */
  readonly number: number;
  readonly description: string;
  /** Addresses and ranges from which no secret is needed, as they were written. */
  readonly addresses: readonly string[];
  /** At most two, the older first; two while a new one is being spread. */
  readonly secrets: readonly KeptSecret[];
}

/** An App Id with its registrations. */
export interface RegisteredClient {
  readonly appId: string;
  readonly entries: readonly ClientEntry[];
}
