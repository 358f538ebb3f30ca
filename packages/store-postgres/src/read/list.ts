import { quoteForMessage } from "@handlekit/core";
import type { HandleKey } from "@handlekit/core/store";
import { sqlNumber } from "../audit.ts";
import type { Database, Statement } from "../database/database.ts";
import { keyRange } from "../database/key-range.ts";
import { textOf } from "../rows/value-row.ts";

const part = (columns: string, table: string) =>
  `(SELECT ${columns} FROM ${table} WHERE handle >= $1 AND handle < $2 ORDER BY handle LIMIT $3)`;

const LIST: Statement = {
  name: "list",
  text: `${part("DISTINCT handle", "handles")} UNION ${part("handle", "handlekit_empty")} ORDER BY handle LIMIT $3`,
};

/** Lists the keys under a prefix that are greater than `after`, in ascending order of their bytes. */
export async function listKeys(
  database: Database,
  prefix: string,
  after: HandleKey | undefined,
  limit: number,
): Promise<HandleKey[]> {
  const values = [...keyRange(prefix, after), sqlNumber(limit)];
  const { rows } = await database.read(`list ${quoteForMessage(prefix)}`, LIST, values);
  return rows.map(([handle]) => textOf(handle) as HandleKey);
}
