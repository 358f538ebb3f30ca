import { decodeUtf8, HandleError, quoteForMessage } from "@handlekit/core";
import type { ServerConnection } from "./connection.ts";
import { readAnswer } from "./response.ts";
import type { ClientSettings } from "./settings.ts";
import type { CallOptions } from "./types.ts";

/** How to list. */
export interface ListOptions extends CallOptions {
  /** Handles asked for at a time. Default 1000. */
  readonly pageSize?: number;
}

/** One page of a list. */
interface ListPage {
  readonly total: number;
  readonly handles: readonly string[];
}

async function readPage(
  connection: ServerConnection,
  { server, apiPath }: ClientSettings,
  prefix: string,
  page: number,
  pageSize: number,
  signal: AbortSignal | undefined,
): Promise<ListPage> {
  const query = new URLSearchParams({ prefix, page: String(page), pageSize: String(pageSize) });
  const subject = { operation: "list the handles of", handle: prefix };
  const response = await connection.request(
    `${server}${apiPath.replace(/\/$/, "")}?${query}`,
    subject,
    true,
    signal,
  );
  readAnswer(response, { ...subject, scheme: "login" });
  const json = JSON.parse(decodeUtf8(response.body ?? new Uint8Array()) ?? "") as {
    totalCount?: unknown;
    handles?: unknown;
  };
  const { handles } = json;
  const total = Number(json.totalCount);
  if (
    !Number.isInteger(total) ||
    !Array.isArray(handles) ||
    !handles.every((item) => typeof item === "string")
  ) {
    throw new HandleError("protocol_error", {
      message: `The server's list of the handles of ${quoteForMessage(prefix)} is not one of the handle API.`,
    });
  }
  return { total, handles };
}

/** The handles of a prefix, page by page; see `HandleClient.list`. */
export async function* listHandles(
  connection: ServerConnection,
  settings: ClientSettings,
  prefix: string,
  { pageSize = 1000, signal }: ListOptions = {},
): AsyncGenerator<string> {
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new HandleError("invalid_options", { message: "pageSize is not a whole number over 0." });
  }
  let seen = 0;
  for (let page = 0; ; page++) {
    const { handles, total } = await readPage(connection, settings, prefix, page, pageSize, signal);
    yield* handles;
    seen += handles.length;
    if (handles.length === 0 || seen >= total) return;
  }
}

/** How many handles a prefix has. */
export async function countHandles(
  connection: ServerConnection,
  settings: ClientSettings,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  return (await readPage(connection, settings, prefix, 0, 0, signal)).total;
}
