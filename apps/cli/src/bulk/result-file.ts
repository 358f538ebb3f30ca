import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { BulkOutcome } from "@handlekit/client";
import { printable } from "@handlekit/core";
import { errorMembers } from "../report-error.ts";
import { usageError } from "../usage-error.ts";

/** A file with the outcome of each item, as CSV. */
export interface ResultFile {
  write(outcome: BulkOutcome): void;
  /** Resolves once everything has been written. */
  close(): Promise<void>;
}

const NAMES = { create: "create", modify: "set", deleteValues: "unset", delete: "delete" } as const;

/** The members of an outcome, in the order of the columns. */
export function outcomeMembers({ number, operation, status, error }: BulkOutcome): {
  readonly number: number;
  readonly handle: string;
  readonly operation: string;
  readonly status: string;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
} {
  const { code, message } = error === undefined ? {} : errorMembers(error);
  return {
    number: number + 1,
    handle: operation.handle,
    operation: NAMES[operation.kind],
    status,
    code,
    message,
  };
}

/** Returns a cell of CSV (RFC 4180). */
const cell = (value: string | number = "") =>
  /[",\r\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`;

/** Opens the file, and replaces an old one. @throws HandleError `invalid_options` if it cannot be written */
export async function openResultFile(path: string): Promise<ResultFile> {
  const stream = createWriteStream(path);
  let failed: Error | undefined;
  stream.on("error", (error) => {
    failed = error;
  });
  const check = () => {
    if (failed) throw usageError(`The file ${printable(path)} of --result cannot be written.`);
  };
  await once(stream, "open").catch(check);
  stream.write("number,handle,operation,status,code,message\n");
  return {
    write(outcome) {
      const { number, handle, operation, status, code, message } = outcomeMembers(outcome);
      stream.write(`${[number, handle, operation, status, code, message].map(cell).join(",")}\n`);
    },
    async close() {
      stream.end();
      if (!failed) await once(stream, "close").catch(() => {});
      check();
    },
  };
}
