import {
  checkArgument,
  HandleError,
  isHandleError,
  normalizeHandle,
  printable,
  type WireResponse,
} from "@handlekit/core";
import { checkCallOptions, checkCount, NUMBER } from "../check-call.ts";
import type { CallOptions, Query } from "../connection/connection.ts";
import { readAnswer, readJson } from "../connection/response.ts";
import { recordUrl } from "../connection/url.ts";
import type { ClientContext } from "../context.ts";
import { type HistoryEntry, MAX_NUMBER, notAHistory, readEntry } from "./history-entry.ts";

/** Options of reading a history. */
export interface HistoryOptions extends CallOptions {
  /** Only entries that are older than the one with this number. Default all. */
  readonly before?: number | undefined;
  /** The number of entries per request, 1 to 1000. Default 100; a server may give fewer. */
  readonly pageSize?: number | undefined;
}

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;
function noHistory(handle: string, cause?: unknown): HandleError {
  return new HandleError("not_supported", {
    message: printable(`The history of ${handle} cannot be read: the server keeps none.`),
    hint: "hdl-server keeps one in its SQLite store, since the version that can show it. Handle.Net's server keeps none.",
    handle,
    cause,
  });
}

/** Returns true for an answer that is not that of a server with a history: a page of a resolver, or of a proxy. */
function isOfAnother({ status, body }: WireResponse): boolean {
  const { responseCode } = (readJson(body) ?? {}) as { readonly responseCode?: unknown };
  return typeof responseCode !== "number" && [200, 404, 405, 501].includes(status);
}

/** Reads one page, and returns its entries, and the number before which there are older ones. */
async function readPage(
  { connection, settings }: ClientContext,
  handle: string,
  before: number | undefined,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly next: number | undefined }> {
  const subject = { operation: "read the history of", handle, scheme: "login" };
  const query: Query = [
    ["limit", String(limit)],
    ...(before === undefined ? [] : [["before", String(before)] as const]),
  ];
  const url = recordUrl(`${settings.server}/hdl-server/history/`, handle, query);
  const response = await connection.request(url, subject, signal);
  if (isOfAnother(response)) throw noHistory(handle);
  try {
    readAnswer(response, subject);
  } catch (error) {
    throw isHandleError(error, "not_supported") ? noHistory(handle, error) : error;
  }
  const { entries: listed, next } = readJson(response.body) as { entries?: unknown; next?: unknown };
  if (!Array.isArray(listed) || listed.length > limit) {
    throw notAHistory(handle, "a page has no list of entries, or more than were asked for");
  }
  const entries = listed.map((each) => readEntry(each, handle));
  let above = before ?? Number.POSITIVE_INFINITY;
  for (const { number } of entries) {
    if (number >= above) throw notAHistory(handle, "the numbers of its entries do not descend");
    above = number;
  }
  if (next === undefined) return { entries, next };
  // A page may be empty, because its entries are not for this user; its successor is older all the same.
  const bound = entries.length > 0 ? above + 1 : above;
  if (typeof next !== "number" || !(next >= 1 && next < bound)) {
    throw notAHistory(handle, "its next page is not older");
  }
  return { entries, next };
}

async function* allPages(
  context: ClientContext,
  handle: string,
  { before: first, pageSize = DEFAULT_PAGE_SIZE, signal }: HistoryOptions,
): AsyncGenerator<HistoryEntry> {
  let before = first;
  for (;;) {
    const { entries, next } = await readPage(context, handle, before, pageSize, signal);
    yield* entries;
    if (next === undefined) return;
    before = next;
  }
}

/** Reads the history of a handle, page by page; see `HandleClient.history`. */
export function readHistory(
  context: ClientContext,
  text: string,
  options: HistoryOptions = {},
): AsyncIterable<HistoryEntry> {
  checkArgument("history", "handle", text, ["string"]);
  checkCallOptions("history", options, { before: NUMBER, pageSize: NUMBER });
  checkCount("history", "the option before", options.before, 1, MAX_NUMBER);
  checkCount("history", "the option pageSize", options.pageSize, 1, MAX_PAGE_SIZE);
  return allPages(context, normalizeHandle(text), options);
}

/**
 * Resolves to one entry of the history of a handle.
 *
 * @throws HandleError `values_not_found` if the history of this handle has no entry with the number
 */
export async function readHistoryEntry(
  context: ClientContext,
  handle: string,
  number: number,
  signal: AbortSignal | undefined,
): Promise<HistoryEntry> {
  const { entries } = await readPage(context, handle, number + 1, 1, signal);
  const [entry] = entries;
  if (entry?.number === number) return entry;
  throw new HandleError("values_not_found", {
    message: `The history of ${handle} has no entry ${number}; nothing was changed.`,
    hint: "Its entries have the numbers that the history shows.",
    handle,
  });
}
