import type { ParsedRequest } from "../http/parsed-request.ts";
import type { Attempts } from "../identify/attempts.ts";
import type { Login, ReadContext } from "../operations/context.ts";
import type { AddressRange } from "./access/addresses.ts";
import type { ArdcClients } from "./access/clients.ts";
import type { Identities } from "./access/identities.ts";
import type { HandleNumbers } from "./records/handle-numbers.ts";
import type { Search } from "./records/search.ts";

/** The surroundings of every ARDC service. `store` updates the index by owner. */
export interface ArdcContext extends ReadContext {
  /** The prefix of minted handles, as written in the options. */
  readonly prefix: string;
  readonly numbers: HandleNumbers;
  readonly search: Search;
  readonly clients: ArdcClients;
  readonly attempts: Attempts;
  readonly identities: Identities;
  /** The proxies whose X-Forwarded-For is trusted. */
  readonly proxies: readonly AddressRange[];
  /** The addresses that may add and list clients. */
  readonly adminAddresses: readonly AddressRange[];
}

/** The identity of an authenticated request. */
export interface Owner {
  /** The owner handle. */
  readonly handle: string;
  /** `identifier####authDomain` */
  readonly key: string;
  readonly login: Login;
}

/** An authenticated request. */
export interface OwnerCall {
  readonly request: ParsedRequest;
  readonly owner: Owner;
}
