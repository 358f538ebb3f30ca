import { checkArgument, invalidOptions } from "@handlekit/core";
import { assertWhole, insertElements } from "./edit-locations.ts";
import { attributesOf, isLocation, type Locations, parseLocations } from "./locations.ts";
import { scan } from "./scan.ts";
import { escapeText, NAME, writeAttributes } from "./write-attributes.ts";

/**
 * A copy of a value in well-formed XML: the attributes of its root, its locations and includes, in their order. Comments,
 * other elements, text and whatever follows the place where the value breaks off are not kept.
 *
 * @throws HandleError `invalid_value` for a character that XML cannot hold
 * @example
 * ```ts
 * repairLocations(parseLocations("b'<locations><location href=https://example.org/ ></locations>'")).text;
 * // '<locations><location href="https://example.org/"/></locations>'
 * ```
 */
export function repairLocations(locations: Locations): Locations {
  const usable = (attributes: ReadonlyMap<string, string>) =>
    writeAttributes([...attributes].filter(([name]) => NAME.test(name)));
  const { root, children } = scan(locations.text);
  const inner = children.map((child) => {
    if (isLocation(child)) return `<location${usable(attributesOf(child))}/>`;
    const handle = locations.text.slice(child.tagEnd, child.contentEnd).trim();
    const isInclude = locations.includes.some((each) => each.kind === child.name && each.handle === handle);
    return isInclude ? `<${child.name}>${escapeText(handle)}</${child.name}>` : "";
  });
  const opening = `<locations${root === undefined ? "" : usable(attributesOf(root))}`;
  const content = inner.join("");
  return parseLocations(content === "" ? `${opening}/>` : `${opening}>${content}</locations>`);
}

/**
 * Joins several `10320/loc` values of one record into the first: the locations of the others are added behind its own,
 * then their includes; those that it has already are left out, and no URL is lost. An id that is taken is replaced by a free number.
 *
 * @param values in the order of their indexes; at least one
 * @throws HandleError `invalid_value` for a value that breaks off, `invalid_options` for an empty list
 * @example
 * ```ts
 * mergeLocations([parseLocations(first.data.value), parseLocations(second.data.value)]);
 * ```
 */
export function mergeLocations(values: readonly Locations[]): Locations {
  checkArgument("mergeLocations", "its argument", values, ["array"]);
  const [first, ...others] = values;
  if (first === undefined) throw invalidOptions("mergeLocations: the list of values is empty.");
  for (const value of values) assertWhole(value);
  const urls = new Set(first.entries.map(({ href }) => href));
  const ids = new Set(first.entries.map(({ id }) => id));
  const includes = new Set(first.includes.map(({ kind, handle }) => `${kind} ${handle}`));
  const added: string[] = [];
  let free = 0;
  for (const { href, id, attributes } of others.flatMap(({ entries }) => entries)) {
    if (href !== undefined && urls.has(href)) continue;
    let own = attributes;
    if (id !== undefined && ids.has(id)) {
      while (ids.has(String(free))) free++;
      own = new Map([...attributes, ["id", String(free)]] as [string, string][]);
    }
    urls.add(href);
    ids.add(own.get("id"));
    added.push(`<location${writeAttributes(own)}/>`);
  }
  for (const { kind, handle } of others.flatMap((value) => value.includes)) {
    const name = `${kind} ${handle}`;
    if (includes.has(name)) continue;
    includes.add(name);
    added.push(`<${kind}>${escapeText(handle)}</${kind}>`);
  }
  return added.length === 0 ? first : insertElements(first, added);
}
