import { quoteForMessage } from "@handlekit/core";
import type { HandleKey, SizedRecord } from "@handlekit/core/store";
import type { Database, Statement } from "../database/database.ts";
import type { RevisionOf } from "../rows/revisions.ts";
import { bytesOf } from "../rows/value-row.ts";
import { createLanes } from "./lanes.ts";
import { type Row, recordsOf, selectRows } from "./rows-of-records.ts";

/** Reads committed records. */
export interface RecordReader {
  /** Reads that wait at the same time share a query. */
  read(key: HandleKey): Promise<SizedRecord | undefined>;
}

const READ: Statement = { name: "read", text: selectRows("") };

/** Creates the reader. */
export function createRecordReader(database: Database, revisionOf: RevisionOf): RecordReader {
  async function readGroup(keys: readonly HandleKey[]): Promise<(SizedRecord | undefined)[]> {
    const wanted = [...new Set(keys)];
    const [first = ""] = wanted;
    const what = wanted.length === 1 ? `read ${quoteForMessage(first)}` : `read ${wanted.length} records`;
    const { rows } = await database.read(what, READ, [wanted.map(bytesOf)]);
    const found = recordsOf(rows as unknown as Row[]);
    return keys.map((key) => {
      const read = found.get(key);
      return (
        read && { record: { values: read.values, revision: revisionOf(read.values) }, bytes: read.bytes }
      );
    });
  }

  return { read: createLanes(readGroup) };
}
