import { decodePercent } from "../http/form.ts";
import { decodePath, type ParsedRequest, readIndexes } from "../http/parsed-request.ts";
import { EVERYTHING, type Selection } from "../operations/read-record.ts";
import { headerSafe } from "./addresses.ts";

/** The action that a request asks for. */
export type Action = "redirect" | "showvalues" | "showurls" | "metadata" | "api";

/** One question to the resolver. */
export interface Question {
  /** Without scheme; empty when the form is asked for. */
  readonly handle: string;
  readonly action: Action;
  readonly ignoreAliases: boolean;
  readonly selection: Selection;
  readonly locatt: readonly string[];
  readonly country: string | undefined;
  readonly urlappend: string;
  /** The query that an alias hands on: empty, or with its question mark. */
  readonly query: string;
}

/** Characters that are cut off at both ends of a handle: controls, blanks and characters without width. */
const ENDS =
  "\\0- \\x7f-\\xa0\\u1680\\u180e\\u2000-\\u200d\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff\\ufffe\\uffff";
const END = new RegExp(`^[${ENDS}]$`);
const SCHEMES = /^(?:hdl:|doi:|info:hdl\/|info:doi\/|https?:\/\/(?:hdl\.handle\.net|(?:dx\.)?doi\.org)\/)/i;
const DIGIT = /^\d/;
const URN = /^urn:(?:hdl|doi|eidr):/i;

/** Cuts off both ends. No expression with `+$`, whose time grows with the square of a run of blanks. */
function trim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && END.test(text.charAt(start))) start++;
  while (start < end && END.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The handle in a text as people write it: without blanks around it and without its scheme. */
function handleIn(written: string): string {
  const trimmed = trim(written);
  // A digit begins most handles, and no scheme.
  if (DIGIT.test(trimmed)) return trimmed;
  if (!URN.test(trimmed)) return trim(trimmed.replace(SCHEMES, ""));
  // In a URN the slash between prefix and suffix may be a colon.
  return trim(trimmed.replace(URN, "").replace(/^([^/:]*):/, "$1/"));
}

/** The parameters of a query, which `&` and `;` part. */
function readQuery(search: string): URLSearchParams {
  const parameters = new URLSearchParams();
  if (search === "") return parameters;
  const [query = ""] = search.slice(1).split("#", 1);
  for (const pair of query.split(/[&;]/)) {
    const [name = "", ...value] = pair.split("=");
    if (pair !== "") parameters.append(decodePercent(name), decodePercent(value.join("=")));
  }
  return parameters;
}

/** An index that is no integer switches all of them off. */
function readSelection(parameters: URLSearchParams): Selection {
  if (parameters.size === 0) return EVERYTHING;
  const types = parameters.getAll("type");
  try {
    return { indexes: readIndexes(parameters), types };
  } catch {
    return { indexes: [], types };
  }
}

/** An unknown action redirects; `noredirect` counts only without an action. */
function readAction(parameters: URLSearchParams): Action {
  const action = parameters.get("action")?.toLowerCase();
  if (action === undefined) return parameters.has("noredirect") ? "showvalues" : "redirect";
  return action === "showvalues" || action === "showurls" || action === "metadata" || action === "api"
    ? action
    : "redirect";
}

/** The parameters that an alias hands on, as a query. */
function withoutHandle(parameters: URLSearchParams): string {
  const others = new URLSearchParams([...parameters].filter(([name]) => name !== "hdl")).toString();
  return others === "" ? "" : `?${others}`;
}

/**
 * Reads what a request asks the resolver for. A parameter that is a switch counts by its presence, whatever its value.
 *
 * @throws HandleError with response code 4 when the path has a percent sign that encodes nothing
 */
export function readQuestion(request: ParsedRequest): Question {
  const form = request.method === "POST" && request.mediaType === "application/x-www-form-urlencoded";
  const parameters = form ? request.parameters : readQuery(request.search);
  const [path = ""] = request.path.split("#", 1);
  const inPath = handleIn(decodePath(path).replace(/^\/+/, ""));
  const inForm = parameters.get("hdl");
  const named = inForm === null ? "" : handleIn(inForm);
  const handle = form && inForm !== null ? named : inPath || named;
  const asWritten = handle === inPath && !form;
  return {
    handle,
    action: readAction(parameters),
    ignoreAliases: parameters.has("ignore_aliases"),
    selection: readSelection(parameters),
    locatt: parameters.getAll("locatt"),
    country: parameters.get("country") ?? undefined,
    urlappend: parameters.get("urlappend") ?? "",
    query: asWritten ? headerSafe(request.search.split("#", 1)[0] ?? "") : withoutHandle(parameters),
  };
}
