import type { Reporter } from "../problem.ts";
import type { FieldName, Fields } from "./read-fields.ts";

/** One source of settings: a document, or the environment. */
export interface Layer {
  /** What messages call it: `credentials.json`, or `environment`. */
  readonly source: string;
  readonly fields: Fields;
  /** Its other keys. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly reporter: Reporter;
}

/** One layer at least; an earlier one goes before a later one. */
export type Layers = readonly [Layer, ...Layer[]];

/** Fields that are taken from one layer together, so that no half of a login meets the half of another. */
export type Group = readonly [FieldName, ...FieldName[]];

/** The first layer that has any field of a group, else the first. */
export function layerOf(layers: Layers, group: Group): Layer {
  return layers.find(({ fields }) => group.some((name) => fields[name] !== undefined)) ?? layers[0];
}
