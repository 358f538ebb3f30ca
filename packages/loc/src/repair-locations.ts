import { checkArgument, invalidOptions } from "@handlekit/core";
import { assertWhole, freeId, insertElement } from "./edit-locations.ts";
import { attributesOf, containsUrl, isLocation, type Locations, parseLocations } from "./locations.ts";
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
  let merged = first;
  for (const value of values) assertWhole(value);
  for (const { attributes } of others.flatMap(({ entries }) => entries)) {
    const url = attributes.get("href") ?? "";
    if (url !== "" && containsUrl(merged, url)) continue;
    const id = attributes.get("id");
    const isTaken = id !== undefined && merged.entries.some((entry) => entry.id === id);
    const own = isTaken ? new Map([...attributes, ["id", freeId(merged)]] as [string, string][]) : attributes;
    merged = insertElement(merged, `<location${writeAttributes(own)}/>`);
  }
  for (const { kind, handle } of others.flatMap(({ includes }) => includes)) {
    const isThere = merged.includes.some((each) => each.kind === kind && each.handle === handle);
    if (!isThere) merged = insertElement(merged, `<${kind}>${escapeText(handle)}</${kind}>`);
  }
  return merged;
}
