import { foldCase, prefixHandle, RESPONSE_CODES } from "@handlekit/core";
import type { HandleKey } from "@handlekit/core/store";
import { answer } from "../answer.ts";
import type { ServiceContext } from "../context.ts";
import type { ServiceResponse } from "../exchange-types.ts";
import { readPaging } from "../parameters.ts";
import { assertAllowed, assertIdentified } from "./authorised.ts";
import type { HandleCall } from "./handle-call.ts";

const CHUNK = 1000;

/** Counts the keys of a prefix and collects those of a page, without holding the others. */
async function collect(
  context: ServiceContext,
  prefix: string,
  from: number,
  count: number,
): Promise<{ readonly total: number; readonly keys: readonly HandleKey[] }> {
  const keys: HandleKey[] = [];
  let total = 0;
  for (let after: HandleKey | undefined; ; ) {
    const chunk = await context.store.list(prefix, after, CHUNK);
    keys.push(...chunk.slice(Math.max(0, from - total), Math.max(0, from + count - total)));
    total += chunk.length;
    after = chunk.at(-1);
    if (chunk.length < CHUNK) return { total, keys };
  }
}

/**
 * GET /api/handles?prefix=P: the handles of a prefix in the order of their bytes, as the store keys them.
 *
 * @throws HandleError with a response code: 4, 301, 402, 400
 */
export async function listHandles(context: ServiceContext, call: HandleCall): Promise<ServiceResponse> {
  const echo = call.parameters.get("prefix") ?? "";
  const paging = readPaging(call.parameters);
  const prefix = foldCase(echo).replace(/^0\.NA\//, "");
  const asked = { ...call, handle: prefixHandle(prefix), echo };
  await context.homed.assert(prefix, echo);
  assertIdentified(asked);
  await assertAllowed(context, { ...asked, handle: `${prefix}/` }, { name: "list" });
  const { total, keys } = await collect(
    context,
    prefix,
    paging ? paging.page * paging.pageSize : 0,
    paging ? paging.pageSize : Number.POSITIVE_INFINITY,
  );
  return answer({
    responseCode: RESPONSE_CODES.success,
    prefix: echo,
    totalCount: String(total),
    ...paging,
    handles: keys,
  });
}
