export type {
  BatchAuthenticate,
  BatchCommand,
  BatchData,
  BatchDelete,
  BatchHome,
  BatchRemove,
  BatchSessionSetup,
  BatchValue,
  BatchValueInput,
  BatchWrite,
} from "./command.ts";
export { formatBatch } from "./format-batch.ts";
export { parseBatch, readBatch } from "./parse-batch.ts";
export { type BatchLog, type BatchOperation, type BatchOutcome, parseBatchLog } from "./parse-batch-log.ts";
