import {
  encodeUtf8,
  formatReference,
  HandleError,
  type HandleValueInput,
  isHandleError,
  normalizeHandle,
  parseReference,
  permissionBits,
  prefixHandle,
  prefixOf,
} from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import { allocateIndexes, listValues } from "./allocate-indexes.ts";
import { noSuchValue, planChange } from "./plan-change.ts";
import { readAnswer, type Success } from "./response.ts";
import { strategyFor } from "./strategy.ts";
import type {
  ClientCredentials,
  ClientOptions,
  HandleClient,
  HandleRecord,
  ReadOptions,
  WriteResult,
} from "./types.ts";
import { readServer, recordUrl } from "./url.ts";

/** What is asked when nobody names a server: the public resolver, for reading. */
const PUBLIC_RESOLVER = "https://hdl.handle.net";
const DEFAULT_PERMISSIONS = "011111110011";

type Query = readonly (readonly [string, string])[];

interface Call {
  /** In the infinitive, for errors. */
  readonly operation: string;
  readonly method: string;
  readonly handle: string;
  readonly query: Query;
  readonly values?: readonly HandleValueInput[];
  readonly login: boolean;
  readonly signal?: AbortSignal | undefined;
}

const indexQuery = (indexes: readonly number[]): Query =>
  indexes.map((index) => ["index", String(index)] as const);

/** An error of the second half of a change, which says that the first was done. */
function afterAdding(error: unknown, handle: string, added: readonly HandleValueInput[]): unknown {
  if (!isHandleError(error)) return error;
  const { code, message, hint, responseCode, status, retryable } = error;
  const indexes = added.map((value) => value.index).join(", ");
  return new HandleError(code, {
    message: `${message} The new values of ${handle} (index ${indexes}) had been added before.`,
    hint,
    handle,
    responseCode,
    status,
    retryable,
  });
}

/**
 * A client for the REST API of Handle.Net servers.
 *
 * @param credentials the server and who to be; without a server, hdl.handle.net for reading
 * @param options a strategy, a transport, the owner of new handles
 * @throws HandleError `invalid_options` for a server address that is none, or a login without a server;
 *   `insecure_connection` for a login over plain HTTP; `invalid_value` for malformed permissions; `invalid_reference`
 *   for a malformed owner; `invalid_key` for a certificate that is none
 * @example
 * ```ts
 * const client = createClient(await loadCredentials("credentials.json"));
 * await client.create("20.500.12345/abc", { URL: "https://example.org/" });
 * await client.close();
 * ```
 */
