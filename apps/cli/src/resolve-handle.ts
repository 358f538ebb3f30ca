import type { HandleRecord } from "@handlekit/client";
import {
  foldCase,
  HandleError,
  type HandleValue,
  hasType,
  isHandleError,
  quoteForMessage,
} from "@handlekit/core";
import {
  type Candidate,
  type ChoiceContext,
  chooseCandidate,
  collectCandidates,
  isLocType,
  type LocationInclude,
  type Locations,
  parseLocations,
} from "@handlekit/loc";

/** The options of resolving. */
export interface ResolveContext {
  /** Reads the public values of a record. */
  read(handle: string): Promise<HandleRecord>;
  /** Called with each step, as a sentence. */
  step(text: string): void;
  readonly choice: ChoiceContext;
  /** Shows the record of the handle itself, even if it is an alias. */
  readonly ignoreAliases: boolean;
}

/** The URL that a handle leads to. */
export interface Resolved {
  readonly url: string;
  /** The handle of the record that has it, behind all aliases. */
  readonly handle: string;
  readonly aliases: readonly string[];
}

const MAX_ALIASES = 20;
const MAX_INCLUDED = 100;
const MAX_LEVELS = 21;

const textOf = ({ data }: HandleValue) => (data?.format === "string" ? data.value : "");
const isUrl = ({ type }: HandleValue) => hasType(type, "URL");
const named = (url: string | undefined) => quoteForMessage(url ?? "");

async function followAliases(handle: string, context: ResolveContext) {
  const aliases: string[] = [];
  for (let next = handle; ; ) {
    const record = await context.read(next);
    context.step(`${record.handle} has ${record.values.length} public values.`);
    const alias = context.ignoreAliases
      ? undefined
      : record.values.find(({ type }) => hasType(type, "HS_ALIAS"));
    if (alias === undefined) return { record, aliases };
    if (aliases.length === MAX_ALIASES) {
      throw new HandleError("handle_not_found", {
        message: `${handle} leads through more than ${MAX_ALIASES} aliases.`,
        hint: "Probably two handles are aliases of each other. Use --ignore-aliases to see this one.",
        handle,
      });
    }
    next = textOf(alias);
    aliases.push(next);
    context.step(`Its value ${alias.index} is an alias of ${next}.`);
  }
}

function readLocations({ handle, values }: HandleRecord, { step }: ResolveContext): readonly Locations[] {
  return values
    .filter(({ type }) => isLocType(type))
    .flatMap((value) => {
      const locations = parseLocations(textOf(value));
      const { problem, entries } = locations;
      step(
        problem === undefined
          ? `Value ${value.index} of ${handle}, ${value.type}, has ${entries.length} locations.`
          : `Value ${value.index} of ${handle} is left out, as it breaks off: ${problem.message}.`,
      );
      return problem === undefined ? [locations] : [];
    });
}

type Kinds = readonly [LocationInclude["kind"], LocationInclude["kind"]];

/** Reads the locations that a record includes, and those that these include, each record once. */
function createIncludes(context: ResolveContext) {
  const seen = new Set<string>();
  const read = async (handle: string): Promise<HandleRecord | undefined> => {
    if (seen.has(foldCase(handle)) || seen.size >= MAX_INCLUDED) return undefined;
    seen.add(foldCase(handle));
    try {
      return await context.read(handle);
    } catch (error) {
      if (!isHandleError(error) || error.code === "aborted") throw error;
      context.step(`${handle} is included and cannot be read: ${error.message}`);
      return undefined;
    }
  };
  const namespaces = (record: HandleRecord | undefined) =>
    (record?.values ?? [])
      .filter(({ type }) => hasType(type, "HS_NAMESPACE"))
      .flatMap((value) => [...textOf(value).matchAll(/<locs>([^<]{1,1000})<\/locs>/g)])
      .map(([, handle = ""]) => handle.trim());
  const all = async (from: readonly Locations[], kinds: Kinds, level = 0): Promise<readonly Locations[]> => {
    const found: Locations[] = [];
    for (const { kind, handle } of from.flatMap(({ includes }) => includes)) {
      if (!kinds.includes(kind) || level >= MAX_LEVELS) continue;
      const handles = kind === kinds[0] ? [handle] : namespaces(await read(handle));
      for (const each of handles) {
        const record = await read(each);
        if (record === undefined) continue;
        const locations = readLocations(record, context);
        found.push(...locations, ...(await all(locations, ["include", "includeNamespace"], level + 1)));
      }
    }
    return found;
  };
  return all;
}

const canBeFollowed = ({ url }: Candidate) => /^(https?|ftp):\/\/[^/?#]/i.test(url?.trim() ?? "");

/** Chooses among the URL values of a record without locations: the first, and one of a subtype only if there is no other. */
function firstUrl(urls: readonly HandleValue[]): string | undefined {
  const plain = urls.filter(({ type }) => ["URL", "0.TYPE/URL"].includes(foldCase(type)));
  const used = plain.length > 0 ? plain : urls;
  return used.map(textOf).find((url) => canBeFollowed({ url, entry: { attributes: new Map() } }));
}

/**
 * Finds the URL that the resolver redirects to, by the same rules: aliases are followed, and `10320/loc` values, with
 * those of the records that they include, choose one.
 *
 * @throws HandleError `handle_not_found`; `values_not_found` if the record has no URL to follow
 */
export async function resolveHandle(handle: string, context: ResolveContext): Promise<Resolved> {
  const { record, aliases } = await followAliases(handle, context);
  const found = (url: string | undefined): Resolved => {
    if (url !== undefined) return { url, handle: record.handle, aliases };
    const types = [...new Set(record.values.map(({ type }) => type))].join(", ");
    throw new HandleError("values_not_found", {
      message: `${record.handle} has no URL to redirect to.`,
      hint: types === "" ? "It has no public values." : `Its types are ${types}.`,
      handle: record.handle,
    });
  };
  const urls = record.values.filter(isUrl);
  if (!record.values.some(({ type }) => isLocType(type))) {
    const url = firstUrl(urls);
    if (url !== undefined) context.step("It has no locations (10320/loc); its first URL counts.");
    return found(url);
  }
  const own = readLocations(record, context);
  const includes = createIncludes(context);
  const included = await includes(own, ["include", "includeNamespace"]);
  const noNamespace = [...own, ...included].some(({ attributes }) => attributes.has("no_nslocs"));
  const candidates = collectCandidates({
    handle,
    own,
    included,
    urls: urls.map((value) => ({ url: textOf(value), isSubtype: foldCase(value.type) !== "URL" })),
    namespace: noNamespace ? [] : await includes(own, ["nshdl", "overridePrefix"]),
  });
  const list = candidates.list.filter(canBeFollowed);
  context.step(`To choose from: ${list.map(({ url }) => named(url)).join(", ") || "nothing"}.`);
  const onStep = (method: string, left: readonly Candidate[]) =>
    context.step(`${method} leaves ${left.map(({ url }) => named(url)).join(", ") || "nothing"}.`);
  return found(chooseCandidate({ ...candidates, list }, { ...context.choice, onStep })?.url?.trim());
}
