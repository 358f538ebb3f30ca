import {
  HandleError,
  type HandleValue,
  type HandleValueInput,
  isHandleError,
  normalizeHandle,
} from "@handlekit/core";
import { listValues, type NewValues } from "./allocate-indexes.ts";
import { type Change, carriedOut, createChange } from "./change.ts";
import type { CallHints, Query, ServerConnection } from "./connection.ts";
import { digestOf } from "./digest.ts";
import { newRecord } from "./new-record.ts";
import { noSuchValue, planChange } from "./plan-change.ts";
import { assertUnchanged, readForChange, type TaggedRecord } from "./read-record.ts";
import type { SuccessAnswer } from "./response.ts";
import type { ClientSettings } from "./settings.ts";
import { settleByAbsence, settleByValues } from "./settle.ts";
import type {
  CreateOptions,
  DeleteOptions,
  DeleteValuesOptions,
  ModifyOptions,
  WriteOptions,
} from "./types.ts";
import { afterAdding, existsAlready } from "./write-errors.ts";

const indexQuery = (indexes: readonly number[]): Query =>
  indexes.map((index) => ["index", String(index)] as const);
const overwriteQuery = (overwrite: boolean): Query => [["overwrite", String(overwrite)]];

/** What bulk tells a write beside its options. */
export interface BulkHints extends CallHints {
  /** It may have been carried out before: what is as it would leave it counts as done. */
  readonly maybeDone?: boolean;
}

/** The writes of a client. */
export interface Writer {
  create(handle: string, values: NewValues, how?: CreateOptions & BulkHints): Promise<Change>;
  modify(handle: string, values: NewValues, how?: ModifyOptions & BulkHints): Promise<Change>;
  deleteValues(
    handle: string,
    which: readonly (string | number)[],
    how?: DeleteValuesOptions & BulkHints,
  ): Promise<Change>;
  delete(handle: string, how?: DeleteOptions & BulkHints): Promise<Change>;
  /** Writes values that a caller worked out from a record it has read, at their own indexes. */
  replaceValues(
    record: TaggedRecord,
    values: readonly HandleValueInput[],
    how: WriteOptions,
  ): Promise<Change>;
}

function overlay(before: readonly HandleValue[], written: readonly HandleValueInput[]): HandleValueInput[] {
  const kept = before.filter(({ index }) => !written.some((value) => value.index === index));
  return [...kept, ...written].sort((a, b) => a.index - b.index);
}

