import {
  checkArgument,
  type HandleValue,
  invalidOptions,
  isHandleError,
  type ValueData,
} from "@handlekit/core";
import { containsUrl, type LocationAttributes } from "@handlekit/loc";
import { checkItems, TEXT } from "../check-call.ts";
import type { ClientCredentials } from "../settings.ts";
import type { NewValue, NewValues } from "../writing/allocate-indexes.ts";
import { HandleNotFoundException } from "./exceptions.ts";
import { type HandleRecordJson, indicesOf } from "./handle-record.ts";
import type { KeyValuePairs, RegisterOptions } from "./key-value-pairs.ts";
import {
  addValues,
  changeValues,
  deleteTypes,
  type ModifyHandleValueOptions,
} from "./methods/change-values.ts";
import { addUrls, exchangeUrls, removeUrls } from "./methods/edit-locations.ts";
import { readData, readFlatRecord, readJsonRecord, readLocations } from "./methods/read-values.ts";
import { registerList, registerPairs, registerRecord } from "./methods/register.ts";
import { findHandles, type SearchHandleOptions, type SearchHandleTerms } from "./methods/search.ts";
import { openSession, runMethod, type Session, withCreationExceptions } from "./methods/session.ts";
import type { PIDClientCredentials } from "./pid-client-credentials.ts";
import type { EUDATHandleClientConfig } from "./read-config.ts";
import { detailsOf, toException, withExceptions } from "./to-exception.ts";

