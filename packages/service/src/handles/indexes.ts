import { MAX_INDEX } from "@handlekit/core";
import { notANumber } from "../parameters.ts";

/**
 * The `index` parameters of a query, in order.
 *
 * @throws HandleError response code 4 when one is not an integer
 */
export function readIndexes(query: URLSearchParams): readonly number[] {
  return query.getAll("index").map((text) => {
    if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) > MAX_INDEX) {
      throw notANumber(text);
    }
    return Number(text);
  });
}
