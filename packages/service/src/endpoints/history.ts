import { decodeValue, formatReference, RESPONSE_CODES, type ValueReference } from "@handlekit/core";
import type { ChainedEntry } from "@handlekit/core/store";
import { answer } from "../http/answer.ts";
import { decodePath, notANumber } from "../http/parsed-request.ts";
import { isServerAdmin } from "../operations/prefixes.ts";
import { readHistory } from "../operations/read-history.ts";
import type { ApiContext, Endpoint } from "./context.ts";
import { authenticationNeeded, refusal } from "./refusal.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

function readNumber(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw notANumber(text);
  return Number(text);
}

/** The addresses of clients are only for who runs the server. */
function mayReadAddresses(context: ApiContext, identity: ValueReference | undefined): boolean {
  return identity !== undefined && isServerAdmin(context, identity);
}

function toJson({ number, digest, entry }: ChainedEntry, withAddress: boolean): object {
  const { time, identity, scheme, address, operation, before, after, note } = entry;
  return {
    number,
    time: time.toISOString(),
    identity: identity && formatReference(identity),
    scheme,
    address: withAddress ? address : undefined,
    operation,
    note,
    before: before?.map(decodeValue),
    after: after?.map(decodeValue),
    digest,
  };
}

/**
 * /hdl-server/history/{handle}: the changes of a handle, the newest first, for who may read its hidden values. `limit`
 * (default 100, at most 1000) of them, before the entry with the number `before`. `next` in the response is the value of
 * `before` for the next page.
 */
export const historyEndpoint: Endpoint = async (context, call) => {
  const { request, who, rest } = call;
  try {
    if (who.failed !== undefined) return await authenticationNeeded(context, call);
    const handle = decodePath(rest.slice(1));
    const { parameters } = request;
    const limit = Math.min(readNumber(parameters, "limit") ?? DEFAULT_LIMIT, MAX_LIMIT);
    const before = readNumber(parameters, "before");
    const { entries, next } = await readHistory(context, { identity: who.identity, handle, before, limit });
    const withAddress = mayReadAddresses(context, who.identity);
    return answer({
      responseCode: RESPONSE_CODES.success,
      handle,
      entries: entries.map((each) => toJson(each, withAddress)),
      next,
    });
  } catch (error) {
    return refusal(context, call, error);
  }
};
