import type { ParsedRequest } from "../http/parsed-request.ts";
import type { ReadContext } from "../operations/context.ts";
import type { AddressRange } from "./access/addresses.ts";
import type { ArdcClients } from "./access/clients.ts";
import type { Identities } from "./access/identities.ts";
import type { HandleNumbers } from "./records/handle-numbers.ts";
import type { Search } from "./records/search.ts";

/** The surroundings of every ARDC service. `store` keeps the index by value and by owner. */
export interface ArdcContext extends ReadContext {
  /** As it stands in handles. */
  readonly prefix: string;
  readonly numbers: HandleNumbers;
  readonly search: Search;
  readonly clients: ArdcClients;
  readonly identities: Identities;
  /** Who may say on whose behalf it calls. */
  readonly proxies: readonly AddressRange[];
  /** From where clients may be added and listed. */
  readonly adminAddresses: readonly AddressRange[];
}

/** Who calls. */
export interface Owner {
  /** Its owner handle. */
  readonly handle: string;
  /** `identifier####authDomain` */
  readonly key: string;
}

/** A request by somebody who is authenticated. */
export interface OwnerCall {
  readonly request: ParsedRequest;
  readonly owner: Owner;
}
