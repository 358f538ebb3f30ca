import { encodeValue, isHandleError, RESPONSE_CODES, sameHandle } from "@handlekit/core";
import type { Revision, StoredValue } from "@handlekit/core/store";
import { answer } from "../http/answer.ts";
import type { Answer } from "../http/message.ts";
import {
  decodePath,
  flag,
  isUtf8,
  type ParsedRequest,
  readIndexes,
  readPaging,
} from "../http/parsed-request.ts";
import {
  deleteRecord,
  deleteValues,
  mintRecord,
  writeRecord,
  writeValues,
} from "../operations/change-record.ts";
import type { Login, OnHandle } from "../operations/context.ts";
import { mapInTurns, yieldAfter } from "../operations/in-turns.ts";
import { listHandles } from "../operations/list-handles.ts";
import { EVERYTHING, readRecord, type Selection } from "../operations/read-record.ts";
import { refuse } from "../refuse.ts";
import { type ApiContext, type Endpoint, loginOf } from "./context.ts";
import { challenge, refusal } from "./refusal.ts";

function listIn(json: unknown, handle: string): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json;
  if (typeof json !== "object" || json === null) return undefined;
  const { values, handle: named } = json as Readonly<Record<string, unknown>>;
  if (typeof named === "string" && !sameHandle(named, handle)) {
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Mismatched handle in PUT request");
  }
  if (Array.isArray(values)) return values;
  if (values === null) return [];
  return "index" in json && "type" in json && "data" in json ? [json] : undefined;
}

function encoded(json: unknown): StoredValue {
  try {
    return encodeValue(json);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    throw refuse(RESPONSE_CODES.protocolError, error.message);
  }
}

/**
 * Reads the values in the body of a PUT: an array of values, an object with `values`, or a single value.
 *
 * @throws HandleError with response code 4 for anything else, another media type or a malformed value
 */
export async function readPutBody(request: ParsedRequest, handle: string): Promise<readonly StoredValue[]> {
  if (request.mediaType !== "application/json") {
    const type = request.headers["content-type"] ?? "null";
    throw refuse(RESPONSE_CODES.protocolError, `java.lang.Exception: Unsupported media type ${type}`);
  }
  const list = request.body.length === 0 ? undefined : listIn(request.json, handle);
  if (list === undefined) {
    throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Invalid JSON in PUT request");
  }
  await yieldAfter(list);
  return mapInTurns(list, encoded);
}

function readSelection(parameters: URLSearchParams): Selection {
  const indexes = readIndexes(parameters);
  const types = parameters.size === 0 ? [] : parameters.getAll("type");
  return indexes.length === 0 && types.length === 0 ? EVERYTHING : { indexes, types };
}

type HandleEndpoint = (
  context: ApiContext,
  request: ParsedRequest,
  on: OnHandle & { readonly login: Login },
) => Promise<Answer>;

/** Returns the ETag of a record. It identifies the whole record, not the selected values in the response. */
function entityTag(revision: Revision): string {
  return `"${revision}"`;
}

/** Returns the revisions in the If-Match header. */
function ifRevision({ headers }: ParsedRequest): readonly string[] | "any" | undefined {
  const tags = headers["if-match"]?.split(",").map((tag) => tag.trim());
  if (tags?.includes("*")) return "any";
  return tags?.flatMap((tag) => /^"(.*)"$/.exec(tag)?.slice(1) ?? []);
}

/** GET: reads the values selected by `index` or `type`. */
const getRecord: HandleEndpoint = async (context, { parameters }, on) => {
  const selection = readSelection(parameters);
  const publicOnly = flag(parameters, "publicOnly");
  const { identity, handle } = on;
  const { values, revision } = await readRecord(context, { identity, handle, selection, publicOnly });
  const headers = revision === undefined ? [] : [["ETag", entityTag(revision)] as const];
  return context.recordAnswer(handle, values, {
    keep: selection === EVERYTHING,
    pretty: flag(parameters, "pretty"),
    headers,
  });
};

/** GET ?prefix=P: lists the handles of a prefix. */
const getList: HandleEndpoint = async (context, { parameters }, { identity }) => {
  const prefix = parameters.get("prefix") ?? "";
  const page = readPaging(parameters);
  const { total, handles } = await listHandles(context, { identity, handle: prefix, page });
  const body = { responseCode: RESPONSE_CODES.success, prefix, totalCount: String(total), ...page, handles };
  return answer(body);
};

const isTrue = (text: string | null) => text?.toLowerCase() === "true";

/**
 * PUT: without `index` creates or replaces the record, with it (numbers, or `various`) adds or replaces only these values.
 * `overwrite=false` only adds; `mintNewSuffix=true` uses the path as the beginning of a new handle.
 */
const putRecord: HandleEndpoint = async (context, request, on) => {
  const { parameters } = request;
  const values = await readPutBody(request, on.handle);
  const overwrite = isTrue(parameters.get("overwrite") ?? "true");
  const input = { ...on, values, overwrite, ifRevision: ifRevision(request) };
  const done = ({ created, handle = on.handle }: { readonly created: boolean; readonly handle?: string }) =>
    answer({ responseCode: RESPONSE_CODES.success, handle }, { status: created ? 201 : 200 });

  if (isTrue(parameters.get("mintNewSuffix"))) return done(await mintRecord(context, input));
  if (!parameters.has("index")) return done(await writeRecord(context, input));
  if (!parameters.getAll("index").includes("various")) {
    const named = new Set(readIndexes(parameters));
    const given = new Set(values.map((value) => value.index));
    if (named.size !== given.size || [...named].some((index) => !given.has(index))) {
      throw refuse(RESPONSE_CODES.protocolError, "java.lang.Exception: Mismatched indexes in PUT request");
    }
  }
  return done(await writeValues(context, input));
};

/** DELETE: without `index` removes the record, with it these values; if one of them is absent, none. */
const deleteHandle: HandleEndpoint = async (context, request, on) => {
  const { parameters } = request;
  const indexes = readIndexes(parameters);
  const input = { ...on, ifRevision: ifRevision(request) };
  await (parameters.has("index")
    ? deleteValues(context, { ...input, indexes })
    : deleteRecord(context, input));
  return answer({ responseCode: RESPONSE_CODES.success, handle: on.handle });
};

/** /api/handles: a record (GET, HEAD, POST as GET, PUT, DELETE), or with `prefix` the handles of a prefix. */
export const handlesEndpoint: Endpoint = async (context, call) => {
  const { request, who, rest } = call;
  try {
    const encoded = rest.startsWith("/") ? rest.slice(1) : rest;
    const handle = decodePath(encoded);
    const on = { identity: who.identity, handle, login: loginOf(call) };
    const { parameters } = request;
    if (who.failed === "certificate") {
      const body = {
        responseCode: RESPONSE_CODES.authenticationNeeded,
        handle: handle === "" ? undefined : handle,
      };
      return answer(body, { headers: await challenge(context, call) });
    }
    switch (request.method) {
      case "PUT":
        if (!isUtf8(encoded)) throw refuse(RESPONSE_CODES.invalidHandle, "Invalid UTF8 encoding", handle);
        return await putRecord(context, request, on);
      case "DELETE":
        return await deleteHandle(context, request, on);
      default:
        return handle === "" && parameters.has("prefix")
          ? await getList(context, request, on)
          : await getRecord(context, request, on);
    }
  } catch (error) {
    return refusal(context, call, error);
  }
};
