import { MAX_INDEX, quoteForMessage, RESPONSE_CODES } from "@handlekit/core";
import { refuse } from "./refuse.ts";

/**
 * The `index` parameters of a query, in order.
 *
 * @throws HandleError response code 4 when one is not an integer
 */
export function readIndexes(query: URLSearchParams): readonly number[] {
  return query.getAll("index").map((text) => {
    if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) > MAX_INDEX) {
      throw refuse(RESPONSE_CODES.protocolError, `The index ${quoteForMessage(text)} is not an integer`);
    }
    return Number(text);
  });
}
