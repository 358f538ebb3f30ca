import { decodeUtf8 } from "@handlekit/core";
import type { ParsedRequest } from "../../http/parsed-request.ts";
import { type ArdcAnswer, fail, isFailure } from "../answer.ts";
import type { ArdcContext, OwnerCall } from "../context.ts";
import { isBlank, readParameters } from "../parameters.ts";
import { showable, shownProperties } from "../records/values.ts";
import { findPublicValues } from "./find-record.ts";

const DONE = "Request successful";

async function show(context: ArdcContext, handle: string): Promise<ArdcAnswer> {
  const values = await findPublicValues(context, handle);
  if (isFailure(values)) return values;
  const identifier = { handle: showable(handle), properties: shownProperties(values) };
  return { text: DONE, content: { identifier } };
}

async function findValue(context: ArdcContext, value: string): Promise<ArdcAnswer> {
  const handles = await context.search.byValue(value);
  const [only, other] = handles;
  if (only === undefined) return fail(`A handle with value: ${value} was not found`, 404);
  if (other === undefined) return show(context, only);
  return { text: "Handle listing successful", content: { identifiers: handles.map(showable) } };
}

/** The parameters of the query, then `handle` of a body that is a form. */
function withForm({ query, mediaType, body: bytes }: ParsedRequest): URLSearchParams {
  if (mediaType !== "application/x-www-form-urlencoded") return query;
  const body = decodeUtf8(bytes) ?? "";
  // Clients send their XML as a form, too.
  const handle = body.trimStart().startsWith("<") ? null : new URLSearchParams(body).get("handle");
  return handle === null ? query : new URLSearchParams([...query, ["handle", handle]]);
}

/** getHandle: the public URL and DESC values of any handle here, or the handles with a value. For everybody. */
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

/** getOwnerHandle: the caller's owner handle. */
export async function getOwnerHandle(context: ArdcContext, call: OwnerCall): Promise<ArdcAnswer> {
  return show(context, call.owner.handle);
}
