/** JSON. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** The operations of paths, by path and by method in lower case. */
export type Paths = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

/** Points to a component of the document, such as `schemas/Record`. */
export function ref(component: string): JsonObject {
  return { $ref: `#/components/${component}` };
}

/** Returns the content of a JSON body with a schema of the components. */
export function json(schema: string, more: JsonObject = {}): JsonObject {
  return { "application/json": { schema: ref(`schemas/${schema}`), ...more } };
}

/** Returns the content of a JSON response, which the parameter `callback` makes a script. */
export function jsonp(schema: string, more: JsonObject = {}): JsonObject {
  return { ...json(schema, more), "application/javascript": { schema: { type: "string" } } };
}

/** Returns the content of a form or a JSON object with the same members. */
export function formOrJson(schema: string): JsonObject {
  return {
    ...json(schema),
    "application/x-www-form-urlencoded": { schema: ref(`schemas/${schema}`) },
  };
}

/** Returns a parameter of the query. */
export function query(
  name: string,
  schema: JsonObject,
  description: string,
  more: JsonObject = {},
): JsonObject {
  return { name, in: "query", description, schema, ...more };
}

/** Returns a parameter that counts as true if it is there without a value, too. */
export function flag(name: string, description: string): JsonObject {
  return query(name, { type: "boolean" }, description, { allowEmptyValue: true });
}

/** Returns a parameter of the path. */
export function inPath(name: string, description: string, example: string): JsonObject {
  return { name, in: "path", required: true, description, schema: { type: "string" }, example };
}

/** Points to parameters of the components. */
export function parameters(...names: readonly string[]): JsonObject[] {
  return names.map((name) => ref(`parameters/${name}`));
}

/** A login is possible, but not needed for everything. */
export const ANYBODY: readonly JsonObject[] = [{}, { basic: [] }, { handle: [] }, { certificate: [] }];
/** A login is needed. */
export const LOGIN: readonly JsonObject[] = ANYBODY.slice(1);