/**
 * The client of B2HANDLE, for programs that move from Python: its methods in camelCase, with its exceptions, on
 * `createClient`. Every method may throw HandleSyntaxError, HandleAuthenticationError and GenericHandleError, which is
 * also the exception for an argument of the wrong kind; `cause` is the HandleError beneath.
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
  readonly #session: Session;

  /**
   * Creates a client; nothing is sent. Only `instantiateWithCredentials` and `instantiateWithUsernameAndPassword` check
   * that the user exists.
   *
   * @param server its address, or credentials as `loadCredentials` resolves to. Default hdl.handle.net, for reading
   * @param config takes precedence over the credentials
   * @throws CredentialsFormatError, HandleSyntaxError; TypeError for a login without a server
   */
  constructor(server?: string | ClientCredentials | null, config: EUDATHandleClientConfig = {}) {
    this.#session = openSession(server, config);
  }

  /** Creates a client for reading. @throws CredentialsFormatError */
  static instantiateForReadAccess(
    handleServerUrl?: string | null,
    config: EUDATHandleClientConfig = {},
  ): EUDATHandleClient {
    return new EUDATHandleClient(handleServerUrl, config);
  }

  /**
   * Creates a client for reading and searching.
   *
   * @throws CredentialsFormatError; TypeError if neither the server nor `reverselookupBaseuri` is given
   */
  static instantiateForReadAndSearch(
    handleServerUrl: string | null | undefined,
    reverselookupUsername: string,
    reverselookupPassword: NonNullable<EUDATHandleClientConfig["reverselookupPassword"]>,
    config: EUDATHandleClientConfig = {},
  ): EUDATHandleClient {
    const caller = "instantiateForReadAndSearch";
    withCreationExceptions(() => {
      checkArgument(caller, "reverselookupUsername", reverselookupUsername, ["string"]);
      checkArgument(caller, "reverselookupPassword", reverselookupPassword, ["string", "object"]);
      checkArgument(caller, "config", config, ["object"]);
    });
    if ((handleServerUrl ?? config.reverselookupBaseuri ?? null) === null) {
      throw new TypeError("Searching needs an address: the handle server's, or reverselookupBaseuri.", {
        cause: invalidOptions(`${caller}: handleServerUrl is missing.`),
      });
    }
    return new EUDATHandleClient(handleServerUrl, {
      ...config,
      reverselookupUsername,
      reverselookupPassword,
    });
  }

  /**
   * Creates a client that writes as a user with a password, after checking that the user's handle exists. The server
   * checks the password at the first write.
   *
   * @throws HandleNotFoundException if the user does not exist; CredentialsFormatError
   */
  static async instantiateWithUsernameAndPassword(
    handleServerUrl: string,
    username: string,
    password: NonNullable<EUDATHandleClientConfig["password"]>,
    config: EUDATHandleClientConfig = {},
  ): Promise<EUDATHandleClient> {
    const caller = "instantiateWithUsernameAndPassword";
    withCreationExceptions(() => {
      checkArgument(caller, "username", username, ["string"]);
      checkArgument(caller, "password", password, ["string", "object"]);
      checkArgument(caller, "config", config, ["object"]);
    });
    return EUDATHandleClient.#checked(
      new EUDATHandleClient(handleServerUrl, { ...config, username, password }),
    );
  }

  /**
   * Creates a client with credentials, which are not changed. For a user with a password it checks that the user's
   * handle exists.
   *
   * @param config takes precedence over the credentials
   * @throws HandleNotFoundException if the user does not exist; CredentialsFormatError
   */
  static async instantiateWithCredentials(
    credentials: PIDClientCredentials,
    config: EUDATHandleClientConfig = {},
  ): Promise<EUDATHandleClient> {
    withCreationExceptions(() => {
      const caller = "instantiateWithCredentials";
      const given: unknown = (credentials as PIDClientCredentials | undefined)?.credentials;
      if (typeof given === "object" && given !== null) return;
      throw invalidOptions(
        `${caller}: credentials is not a PIDClientCredentials.`,
        'Load them first: await PIDClientCredentials.loadFromJSON("credentials.json").',
      );
    });
    return EUDATHandleClient.#checked(new EUDATHandleClient(credentials.credentials, config));
  }

  static async #checked(client: EUDATHandleClient): Promise<EUDATHandleClient> {
    const { user, username, client: inner } = client.#session;
    if (user === undefined) return client;
    try {
      await inner.read(user.handle);
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

  /** Resolves to the record as JSON, or null if there is no such handle. */
  async retrieveHandleRecordJson(
    handle: string,
    ...others: readonly never[]
  ): Promise<HandleRecordJson | null> {
    return readJsonRecord(this.#session, "retrieveHandleRecordJson", handle, others);
  }

  /**
   * Resolves to the record as an object from type to text, with the first value of each type, or null if there is no
   * such handle. Data other than text, such as HS_ADMIN, are JSON.
   *
   * @param handlerecordJson is used instead of asking the server if it is the record of this handle
   */
  async retrieveHandleRecord(
    handle: string,
    handlerecordJson?: HandleRecordJson | null,
  ): Promise<Record<string, string> | null> {
    return readFlatRecord(this.#session, "retrieveHandleRecord", handle, handlerecordJson);
  }

  /**
   * Resolves to the data of the first value of a type, or null if the record has none.
   *
   * @throws HandleNotFoundException
   */
  async getValueFromHandle(
    handle: string,
    key: string,
    handlerecordJson?: HandleRecordJson | null,
  ): Promise<ValueData["value"] | null> {
    return readData(this.#session, "getValueFromHandle", handle, key, handlerecordJson);
  }

  /** Returns the indexes of the values of a type in a list such as `values` of `retrieveHandleRecordJson`. */
  getHandlerecordIndicesForKey(
    key: string,
    listOfEntries: readonly Pick<HandleValue, "index" | "type">[],
  ): number[] {
    return withExceptions(() => {
      checkArgument("getHandlerecordIndicesForKey", "key", key, ["string"]);
      checkArgument("getHandlerecordIndicesForKey", "listOfEntries", listOfEntries, ["array"]);
      checkItems("getHandlerecordIndicesForKey", "listOfEntries", listOfEntries, ["object"]);
      return indicesOf(key, listOfEntries);
    });
  }

  /** Returns a new name: a random UUID, below the prefix if one is given. */
  generatePIDName(prefix?: string | null): string {
    withExceptions(() => checkArgument("generatePIDName", "prefix", prefix ?? undefined, TEXT));
    const suffix = crypto.randomUUID();
    return prefix === undefined || prefix === null ? suffix : `${prefix}/${suffix}`;
  }

  /**
   * Creates a handle: HS_ADMIN at 100, URL at 1, then checksum, extratypes and `10320/loc` from 2. The arguments after
   * the location may be options, or those of Python in their order.
   *
   * @param location the URL, or null for none
   * @returns the handle, in the server's spelling
   * @throws HandleAlreadyExistsException; IllegalOperationException for HS_ADMIN among the extratypes
   */
  registerHandle(handle: string, location: string | null, options?: RegisterOptions): Promise<string>;
  registerHandle(
    handle: string,
    location: string | null,
    checksum: string | null | undefined,
    additionalURLs?: readonly string[] | null,
    overwrite?: boolean,
    extratypes?: NewValues,
  ): Promise<string>;
  async registerHandle(
    handle: string,
    location: string | null,
    ...rest: readonly unknown[]
  ): Promise<string> {
    const operation = "registerHandle";
    return registerRecord(this.#session, operation, handle, location, rest);
  }

  /**
   * Creates a handle as `registerHandle` does, below a prefix and with a random UUID as the suffix.
   *
   * @returns the handle
   */
  generateAndRegisterHandle(
    prefix: string,
    location: string | null,
    options?: Omit<RegisterOptions, "overwrite">,
  ): Promise<string>;
  generateAndRegisterHandle(
    prefix: string,
    location: string | null,
    checksum: string | null | undefined,
    additionalURLs?: readonly string[] | null,
    extratypes?: NewValues,
  ): Promise<string>;
  async generateAndRegisterHandle(
    prefix: string,
    location: string | null,
    ...rest: readonly unknown[]
  ): Promise<string> {
    const operation = "generateAndRegisterHandle";
    withExceptions(() => checkArgument(operation, "prefix", prefix, ["string"]));
    return registerRecord(this.#session, operation, this.generatePIDName(prefix), location, rest, [
      "checksum",
      "additionalURLs",
      "extratypes",
    ]);
  }

  /**
   * Creates a handle with HS_ADMIN and these values alone; a method of PYHANDLE.
   *
   * @returns the handle
   * @throws HandleAlreadyExistsException; IllegalOperationException for HS_ADMIN
   */
  async registerHandleKv(
    handle: string,
    pairs: KeyValuePairs,
    options: Pick<RegisterOptions, "overwrite"> = {},
  ): Promise<string> {
    return registerPairs(this.#session, "registerHandleKv", handle, pairs, options);
  }

  /**
   * Creates a handle with these values at their indexes; HS_ADMIN, unless it is one of them, is added at the first free
   * index from 100. A method of PYHANDLE.
   *
   * @param options as an object, or `overwrite` itself, as in Python
   * @returns the handle
   * @throws HandleAlreadyExistsException
   */
  async registerHandleJson(
    handle: string,
    listOfEntries: readonly NewValue[],
    options: Pick<RegisterOptions, "overwrite"> | boolean = {},
  ): Promise<string> {
    return registerList(this.#session, "registerHandleJson", handle, listOfEntries, options);
  }

  /**
   * Changes values and leaves all others: one request for values that change, before it one for new values.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException if the record has two values of a type and no index
   *   chooses one; IllegalOperationException for HS_ADMIN, unless `modifyHsAdmin` is set and the record has one
   */
  async modifyHandleValue(
    handle: string,
    pairs: KeyValuePairs,
    options: ModifyHandleValueOptions = {},
  ): Promise<void> {
    await changeValues(this.#session, "modifyHandleValue", handle, pairs, options);
  }

  /** Changes values as `modifyHandleValue` does, and adds missing ones; a method of PYHANDLE. @returns the handle */
  async modifyOrAddHandleValue(
    handle: string,
    pairs: KeyValuePairs,
    options: Pick<ModifyHandleValueOptions, "ttl"> = {},
  ): Promise<string> {
    await changeValues(this.#session, "modifyOrAddHandleValue", handle, pairs, options, true);
    return handle;
  }

  /** Changes values as `modifyHandleValue` does, and ignores missing ones; a method of PYHANDLE. @returns the handle */
  async modifyHandleValueNotAdd(
    handle: string,
    pairs: KeyValuePairs,
    options: Pick<ModifyHandleValueOptions, "ttl"> = {},
  ): Promise<string> {
    await changeValues(this.#session, "modifyHandleValueNotAdd", handle, pairs, options, false);
    return handle;
  }

  /**
   * Adds values at free indexes, also of types that the record has; a method of PYHANDLE.
   *
   * @returns the handle
   * @throws HandleNotFoundException; IllegalOperationException for HS_ADMIN without `modifyHsAdmin`
   */
  async addHandleValue(
    handle: string,
    pairs: Exclude<KeyValuePairs, readonly NewValue[]>,
    options: Pick<ModifyHandleValueOptions, "ttl"> = {},
  ): Promise<string> {
    await addValues(this.#session, "addHandleValue", handle, pairs, options);
    return handle;
  }

  /**
   * Deletes the values of one or several types; ignores types that the record does not have.
   *
   * @throws HandleNotFoundException; IllegalOperationException for HS_ADMIN
   */
  async deleteHandleValue(
    handle: string,
    key: string | readonly string[],
    ...others: readonly never[]
  ): Promise<void> {
    await deleteTypes(this.#session, "deleteHandleValue", handle, key, others);
  }

  /**
   * Deletes a handle with its whole record.
   *
   * @throws HandleNotFoundException; TypeError for a second argument, which `deleteHandleValue` takes
   */
  async deleteHandle(handle: string, ...others: readonly never[]): Promise<void> {
    if (others.length > 0) {
      throw new TypeError(
        "deleteHandle takes a handle alone and deletes its whole record; deleteHandleValue deletes values.",
        { cause: invalidOptions("deleteHandle: there are too many arguments.") },
      );
    }
    const { client } = this.#session;
    await runMethod(this.#session, "deleteHandle", handle, () => client.delete(handle));
  }

  /**
   * Resolves to the handles whose values match, from the reverse look-up servlet: all of them, or one page if `limit` or
   * `page` is given. The arguments may be terms and options, or URL and prefix in Python's order, followed by other
   * terms.
   *
   * @throws ReverseLookupException for every failure, also if searching is not set up
   */
  searchHandle(terms?: SearchHandleTerms, options?: SearchHandleOptions): Promise<readonly string[]>;
  searchHandle(
    url: string | null,
    prefix?: string | null,
    terms?: SearchHandleTerms,
  ): Promise<readonly string[]>;
  async searchHandle(...given: readonly unknown[]): Promise<readonly string[]> {
    return findHandles(this.#session, given);
  }

  /**
   * Resolves to true if the record has no `10320/loc`, or none with a URL.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException if it cannot be read
   */
  async is10320LOCEmpty(handle: string, handlerecordJson?: HandleRecordJson | null): Promise<boolean> {
    const found = await readLocations(this.#session, "is10320LOCEmpty", handle, handlerecordJson);
    return found.every(({ entries }) => entries.every(({ href }) => href === undefined));
  }

  /**
   * Resolves to true if a location of the record's `10320/loc` has exactly this URL.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException if it cannot be read
   */
  async isURLContainedIn10320LOC(
    handle: string,
    url: string,
    handlerecordJson?: HandleRecordJson | null,
  ): Promise<boolean> {
    const operation = "isURLContainedIn10320LOC";
    await runMethod(this.#session, operation, handle, () => checkArgument(operation, "url", url, ["string"]));
    const found = await readLocations(this.#session, operation, handle, handlerecordJson);
    return found.some((locations) => containsUrl(locations, url));
  }

  /**
   * Adds locations to the `10320/loc`, or sets the attributes of present ones; writes that value alone. URLs may be one
   * list or, as in Python, arguments one by one; attributes come last.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for two such values, or one that cannot be read
   */
  addAdditionalURL(
    handle: string,
    urls: string | readonly string[],
    attributes?: LocationAttributes,
  ): Promise<void>;
  addAdditionalURL(handle: string, ...urls: readonly string[]): Promise<void>;
  addAdditionalURL(
    handle: string,
    ...urlsAndAttributes: readonly [string, ...(readonly (string | LocationAttributes)[])]
  ): Promise<void>;
  async addAdditionalURL(handle: string, ...rest: readonly unknown[]): Promise<void> {
    await addUrls(this.#session, "addAdditionalURL", handle, rest);
  }

  /**
   * Replaces a URL in each location that has it; sends nothing if none has.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for two such values, or one that cannot be read
   */
  async exchangeAdditionalURL(handle: string, oldUrl: string, newUrl: string): Promise<void> {
    await exchangeUrls(this.#session, "exchangeAdditionalURL", handle, oldUrl, newUrl);
  }

  /**
   * Removes the locations with these URLs, and the `10320/loc` with the last of them; sends nothing if none has one of
   * them. URLs may be one list or, as in Python, arguments one by one.
   *
   * @throws HandleNotFoundException; BrokenHandleRecordException for two such values, or one that cannot be read
   */
  async removeAdditionalURL(handle: string, ...urls: readonly (string | readonly string[])[]): Promise<void> {
    await removeUrls(this.#session, "removeAdditionalURL", handle, urls);
  }

  /** Closes the connections that the client opened. */
  close(): Promise<void> {
    return this.#session.client.close();
  }
}
