import { decodeUtf8, foldCase, handleKey, isHandleError } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import { replaceForbidden } from "@handlekit/xml";
import type { ParsedRequest } from "../../http/parsed-request.ts";
import { isPublic } from "../../operations/read-record.ts";
import { type ArdcAnswer, type ArdcFailure, fail, handleNotFound, isFailure, notANumber } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readParameters } from "../parameters.ts";
import { shownProperties } from "../records/values.ts";

/** Resolves to true if the prefix of a handle is homed here. */
export async function isHomed(context: ArdcContext, handle: string): Promise<boolean> {
  try {
    await context.homed.assert(handle);
    return true;
  } catch (error) {
    if (isHandleError(error, "prefix_not_served")) return false;
    throw error;
  }
}

/** Returns true for a record with a public value. */
export function isPublicRecord(values: RecordValues | undefined): values is RecordValues {
  return values?.some(isPublic) ?? false;
}

/**
 * Reads a handle of any prefix that is homed here, if it has a public value.
 *
 * @param handle as the client wrote it
 */
export async function findPublicValues(
  context: ArdcContext,
  handle: string,
): Promise<RecordValues | ArdcFailure> {
  const record = (await isHomed(context, handle)) ? await context.store.read(handleKey(handle)) : undefined;
  return isPublicRecord(record?.values) ? record.values : handleNotFound(handle);
}

const DONE = "Request successful";

async function show(context: ArdcContext, handle: string): Promise<ArdcAnswer> {
  const values = await findPublicValues(context, handle);
  if (isFailure(values)) return values;
  const identifier = { handle: replaceForbidden(handle), properties: shownProperties(values) };
  return { text: DONE, content: { identifier } };
}

async function findValue(context: ArdcContext, value: string): Promise<ArdcAnswer> {
  const handles = await context.search.byValue(value);
  if (isFailure(handles)) return handles;
  const [only, other] = handles;
  if (only === undefined) return fail(`A handle with value: ${value} was not found`, 404);
  if (other === undefined) return show(context, only);
  return {
    text: "Handle listing successful",
    content: { identifiers: handles.map((handle) => replaceForbidden(handle)) },
  };
}

/** Returns the parameters of the query, followed by `handle` in a form in the body. */
function withForm({ query, mediaType, body: bytes }: ParsedRequest): URLSearchParams {
  if (mediaType !== "application/x-www-form-urlencoded") return query;
  const body = decodeUtf8(bytes) ?? "";
  // Clients also send XML with the media type of a form.
  const handle = body.trimStart().startsWith("<") ? null : new URLSearchParams(body).get("handle");
  return handle === null ? query : new URLSearchParams([...query, ["handle", handle]]);
}

/** getHandle: shows the public URL and DESC values of any handle here, or finds the handles with a value. Needs no login. */
export async function getHandle(context: ArdcContext, request: ParsedRequest): Promise<ArdcAnswer> {
  const parameters = readParameters(withForm(request), ["handle", "value"]);
  if (isFailure(parameters)) return parameters;
  const { handle, value } = parameters;
  if (handle !== undefined) {
    return isBlank(handle) ? fail("Handle parameter must have a value") : show(context, handle);
  }
  if (value === undefined) return fail("A handle or value must be supplied");
  return isBlank(value) ? fail("Value parameter must have a value") : findValue(context, value);
}

/** getOwnerHandle: shows the caller's owner handle. */
export async function getOwnerHandle(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  return show(context, call.owner.handle);
}

/** Returns the number after which a list begins. */
function readStart(prefix: string, startHandle: string): bigint | ArdcFailure {
  if (isBlank(startHandle)) return fail("startHandle parameter must have a value");
  const ours = foldCase(startHandle).startsWith(foldCase(prefix));
  const rest = startHandle.slice(prefix.length);
  if (!ours || !/^(\/|$)/.test(rest)) {
    return fail("startHandle has a different prefix to what is configured in the Local Handle Server");
  }
  const suffix = rest.slice(1);
  if (suffix === "") return fail("startHandle does not appear to be a valid handle");
  return /^[+-]?\d{1,30}$/.test(suffix) ? BigInt(suffix.replace(/^\+/, "")) : notANumber(suffix);
}

/** listHandles: lists the caller's handles after `startHandle` in numeric order, including its owner handle. */
export async function listHandles(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  const parameters = readParameters(call.request.query, ["startHandle"]);
  if (isFailure(parameters)) return parameters;
  const { startHandle } = parameters;
  const start = startHandle === undefined ? undefined : readStart(context.prefix, startHandle);
  if (isFailure(start)) return start;
  const identifiers = await context.search.byOwner(call.owner.handle, start);
  return { text: "Handle listing successful", content: { identifiers } };
}
