import { checkArgument, HandleError, quoteForMessage } from "@handlekit/core";
import { checkCallOptions, checkCount, NUMBER } from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import { readAnswer, readJson } from "../connection/response.ts";
import type { ClientContext } from "../context.ts";

/** Options of listing. */
export interface ListOptions extends CallOptions {
  /** The number of handles per request. Default 1000. */
  readonly pageSize?: number | undefined;
}

/** One page of a list. */
interface ListPage {
  readonly total: number;
  readonly handles: readonly string[];
}

async function readPage(
  { connection, settings }: ClientContext,
  prefix: string,
  page: number,
  pageSize: number,
  signal: AbortSignal | undefined,
): Promise<ListPage> {
  const query = new URLSearchParams({ prefix, page: String(page), pageSize: String(pageSize) });
  const subject = { operation: "list the handles of", handle: prefix };
  const url = `${settings.server}${settings.apiPath.replace(/\/$/, "")}?${query}`;
  const response = await connection.request(url, subject, signal);
  readAnswer(response, { ...subject, scheme: "login" });
  const { totalCount, handles } = readJson(response.body) as { totalCount?: unknown; handles?: unknown };
  const total = Number(totalCount);
  if (
    Number.isInteger(total) &&
    Array.isArray(handles) &&
    handles.every((item) => typeof item === "string")
  ) {
    return { total, handles };
  }
  throw new HandleError("protocol_error", {
    message: `The server answered with no valid list of the handles of ${quoteForMessage(prefix)}.`,
    hint: "Check the server's address.",
  });
}

async function* allPages(
  context: ClientContext,
  prefix: string,
  { pageSize = 1000, signal }: ListOptions,
): AsyncGenerator<string> {
  let seen = 0;
  for (let page = 0; ; page++) {
    const { handles, total } = await readPage(context, prefix, page, pageSize, signal);
    yield* handles;
    seen += handles.length;
    if (handles.length === 0 || seen >= total) return;
  }
}

/** Lists the handles of a prefix, page by page; see `HandleClient.list`. */
export function listHandles(
  context: ClientContext,
  prefix: string,
  options: ListOptions = {},
): AsyncIterable<string> {
  checkArgument("list", "prefix", prefix, ["string"]);
  checkCallOptions("list", options, { pageSize: NUMBER });
  checkCount("list", "the option pageSize", options.pageSize, 1);
  return allPages(context, prefix, options);
}

/** Resolves to the number of handles of a prefix; see `HandleClient.count`. */
export async function countHandles(
  context: ClientContext,
  prefix: string,
  options: CallOptions = {},
): Promise<number> {
  checkArgument("count", "prefix", prefix, ["string"]);
  checkCallOptions("count", options);
  return (await readPage(context, prefix, 0, 0, options.signal)).total;
}
