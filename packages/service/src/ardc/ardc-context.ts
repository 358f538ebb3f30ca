import type { InTurn } from "@handlekit/core";
import type { ServiceContext } from "../context.ts";
import type { ServiceRequest } from "../exchange-types.ts";
import type { ArdcClients } from "./access/clients.ts";
import type { Identities } from "./access/identities.ts";
import type { AddressRange } from "./access/ip-range.ts";
import type { Search } from "./records/search.ts";

/** What every operation works with. `store` keeps the index by value and by owner. */
export interface ArdcContext extends Pick<ServiceContext, "store" | "homed" | "now" | "log"> {
  /** As it stands in handles. */
  readonly prefix: string;
  /** A number that no handle of the prefix was given. */
  readonly nextSuffix: () => Promise<number>;
  /** Changes of one handle, one after the other. */
  readonly inTurn: InTurn;
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

/** A request taken apart. */
export interface ArdcCall {
  readonly query: URLSearchParams;
  readonly request: ServiceRequest;
}

/** A request by somebody who is authenticated. */
export interface OwnerCall extends ArdcCall {
  readonly owner: Owner;
}
