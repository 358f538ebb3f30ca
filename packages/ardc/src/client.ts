import { createAuth } from "@handlekit/auth";
import { HandleError, isHandleError, normalizeHandle, quoteForMessage, secret } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import { afterMinting } from "./after-minting.ts";
import { createCaller } from "./call.ts";
import { checkIndex, checkUrl, checkValue } from "./checks.ts";
import { listPages } from "./list-handles.ts";
import { createMintOnce } from "./mint-once.ts";
import type {
  ArdcClient,
  ArdcClientOptions,
  ArdcIdentifier,
  ArdcType,
  CallOptions,
  MintOptions,
} from "./types.ts";
import { wait } from "./wait.ts";

/** The service takes up to 2 s, at times more; beyond the attempt there is the wait for a free connection. */
const TIMEOUTS = { attempt: 30_000, total: 60_000 } as const;
const PLACEHOLDER = "{handle}";

/**
 * A client for the ARDC (formerly ANDS) Handle service.
 *
 * @param options where, and who to be
 * @throws HandleError `invalid_options` for an address that is none, or credentials beside a strategy;
 *   `invalid_credentials` for credentials that lack something; `insecure_connection` for credentials over plain http;
 *   and what `createArdcAuth` throws
 * @example
 * ```ts
 * const client = createArdcClient({ url: "https://demo.identifiers.ardc.edu.au/pids", credentials });
 * const { handle } = await client.mint({ url: "https://example.org/data/1" });
 * await client.close();
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function createArdcClient(options: ArdcClientOptions): ArdcClient {
  const url = checkUrl(options.url);
  const { credentials } = options;
  if (options.strategy && credentials) {
    throw new HandleError("invalid_options", {
      message: "There are credentials and a strategy: who is it to be?",
      hint: "Give one of the two.",
    });
  }
  const strategy =
    options.strategy ?? (credentials && createAuth({ ardc: credentials }, { for: "ardc", origins: [url] }));
  const transport = options.transport ?? createTransport({ timeouts: TIMEOUTS });
  const { sharedSecret } = credentials ?? {};
  const { one, list } = createCaller({
    url,
    strategy,
    transport,
    secret: typeof sharedSecret === "string" ? secret(sharedSecret) : sharedSecret,
  });

  function mintOne(type: ArdcType | "", value: string, index: number | undefined, signal?: AbortSignal) {
    const query = { type, value, ...(index === undefined ? {} : { index: checkIndex(index) }) };
    return one({ service: "mint", operation: "mint a handle", query, signal });
  }

  async function addAfterMinting(minted: string, type: ArdcType, value: string, how: CallOptions) {
    try {
      return await addValue(minted, type, value, how);
    } catch (error) {
      throw afterMinting(error, minted);
    }
  }

  async function mint({ url: address, desc, index, signal }: MintOptions = {}): Promise<ArdcIdentifier> {
    for (const value of [address, desc]) if (value !== undefined) checkValue(value);
    if (address === undefined) return mintOne(desc === undefined ? "" : "DESC", desc ?? "", index, signal);
    const minted = await mintOne("URL", address, index, signal);
    return desc === undefined ? minted : addAfterMinting(minted.handle, "DESC", desc, { signal });
  }

  async function addValue(text: string, type: ArdcType, value: string, { signal }: CallOptions = {}) {
    const handle = normalizeHandle(text);
    const query = { handle, type, value: checkValue(value) };
    return one({ service: "addValue", operation: "add a value to", query, handle, signal });
  }

  const client: Omit<ArdcClient, "mintOnce"> = {
    url,
    mint,
    async mintSelfDescribing(template, { signal } = {}) {
      if (!template.includes(PLACEHOLDER)) {
        throw new HandleError("invalid_options", {
          message: `The template ${quoteForMessage(template)} has no ${PLACEHOLDER} for the handle.`,
          hint: `For example https://example.org/view/${PLACEHOLDER}.`,
        });
      }
      checkValue(template);
      const { handle } = await mint({ signal });
      const value = template.replaceAll(PLACEHOLDER, () => handle);
      return addAfterMinting(handle, "URL", value, { signal });
    },
    addValue,
    async addValueByIndex(text, index, type, value, { signal } = {}) {
      const handle = normalizeHandle(text);
      const query = { handle, type, value: checkValue(value), index: checkIndex(index) };
      return one({ service: "addValueByIndex", operation: "add a value to", query, handle, signal });
    },
    async modifyValueByIndex(text, index, value, { signal } = {}) {
      const handle = normalizeHandle(text);
      const query = { handle, index: checkIndex(index), value: checkValue(value) };
      return one({ service: "modifyValueByIndex", operation: "modify a value of", query, handle, signal });
    },
    async deleteValueByIndex(text, index, { signal } = {}) {
      const handle = normalizeHandle(text);
      const query = { handle, index: checkIndex(index) };
      return one({ service: "deleteValueByIndex", operation: "delete a value of", query, handle, signal });
    },
    async getHandle(text, { signal } = {}) {
      const handle = normalizeHandle(text);
      return one({ service: "getHandle", operation: "read", query: { handle }, handle, signal });
    },
    async getHandlesByValue(value, { signal } = {}) {
      const query = { value: checkValue(value) };
      try {
        return await list({
          service: "getHandle",
          operation: "look for handles by their value",
          query,
          signal,
        });
      } catch (error) {
        if (isHandleError(error, "handle_not_found")) return [];
        throw error;
      }
    },
    listHandles({ after, signal } = {}) {
      const readPage = (start: string | undefined) =>
        list({
          service: "listHandles",
          operation: "list the handles",
          query: start === undefined ? {} : { startHandle: start },
          signal,
        });
      return listPages(readPage, after === undefined ? undefined : normalizeHandle(after));
    },
    async getOwnerHandle({ signal } = {}) {
      const call = { service: "getOwnerHandle", operation: "read the owner handle", query: {}, signal };
      return (await one(call)).handle;
    },
    async close() {
      if (options.strategy === undefined) await strategy?.close?.();
      if (options.transport === undefined) await transport.close();
    },
  };
  return { ...client, mintOnce: createMintOnce(client, options.now ?? Date.now, options.wait ?? wait) };
}
