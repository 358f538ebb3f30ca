import {
  type HandleValue,
  isHandleError,
  normalizeHandle,
  prefixHandle,
  prefixOf,
  sameHandle,
  type ValueData,
} from "@handlekit/core";
import {
  containsUrl,
  isEmpty,
  isLocType,
  LOC_TYPE,
  type LocationAttributes,
  type Locations,
  parseLocations,
} from "@handlekit/loc";
import type { NewValue } from "../allocate-indexes.ts";
import { createClient, type HandleClient } from "../client.ts";
import type { ClientCredentials } from "../types.ts";
import { addAtFreeIndexes, fitToRecord } from "./change-values.ts";
import { CredentialsFormatError, HandleNotFoundException, ReverseLookupException } from "./exceptions.ts";
import { flattenRecord, type HandleRecordJson, indicesOf, isSameType } from "./handle-record.ts";
import {
  type AdminOwner,
  type KeyValuePairs,
  listNewRecord,
  listPairs,
  type RegisterOptions,
  refuseAdmin,
  writeLocations,
} from "./key-value-pairs.ts";
import type { PIDClientCredentials } from "./pid-client-credentials.ts";
import { type ClientSetup, type EUDATHandleClientConfig, readConfig } from "./read-config.ts";
import { type Circumstances, detailsOf, messageOf, toException } from "./to-exception.ts";
import { checkHandleSyntax } from "./utilhandle.ts";

/** How to modify. */
export interface ModifyHandleValueOptions {
  /** Seconds, for every value written. Default: as it is; for new ones the server's. */
  readonly ttl?: number | undefined;
  /** Add types that the record does not have; otherwise they are passed over. Default true. */
  readonly addIfNotExist?: boolean | undefined;
}

/** What to search for: patterns by type; `*` stands for anything, and null for nothing. */
export type SearchHandleTerms = Readonly<Record<string, string | number | null | undefined>>;

/** How to search. */
export interface SearchHandleOptions {
  /** Only handles of this prefix. */
  readonly prefix?: string | undefined;
  /** At most this many a page. */
  readonly limit?: number | undefined;
  /** From 0. */
  readonly page?: number | undefined;
}

/** B2HANDLE's other spelling of the type. */
const OLD_LOC_TYPE = "10320/LOC";
const ADMIN_IS_MADE = "One is made; handleowner and hsAdminPermissions say what it holds.";

/**
 * B2HANDLE's client, for programs that come over: its methods in camelCase, with its exceptions, on `createClient`.
 * Every method may throw HandleSyntaxError, HandleAuthenticationError and GenericHandleError; in each exception, `cause`
 * is the HandleError beneath.
 *
 * @example
 * ```ts
 * const credentials = await PIDClientCredentials.loadFromJSON("credentials.json");
 * const client = await EUDATHandleClient.instantiateWithCredentials(credentials);
 * await client.registerHandle("20.500.12345/abc", "https://example.org/", { checksum: "abcdef" });
 * await client.close();
 * ```
 */
export class EUDATHandleClient {
  readonly #client: HandleClient;
  readonly #setup: ClientSetup;

  /**
   * A client that asks the server nothing yet: whether the user exists is only seen by `instantiateWithCredentials` and
   * `instantiateWithUsernameAndPassword`.
   *
   * @param server its address, or credentials as `loadCredentials` gives them. Default hdl.handle.net, for reading
   * @param config goes before the credentials
   * @throws CredentialsFormatError, HandleSyntaxError; TypeError for a login without a server
   */
  constructor(server?: string | ClientCredentials | null, config: EUDATHandleClientConfig = {}) {
    this.#setup = readConfig(server, config);
    try {
      this.#client = createClient(this.#setup.credentials, this.#setup.options);
    } catch (error) {
      if (!isHandleError(error) || error.code === "invalid_reference") throw toException(error);
      throw new CredentialsFormatError(messageOf(error), { cause: error });
    }
  }

  /** A client that reads. */
  static instantiateForReadAccess(
    handleServerUrl?: string | null,
    config: EUDATHandleClientConfig = {},
  ): EUDATHandleClient {
    return new EUDATHandleClient(handleServerUrl, config);
  }