export function createClient(credentials: ClientCredentials, options: ClientOptions = {}): HandleClient {
  if (
    credentials.server === undefined &&
    (credentials.login !== undefined || options.strategy !== undefined)
  ) {
    throw new HandleError("invalid_options", {
      message: "There is a login but no server to send it to.",
      hint: "Name the handle server: handle_server_url (or baseuri) in the credentials file.",
    });
  }
  const server = readServer(credentials.server ?? PUBLIC_RESOLVER);
  const strategy = options.strategy ?? strategyFor(credentials.login, server);
  const permissions = options.permissions ?? DEFAULT_PERMISSIONS;
  permissionBits(permissions);
  const owner =
    typeof options.owner === "string"
      ? parseReference(options.owner)
      : (options.owner ?? credentials.handleOwner);
  const verify = credentials.httpsVerify ?? true;
  const transport =
    options.transport ?? createTransport(typeof verify === "boolean" ? { verify } : { ca: verify.ca });

  const send = async ({
    operation,
    method,
    handle,
    query,
    values,
    login,
    signal,
  }: Call): Promise<Success> => {
    const using = login ? strategy : undefined;
    if (login && using === undefined) {
      throw new HandleError("authentication_failed", {
        message: `Could not ${operation} ${handle}: no credentials were given.`,
        hint: "Give a credentials file with a user and password, or with a certificate and its key.",
        handle,
      });
    }
    const response = await transport.send(
      {
        method,
        url: recordUrl(server, handle, query),
        headers: { accept: "application/json", ...(values ? { "content-type": "application/json" } : {}) },
        ...(values ? { body: encodeUtf8(JSON.stringify({ values })) } : {}),
      },
      { ...(using ? { strategy: using } : {}), ...(signal ? { signal } : {}) },
    );
    const identity = using?.identity && formatReference(using.identity);
    return readAnswer(response, { operation, handle, scheme: using?.scheme, identity });
  };

  const read = async (text: string, how: ReadOptions = {}): Promise<HandleRecord> => {
    const handle = normalizeHandle(text);
    const query: Query = [
      ...indexQuery(how.indexes ?? []),
      ...(how.types ?? []).map((type) => ["type", type] as const),
      ...(how.authoritative ? [["auth", "true"] as const] : []),
    ];
    const login = how.authenticated ?? false;
    const found = await send({ operation: "read", method: "GET", handle, query, login, signal: how.signal });
    return { handle, values: found.values.toSorted((a, b) => a.index - b.index) };
  };

  /** What a change has to know: every value, or, where this user may not read them all, the public ones. */
  const readForChange = async (handle: string, signal: AbortSignal | undefined) => {
    const how = signal ? { signal } : {};
    try {
      return await read(handle, { ...how, authenticated: true });
    } catch (error) {
      if (!isHandleError(error, "permission_denied")) throw error;
      return read(handle, how);
    }
  };

  const put = async (
    operation: string,
    handle: string,
    values: readonly HandleValueInput[],
    overwrite: boolean,
    at: "record" | "indexes",
    signal: AbortSignal | undefined,
  ): Promise<WriteResult> => {
    const indexes = at === "indexes" ? indexQuery(values.map((value) => value.index)) : [];
    const query: Query = [...indexes, ["overwrite", String(overwrite)]];
    const made = await send({ operation, method: "PUT", handle, query, values, login: true, signal });
    return { handle: made.handle, responseCode: made.responseCode, created: made.status === 201, values };
  };

  const remove = async (
    operation: string,
    handle: string,
    query: Query,
    signal: AbortSignal | undefined,
  ): Promise<WriteResult> => {
    const { responseCode } = await send({ operation, method: "DELETE", handle, query, login: true, signal });
    return { handle, responseCode, created: false, values: [] };
  };

  const adminValue = (handle: string): HandleValueInput => {
    const reference = owner ?? { index: 200, handle: prefixHandle(prefixOf(handle)) };
    return { index: 100, type: "HS_ADMIN", data: { format: "admin", value: { ...reference, permissions } } };
  };

  return {
    server,
    read,
    async readValue(handle, which, how = {}) {
      const filter = typeof which === "number" ? { indexes: [which] } : { types: [which] };
      return (await read(handle, { ...how, ...filter })).values[0];
    },
    async create(text, values, how = {}) {
      const handle = normalizeHandle(text);
      const given = listValues(values);
      const wanted = given.some((value) => value.type === "HS_ADMIN")
        ? given
        : [adminValue(handle), ...given];
      return put("create", handle, allocateIndexes(wanted), how.overwrite ?? false, "record", how.signal);
    },
    async modify(text, values, how = {}) {
      const handle = normalizeHandle(text);
      const { values: present } = await readForChange(handle, how.signal);
      const { replaced, added } = planChange(handle, listValues(values), present, how);
      if (replaced.length + added.length === 0) {
        throw new HandleError("invalid_options", {
          message: `No value of ${handle} was named to be changed.`,
          handle,
        });
      }
      const write = (list: readonly HandleValueInput[], overwrite: boolean) =>
        put("modify", handle, list, overwrite, "indexes", how.signal);
      // Another client, or a value we were not shown, may sit at a free index: adding never overwrites, and comes first.
      const result = added.length === 0 ? undefined : await write(added, false);
      if (replaced.length === 0 && result !== undefined) return result;
      try {
        return {
          ...(await write(replaced, true)),
          created: result !== undefined,
          values: [...replaced, ...added],
        };
      } catch (error) {
        throw result === undefined ? error : afterAdding(error, handle, added);
      }
    },
    async deleteValues(text, which, how = {}) {
      const handle = normalizeHandle(text);
      const indexes = new Set(which.filter((item) => typeof item === "number"));
      const types = which.filter((item) => typeof item === "string");
      const present = types.length > 0 ? (await readForChange(handle, how.signal)).values : [];
      for (const type of types) {
        const found = present.filter((value) => value.type === type);
        if (found.length === 0) throw noSuchValue(handle, type);
        for (const { index } of found) indexes.add(index);
      }
      // A DELETE without an index would delete the handle.
      if (indexes.size === 0) {
        throw new HandleError("invalid_options", {
          message: `No value of ${handle} was named to be deleted.`,
          handle,
        });
      }
      return remove("delete values of", handle, indexQuery([...indexes]), how.signal);
    },
    async delete(handle, how = {}) {
      return remove("delete", normalizeHandle(handle), [], how.signal);
    },
    async close() {
      if (options.strategy === undefined) await strategy?.close?.();
      if (options.transport === undefined) await transport.close();
    },
  };
}
