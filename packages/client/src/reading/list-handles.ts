import { checkArgument, HandleError, quoteForMessage } from "@handlekit/core";
import { checkCallOptions, checkCount, FUNCTION, NUMBER } from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import { readAnswer, readJson } from "../connection/response.ts";
import type { ClientContext } from "../context.ts";
import { createPageMemory, isInPrefix, ofPrefix } from "./pages.ts";

/** Options of listing. */
export interface ListOptions extends CallOptions {
  /** The number of handles per request. Default 1000. */
  readonly pageSize?: number | undefined;
  /** Called with what is wrong with the server's list. Default `console.warn`. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/** One page of a list. */
interface ListPage {
  readonly total: number;
  readonly handles: readonly string[];
}

/** Returns a number of handles, which servers give as text; undefined for anything else. */
function readTotal(total: unknown): number | undefined {
  const text = typeof total === "number" ? String(total) : total;
  return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
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
  const total = readTotal(totalCount);
  if (total !== undefined && Array.isArray(handles) && handles.every((item) => typeof item === "string")) {
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
  { pageSize = 1000, signal, onWarning = console.warn }: ListOptions,
): AsyncGenerator<string> {
  const isRepeated = createPageMemory();
  let seen = 0;
  let warned = false;
  for (let page = 0; ; page++) {
    const { handles, total } = await readPage(context, prefix, page, pageSize, signal);
    if (handles.length === 0) return;
    if (await isRepeated(handles)) {
      onWarning(
        `The list of the handles of ${quoteForMessage(prefix)} ends after ${seen} of ${total}: the server repeats a page.`,
      );
      return;
    }
    const own = ofPrefix(handles, prefix);
    if (own.length < handles.length && !warned) {
      warned = true;
      const foreign = handles.find((handle) => !isInPrefix(handle, prefix)) ?? "";
      onWarning(
        `Handles of other prefixes, such as ${quoteForMessage(foreign)}, are left out of the list of ${quoteForMessage(prefix)}.`,
      );
    }
    yield* own;
    seen += handles.length;
    if (seen >= total) return;
  }
}

/** Lists the handles of a prefix, page by page; see `HandleClient.list`. */
export function listHandles(
  context: ClientContext,
  prefix: string,
  options: ListOptions = {},
): AsyncIterable<string> {
  checkArgument("list", "prefix", prefix, ["string"]);
  checkCallOptions("list", options, { pageSize: NUMBER, onWarning: FUNCTION });
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