  /**
   * A client that reads and searches.
   *
   * @throws TypeError when neither the server nor `reverselookupBaseuri` is given
   */
  static instantiateForReadAndSearch(
    handleServerUrl: string | null | undefined,
    reverselookupUsername: string,
    reverselookupPassword: NonNullable<EUDATHandleClientConfig["reverselookupPassword"]>,
    config: EUDATHandleClientConfig = {},
  ): EUDATHandleClient {
    if ((handleServerUrl ?? config.reverselookupBaseuri ?? null) === null) {
      throw new TypeError("Searching needs an address: the handle server's, or reverselookupBaseuri.");
    }
    return new EUDATHandleClient(handleServerUrl, {
      ...config,
      reverselookupUsername,
      reverselookupPassword,
    });
  }

  /**
   * A client that writes as a user with a password. It looks whether the user's handle exists; the password is first
   * used, and so checked, by a write.
   *
   * @throws HandleNotFoundException when it does not
   */
  static async instantiateWithUsernameAndPassword(
    handleServerUrl: string,
    username: string,
    password: NonNullable<EUDATHandleClientConfig["password"]>,
    config: EUDATHandleClientConfig = {},
  ): Promise<EUDATHandleClient> {
    return EUDATHandleClient.#checked(
      new EUDATHandleClient(handleServerUrl, { ...config, username, password }),
    );
  }

  /**
   * A client with credentials, which stay as they are. For a user with a password it looks whether the handle exists.
   *
   * @param config goes before the credentials
   * @throws HandleNotFoundException when it does not
   */
  static async instantiateWithCredentials(
    credentials: PIDClientCredentials,
    config: EUDATHandleClientConfig = {},
  ): Promise<EUDATHandleClient> {
    return EUDATHandleClient.#checked(new EUDATHandleClient(credentials.credentials, config));
  }

  static async #checked(client: EUDATHandleClient): Promise<EUDATHandleClient> {
    const { user, username } = client.#setup;
    if (user === undefined) return client;
    try {
      await client.#client.read(user.handle);
      return client;
    } catch (error) {
      await client.close();
      if (!isHandleError(error, "handle_not_found")) throw toException(error, { username });
      throw new HandleNotFoundException(
        `The user ${username} does not exist: there is no handle ${user.handle} on this server. Check handle_server_url and username.`,
        detailsOf(error),
      );
    }
  }

  /** Runs the calls of a method; what goes wrong comes out as one of the exceptions. */
  async #run<T>(
    operation: string,
    handle: string,
    work: () => Promise<T>,
    more: Circumstances = {},
  ): Promise<T> {
    checkHandleSyntax(handle);
    try {
      return await work();
    } catch (error) {
      throw toException(error, { handle, operation, username: this.#setup.username, ...more });
    }
  }

  /** The values of a record that was given, or else of the one on the server. */
  async #valuesOf(
    handle: string,
    given: HandleRecordJson | null | undefined,
  ): Promise<readonly HandleValue[]> {
    if (given && sameHandle(given.handle, normalizeHandle(handle))) return given.values ?? [];
    return (await this.#client.read(handle)).values;
  }

  /** The record as JSON; null when there is no such handle. */
  async retrieveHandleRecordJson(handle: string): Promise<HandleRecordJson | null> {
    return this.#run("retrieveHandleRecordJson", handle, async () => {
      try {
        const record = await this.#client.read(handle);
        return { responseCode: record.values.length === 0 ? 200 : 1, ...record };
      } catch (error) {
        if (isHandleError(error, "handle_not_found")) return null;
        throw error;
      }
    });
  }

  /**
   * The record as an object from type to text, the first value of each type; null when there is no such handle. Data
   * that are no text, such as HS_ADMIN, are JSON.
   *
   * @param handlerecordJson is used instead of asking the server, when it is of this handle
   */
  async retrieveHandleRecord(
    handle: string,
    handlerecordJson?: HandleRecordJson | null,
  ): Promise<Record<string, string> | null> {
    try {
      return await this.#run("retrieveHandleRecord", handle, async () =>
        flattenRecord(await this.#valuesOf(handle, handlerecordJson)),
      );
    } catch (error) {
      if (error instanceof HandleNotFoundException) return null;
      throw error;
    }
  }

  /**
   * The data of the first value of a type; null when the record has none.
   *
   * @throws HandleNotFoundException
   */
  async getValueFromHandle(
    handle: string,
    key: string,
    handlerecordJson?: HandleRecordJson | null,
  ): Promise<ValueData["value"] | null> {
    return this.#run("getValueFromHandle", handle, async () => {
      const values = await this.#valuesOf(handle, handlerecordJson);
      return values.find(({ type }) => isSameType(type, key))?.data.value ?? null;
    });
  }

  /** The indexes of the values of a type, in a list such as `values` of `retrieveHandleRecordJson`. */
  getHandlerecordIndicesForKey(
    key: string,
    listOfEntries: readonly Pick<HandleValue, "index" | "type">[],
  ): number[] {
    return indicesOf(key, listOfEntries);
  }

  /** A name nobody has: a random UUID, below the prefix when one is given. */
  generatePIDName(prefix?: string | null): string {
    const suffix = crypto.randomUUID();
    return prefix === undefined || prefix === null ? suffix : `${prefix}/${suffix}`;
  }

  async #register(
    operation: string,
    handle: string,
    values: () => readonly NewValue[],
    overwrite: boolean | undefined,
  ): Promise<string> {
    const create = async () => (await this.#client.create(handle, values(), { overwrite })).handle;
    return this.#run(operation, handle, create, { creates: true });
  }

  /**
   * Makes a handle: HS_ADMIN at 100, URL at 1, then checksum, extratypes and `10320/loc` from 2 on.
   *
   * @param location the URL; null for none
   * @returns the handle, as the server names it
   * @throws HandleAlreadyExistsException; IllegalOperationException for HS_ADMIN among the extratypes
   */
  async registerHandle(
    handle: string,
    location: string | null,
    options: RegisterOptions = {},
  ): Promise<string> {
    const values = () => {
      const list = listNewRecord(location, options, this.#setup);
      refuseAdmin(list, "registerHandle", handle, ADMIN_IS_MADE);
      return list;
    };
    return this.#register("registerHandle", handle, values, options.overwrite);
  }

  /** `registerHandle` below a prefix, with a random UUID as the suffix. @returns the handle */
  async generateAndRegisterHandle(
    prefix: string,
    location: string | null,
    options: Omit<RegisterOptions, "overwrite"> = {},
  ): Promise<string> {
    return this.registerHandle(this.generatePIDName(prefix), location, { ...options, overwrite: false });
  }

  /**
   * PYHANDLE's: makes a handle with HS_ADMIN and these values alone. @returns the handle
   *
   * @throws HandleAlreadyExistsException; IllegalOperationException for HS_ADMIN
   */
  async registerHandleKv(
    handle: string,
    pairs: KeyValuePairs,
    { overwrite }: Pick<RegisterOptions, "overwrite"> = {},
  ): Promise<string> {
    const values = () => {
      const list = listPairs(pairs, this.#setup.permissions);
      refuseAdmin(list, "registerHandleKv", handle, ADMIN_IS_MADE);
      return list;
    };
    return this.#register("registerHandleKv", handle, values, overwrite);
  }

  /**
   * PYHANDLE's: makes a handle with these values at their indexes, HS_ADMIN added at the first free index from 100 on
   * unless it is among them. @returns the handle
   *
   * @throws HandleAlreadyExistsException
   */
  async registerHandleJson(
    handle: string,
    listOfEntries: readonly NewValue[],
    { overwrite }: Pick<RegisterOptions, "overwrite"> = {},
  ): Promise<string> {
    const values = () =>
      listOfEntries.some(({ type }) => type === "HS_ADMIN")
        ? listOfEntries
        : [...listOfEntries, ...listPairs({ HS_ADMIN: this.#owner(handle) }, this.#setup.permissions)];
    return this.#register("registerHandleJson", handle, values, overwrite);
  }

  #owner(handle: string): AdminOwner {
    return this.#setup.owner ?? { index: 200, handle: prefixHandle(prefixOf(normalizeHandle(handle))) };
  }

  /** @throws IllegalOperationException when HS_ADMIN is among the values and may not be changed */
  #refuseAdminUnlessAllowed(values: readonly NewValue[], operation: string, handle: string): void {
    if (this.#setup.modifyAdmin) return;
    refuseAdmin(
      values,
      operation,
      handle,
      "It decides who may change the record; modifyHsAdmin allows that.",
    );
  }

  async #modify(
    operation: string,
    handle: string,
    pairs: KeyValuePairs,
    { ttl, addIfNotExist = true }: ModifyHandleValueOptions,
  ): Promise<void> {
    await this.#run(operation, handle, async () => {
      const wanted = listPairs(pairs, this.#setup.permissions);
      this.#refuseAdminUnlessAllowed(wanted, operation, handle);
      const change = { operation, handle, values: wanted };
      const values = await fitToRecord(this.#client, change, addIfNotExist);
      if (values.length > 0) await this.#client.modify(handle, values, ttl === undefined ? {} : { ttl });
    });
  }

  /**
   * Changes values and touches no other; one request for what changes, one before it for what is new.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException when the record has two values of a type and the index
   *   does not say which; IllegalOperationException for HS_ADMIN, unless `modifyHsAdmin` is set and the record has one
   */
  async modifyHandleValue(
    handle: string,
    pairs: KeyValuePairs,
    options: ModifyHandleValueOptions = {},
  ): Promise<void> {
    await this.#modify("modifyHandleValue", handle, pairs, options);
  }

  /** PYHANDLE's: `modifyHandleValue` that adds what is missing. @returns the handle */
  async modifyOrAddHandleValue(
    handle: string,
    pairs: KeyValuePairs,
    { ttl }: Pick<ModifyHandleValueOptions, "ttl"> = {},
  ): Promise<string> {
    await this.#modify("modifyOrAddHandleValue", handle, pairs, { ttl, addIfNotExist: true });
    return handle;
  }

  /** PYHANDLE's: `modifyHandleValue` that passes over what is missing. @returns the handle */
  async modifyHandleValueNotAdd(
    handle: string,
    pairs: KeyValuePairs,
    { ttl }: Pick<ModifyHandleValueOptions, "ttl"> = {},
  ): Promise<string> {
    await this.#modify("modifyHandleValueNotAdd", handle, pairs, { ttl, addIfNotExist: false });
    return handle;
  }

  /**
   * PYHANDLE's: adds values at free indexes, also of types that the record has. @returns the handle
   *
   * @throws HandleNotFoundException; IllegalOperationException for HS_ADMIN without `modifyHsAdmin`
   */
  async addHandleValue(
    handle: string,
    pairs: Exclude<KeyValuePairs, readonly NewValue[]>,
    { ttl }: Pick<ModifyHandleValueOptions, "ttl"> = {},
  ): Promise<string> {
    const operation = "addHandleValue";
    return this.#run(operation, handle, async () => {
      const values = listPairs(pairs, this.#setup.permissions);
      this.#refuseAdminUnlessAllowed(values, operation, handle);
      await addAtFreeIndexes(this.#client, { operation, handle, values }, ttl);
      return handle;
    });
  }

  /**
   * Deletes the values of one type or several; types the record does not have are no error.
   *
   * @throws HandleNotFoundException; IllegalOperationException for HS_ADMIN
   */
  async deleteHandleValue(handle: string, key: string | readonly string[]): Promise<void> {
    const keys = typeof key === "string" ? [key] : key;
    await this.#run("deleteHandleValue", handle, async () => {
      const values = keys.map((type) => ({ type }));
      refuseAdmin(values, "deleteHandleValue", handle, "Without it nobody could change the record.");
      const types = keys.flatMap((type) => (isLocType(type) ? [type, LOC_TYPE, OLD_LOC_TYPE] : [type]));
      if (types.length === 0) {
        await this.#client.read(handle);
        return;
      }
      const remove = () => this.#client.deleteValues(handle, types, { ignoreMissing: true });
      // Somebody else deleted one of them first, and so nothing was deleted now.
      await remove().catch((error: unknown) => {
        if (!isHandleError(error, "values_not_found")) throw error;
        return remove();
      });
    });
  }

  /**
   * Deletes a handle with its whole record.
   *
   * @throws HandleNotFoundException; TypeError for a second argument, which would be meant for `deleteHandleValue`
   */
  async deleteHandle(handle: string, ...others: readonly never[]): Promise<void> {
    if (others.length > 0) {
      throw new TypeError(
        "deleteHandle takes a handle alone and deletes its whole record; deleteHandleValue deletes values.",
      );
    }
    await this.#run("deleteHandle", handle, () => this.#client.delete(handle));
  }

  /**
   * Handles by what their values say, from the reverse look-up servlet.
   *
   * @throws ReverseLookupException for all that goes wrong, also when searching is not set up
   */
  async searchHandle(
    terms: SearchHandleTerms = {},
    options: SearchHandleOptions = {},
  ): Promise<readonly string[]> {
    const given = Object.entries(terms).filter(([, value]) => value !== null && value !== undefined);
    const query = Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
    const { prefix, limit, page } = options;
    try {
      return await this.#client.search(query, {
        ...(prefix === undefined ? {} : { prefix }),
        ...(limit === undefined ? {} : { limit }),
        ...(page === undefined ? {} : { page }),
      });
    } catch (error) {
      if (!isHandleError(error)) throw error;
      throw new ReverseLookupException(messageOf(error), { ...detailsOf(error), query });
    }
  }

  async #locationsOf(
    operation: string,
    handle: string,
    given: HandleRecordJson | null | undefined,
  ): Promise<readonly Locations[]> {
    const read = async () => {
      const values = await this.#valuesOf(handle, given);
      return values
        .filter(({ type }) => isLocType(type))
        .map(({ data }) => parseLocations(String(data.value)));
    };
    return this.#run(operation, handle, read, { readsValue: true });
  }

  /**
   * True when the record has no `10320/loc`, or none with a URL.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for XML that is none
   */
  async is10320LOCEmpty(handle: string, handlerecordJson?: HandleRecordJson | null): Promise<boolean> {
    return (await this.#locationsOf("is10320LOCEmpty", handle, handlerecordJson)).every(isEmpty);
  }

  /**
   * True when a location of the record's `10320/loc` has exactly this URL.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for XML that is none
   */
  async isURLContainedIn10320LOC(
    handle: string,
    url: string,
    handlerecordJson?: HandleRecordJson | null,
  ): Promise<boolean> {
    const found = await this.#locationsOf("isURLContainedIn10320LOC", handle, handlerecordJson);
    return found.some((locations) => containsUrl(locations, url));
  }

  /**
   * Adds locations to the `10320/loc`, or sets the attributes of those that are there; writes that value alone.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for two such values, or XML that is none
   */
  async addAdditionalURL(
    handle: string,
    urls: string | readonly string[],
    attributes: LocationAttributes = {},
  ): Promise<void> {
    const list = typeof urls === "string" ? [urls] : urls;
    await this.#run("addAdditionalURL", handle, async () => void writeLocations(list, undefined, attributes));
    await this.#run("addAdditionalURL", handle, () => this.#client.locations.add(handle, list, attributes), {
      readsValue: true,
    });
  }

  /**
   * Writes another URL into each location that has the old one; nothing is sent when none has.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for two such values, or XML that is none
   */
  async exchangeAdditionalURL(handle: string, oldUrl: string, newUrl: string): Promise<void> {
    const operation = "exchangeAdditionalURL";
    await this.#run(operation, handle, async () => void writeLocations([newUrl]));
    await this.#run(operation, handle, () => this.#client.locations.exchange(handle, oldUrl, newUrl), {
      readsValue: true,
    });
  }

  /**
   * Removes the locations with these URLs, and the `10320/loc` with the last of them; nothing is sent when none has them.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for two such values, or XML that is none
   */
  async removeAdditionalURL(handle: string, urls: string | readonly string[]): Promise<void> {
    await this.#run("removeAdditionalURL", handle, () => this.#client.locations.remove(handle, urls), {
      readsValue: true,
    });
  }

  /** Ends the connections the client opened. */
  close(): Promise<void> {
    return this.#client.close();
  }
}