/** Makes the writes of a client on a connection. */
export function createWriter(connection: ServerConnection, settings: ClientSettings): Writer {
  /** HS_ADMIN decides who may change a record: it is only written when that was asked for. */
  const assertAdminUntouched = (
    handle: string,
    values: readonly { readonly type: string }[],
    what: "written" | "deleted",
  ) => {
    if (settings.modifyAdmin || !values.some(({ type }) => type === "HS_ADMIN")) return;
    throw new HandleError("invalid_options", {
      message: `HS_ADMIN of ${handle} was to be ${what}; nothing was changed.`,
      hint: "It decides who may change the record. Set modifyAdmin (modify_HS_ADMIN) to allow that.",
      handle,
    });
  };

  const putValues = async (
    record: TaggedRecord,
    values: readonly HandleValueInput[],
    overwrite: boolean,
    how: WriteOptions & BulkHints,
    ifMatch: string | undefined,
  ): Promise<SuccessAnswer> => {
    const { handle } = record;
    return connection.send({
      operation: "modify",
      method: "PUT",
      handle,
      query: [...indexQuery(values.map((value) => value.index)), ...overwriteQuery(overwrite)],
      values,
      login: true,
      // With ifUnchanged an unknown outcome is read back, never repeated: the record may be another's by now.
      repeatable: how.ifUnchanged === undefined,
      ifMatch,
      signal: how.signal,
      maybeDone: how.maybeDone,
      onBusy: how.onBusy,
      settle: settleByValues(connection, handle, values, false, overwrite ? 200 : 201, how),
    });
  };

  /** The tag of a record to which values were just added, if nothing else happened to it. */
  const tagAfter = async (
    { handle, values: before }: TaggedRecord,
    added: readonly HandleValueInput[],
    how: CallHints,
  ): Promise<string | undefined> => {
    const { values, etag } = await readForChange(connection, handle, how);
    const others = values.filter(({ index }) => !added.some((value) => value.index === index));
    await assertUnchanged({ handle, values: others }, await digestOf(before));
    return etag;
  };

  const change = async (
    record: TaggedRecord,
    replaced: readonly HandleValueInput[],
    added: readonly HandleValueInput[],
    how: WriteOptions & BulkHints,
  ): Promise<Change> => {
    const { handle, values: before } = record;
    if (how.ifUnchanged !== undefined) await assertUnchanged(record, how.ifUnchanged);
    const after = overlay(before, [...replaced, ...added]);
    const draft = createChange({ handle, created: false, dryRun: true, before, after });
    if (how.dryRun || draft.difference.length === 0) return draft;
    let ifMatch = how.ifUnchanged === undefined ? undefined : record.etag;
    // Another client, or a value we were not shown, may sit at a free index: adding never overwrites, and comes first.
    const first = added.length === 0 ? undefined : await putValues(record, added, false, how, ifMatch);
    const changed = replaced.filter((value) => draft.difference.some(({ index }) => index === value.index));
    let last = first;
    try {
      if (changed.length > 0) {
        if (first !== undefined && how.ifUnchanged !== undefined)
          ifMatch = await tagAfter(record, added, how);
        last = await putValues(record, changed, true, how, ifMatch);
      }
    } catch (error) {
      throw first === undefined ? error : afterAdding(error, handle, added);
    }
    return carriedOut(draft, handle, last?.responseCode);
  };

  const remove = async (
    record: TaggedRecord,
    indexes: readonly number[] | "all",
    how: WriteOptions & BulkHints,
  ): Promise<Change> => {
    const { handle, values: before } = record;
    if (how.ifUnchanged !== undefined) await assertUnchanged(record, how.ifUnchanged);
    const after = indexes === "all" ? [] : before.filter((value) => !indexes.includes(value.index));
    const draft = createChange({ handle, created: false, dryRun: true, before, after }, indexes === "all");
    if (how.dryRun) return draft;
    const done = await connection.send({
      operation: indexes === "all" ? "delete" : "delete values of",
      method: "DELETE",
      handle,
      query: indexes === "all" ? [] : indexQuery(indexes),
      login: true,
      repeatable: how.ifUnchanged === undefined,
      ifMatch: how.ifUnchanged === undefined ? undefined : record.etag,
      signal: how.signal,
      maybeDone: how.maybeDone,
      onBusy: how.onBusy,
      settle: settleByAbsence(connection, handle, indexes, how),
    });
    return carriedOut(draft, handle, done.responseCode);
  };

  return {
    async create(text, values, how = {}) {
      const handle = normalizeHandle(text);
      const sent = newRecord(handle, values, settings);
      const overwrite = how.overwrite ?? false;
      // Replacing a whole record shows what was there; creating has nothing to show.
      const existing = overwrite || how.dryRun ? await readExisting(connection, handle, how) : undefined;
      if (existing !== undefined && !overwrite) throw existsAlready(handle);
      const draft = createChange({
        handle,
        created: existing === undefined,
        dryRun: true,
        before: existing?.values ?? [],
        after: sent.toSorted((a, b) => a.index - b.index),
      });
      if (how.dryRun) return draft;
      const made = await connection.send({
        operation: "create",
        method: "PUT",
        handle,
        query: overwriteQuery(overwrite),
        values: sent,
        login: true,
        signal: how.signal,
        maybeDone: how.maybeDone,
        onBusy: how.onBusy,
        settle: settleByValues(connection, handle, sent, true, 201, how),
      });
      return carriedOut(draft, made.handle, made.responseCode);
    },
    async modify(text, values, how = {}) {
      const handle = normalizeHandle(text);
      const wanted = listValues(values);
      if (wanted.length === 0) {
        throw new HandleError("invalid_options", {
          message: `No value of ${handle} was named to be changed.`,
          handle,
        });
      }
      assertAdminUntouched(handle, wanted, "written");
      const record = await readForChange(connection, handle, how, "modify");
      const { replaced, added } = planChange(handle, wanted, record.values, how);
      const written = new Set(replaced.map((value) => value.index));
      const overwritten = record.values.filter((value) => written.has(value.index));
      assertAdminUntouched(handle, overwritten, "written");
      return change(record, replaced, added, how);
    },
    replaceValues: (record, values, how) => {
      const present = new Set(record.values.map((value) => value.index));
      return change(
        record,
        values.filter((value) => present.has(value.index)),
        values.filter((value) => !present.has(value.index)),
        how,
      );
    },
    async deleteValues(text, which, how = {}) {
      const handle = normalizeHandle(text);
      if (!Array.isArray(which)) {
        throw new HandleError("invalid_options", {
          message: `The values of ${handle} to delete are not a list.`,
          hint: 'Write ["URL"] or [1, 2].',
          handle,
        });
      }
      const indexes = new Set(which.filter((item) => typeof item === "number"));
      const types = which.filter((item) => typeof item === "string");
      // A DELETE without an index would delete the handle.
      if (indexes.size + types.length === 0) {
        throw new HandleError("invalid_options", {
          message: `No value of ${handle} was named to be deleted.`,
          handle,
        });
      }
      const record = await readForChange(connection, handle, how, "delete values of");
      for (const type of types) {
        const found = record.values.filter((value) => value.type === type);
        if (found.length === 0 && !how.ignoreMissing) throw noSuchValue(handle, type);
        for (const { index } of found) indexes.add(index);
      }
      const touched = record.values.filter((value) => indexes.has(value.index));
      if (how.dryRun && !how.ignoreMissing) {
        for (const index of indexes) {
          if (!touched.some((value) => value.index === index)) throw noSuchValue(handle, index);
        }
      }
      assertAdminUntouched(handle, touched, "deleted");
      if (indexes.size === 0) {
        return createChange({
          handle,
          created: false,
          dryRun: true,
          before: record.values,
          after: record.values,
        });
      }
      return remove(record, [...indexes], how);
    },
    async delete(text, how = {}) {
      const handle = normalizeHandle(text);
      const record = how.maybeDone
        ? await readExisting(connection, handle, how)
        : await readForChange(connection, handle, how, "delete");
      return remove(record ?? { handle, values: [] }, "all", how);
    },
  };
}

async function readExisting(
  connection: ServerConnection,
  handle: string,
  how: CallHints,
): Promise<TaggedRecord | undefined> {
  try {
    return await readForChange(connection, handle, how);
  } catch (error) {
    if (isHandleError(error, "handle_not_found")) return undefined;
    throw error;
  }
}
