export type { HandleKey } from "../handle.ts";
export type { RecordValues } from "../store/handle-store.ts";
export type { StoredValue } from "../value/value.ts";
export { digestRecord, type Sha256 } from "./digest.ts";
export type { ExportManifest } from "./format.ts";
export { compareKeys } from "./order.ts";
export {
  createExportReader,
  type ExportItem,
  type ExportReader,
  type ReadExportOptions,
  readExport,
} from "./read-export.ts";
export type { ExportRecord } from "./record.ts";
export { type WriteExportOptions, writeExport } from "./write-export.ts";
