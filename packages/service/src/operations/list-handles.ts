import { foldCase, prefixHandle, RESPONSE_CODES, type ValueReference } from "@handlekit/core";
import type { HandleKey } from "@handlekit/core/store";
import { refuse } from "../refuse.ts";
import { createAuthoriser } from "./authoriser.ts";
import { type OnHandle, type OperationContext, type Page, rangeOf } from "./context.ts";

const CHUNK = 1000;

/** Resolves to true if an identity may list the handles of a prefix: LIST_HANDLES in the record of its prefix handle. */
export async function mayList(
  context: OperationContext,
  identity: ValueReference,
  prefix: string,
): Promise<boolean> {
  const authoriser = createAuthoriser(context, { identity, handle: prefix }, prefixHandle(prefix));
  return (await authoriser.ask({ name: "list" })).allowed;
}

/**
 * Lists the handles of a prefix, as keys of the store, in the order of their bytes.
 *
 * @param input `handle` is the prefix or its prefix handle
 * @throws HandleError response code 301, 402, 400
 */
export async function listHandles(
  context: OperationContext,
  input: OnHandle & { readonly page?: Page | undefined },
): Promise<{ readonly total: number; readonly handles: readonly HandleKey[] }> {
  const prefix = foldCase(input.handle).replace(/^0\.NA\//, "");
  // A slash belongs to no prefix: without it, another prefix than the one that was meant would be listed.
  if (prefix.includes("/")) {
    throw refuse(RESPONSE_CODES.serverNotResponsible, "That prefix doesn't live here", input.handle);
  }
  await context.homed.assert(prefix, input.handle);
  await createAuthoriser(context, input, prefixHandle(prefix)).assert({ name: "list" });

  // Counts all keys, and keeps only those of the page in memory.
  const { from, count } = rangeOf(input.page);
  const handles: HandleKey[] = [];
  let total = 0;
  for (let after: HandleKey | undefined; ; ) {
    const chunk = await context.store.list(prefix, after, CHUNK);
    handles.push(...chunk.slice(Math.max(0, from - total), Math.max(0, from + count - total)));
    total += chunk.length;
    after = chunk.at(-1);
    if (chunk.length < CHUNK) return { total, handles };
  }
}
