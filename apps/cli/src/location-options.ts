import { printable } from "@handlekit/core";
import type { LocationAttributes, LocationEntry, Locations } from "@handlekit/loc";
import type { Output } from "./output.ts";
import { usageError } from "./usage-error.ts";

/** Reads the attributes of a location from `name=value` texts. @throws HandleError `invalid_options` */
export function readAttributes(texts: readonly string[] = []): LocationAttributes {
  const entries = texts.map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw usageError(
        `The attribute ${printable(text)} is not of the form name=value.`,
        "For example country=de.",
      );
    }
    return [name, name === "weight" ? Number(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

function formatLocation({ href, hrefTemplate, attributes }: LocationEntry, output: Output): string {
  const others = [...attributes].filter(([name]) => !["id", "href", "href_template"].includes(name));
  const more = others.map(([name, value]) => `${name}=${value}`).join(" ");
  const id = output.style.dim((attributes.get("id") ?? "").padStart(3));
  return `${id}  ${printable(href ?? hrefTemplate ?? "")}${more === "" ? "" : `  ${output.style.dim(printable(more))}`}\n`;
}

/** Writes the locations of a handle, or only a message if it has no locations. */
export function showLocations(handle: string, locations: Locations | undefined, output: Output): void {
  const { entries = [], chooseby, warnings = [] } = locations ?? {};
  for (const { line, column, message } of warnings)
    output.warn(`${handle}: line ${line}, column ${column}: ${message}`);
  const members = entries.map(({ attributes }) => Object.fromEntries(attributes));
  output.result({ handle, chooseby, locations: members }, () =>
    entries.map((entry) => formatLocation(entry, output)).join(""),
  );
  if (entries.length === 0) output.say(`hdl: ${printable(handle)} has no locations (10320/loc).`);
  else if (chooseby !== undefined) output.say(`chosen by ${printable(chooseby)}`);
}
