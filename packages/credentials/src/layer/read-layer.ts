import { readJsonObject } from "../json/read-json-object.ts";
import { createReporter } from "../problem.ts";
import type { Layer } from "./layer.ts";
import { FOREIGN_NAMES, readConfig } from "./read-config.ts";
import { FIELD_NAMES, readFields } from "./read-fields.ts";

/**
 * Reads the JSON text of a document as a layer.
 *
 * @param source what messages call the text
 * @throws HandleError `invalid_credentials` for broken JSON, or a value of the wrong kind
 */
export function readLayer(text: string, source: string): Layer {
  const { entries, warnings } = readJsonObject(text, source, [...FIELD_NAMES, ...FOREIGN_NAMES]);
  const reporter = createReporter(source, { places: entries }, warnings);
  const fields = readFields(entries, source);
  return { source, fields, reporter, config: readConfig(entries, reporter) };
}
