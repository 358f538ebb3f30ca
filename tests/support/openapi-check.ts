import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { HeaderLines, Step } from "../conformance/handle-rest/recording.ts";

type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly allowEmptyValue?: boolean;
  readonly schema: Json;
}

interface Content {
  readonly schema: Json;
}

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Json>>;
  readonly content?: Readonly<Record<string, Content>>;
}

interface Operation {
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Json>>;
}

/** A document in OpenAPI 3.1, as far as it is read here. */
export interface OpenApi extends Json {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** How an exchange fits a document. */
export interface Fit {
  /** Such as `GET /api/handles/{handle}`; undefined if the document has no such path or method. */
  readonly operation: string | undefined;
  /** How many bodies of the two there were to compare. */
  readonly bodies: number;
  readonly problems: readonly string[];
}

/** Paths that are no handles, although `/{handle}` would match them. */
const NOT_RESOLVED = /^\/(api|hrls|hdl-server\/history)(\/|$)/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const headerOf = (headers: HeaderLines, name: string) =>
  headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
const mediaTypeOf = (headers: HeaderLines) =>
  headerOf(headers, "Content-Type")?.split(";")[0]?.trim().toLowerCase();

/** Points to the schemas of the document, and forbids members that an object does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) =>
    name === "$ref" && typeof value === "string"
      ? [name, value.replace("#/components/schemas/", "api#/$defs/")]
      : [name, closed(value)],
  );
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  if (copy.type === "object" && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

/** Creates a function that returns the template of a path: the one with the longest text before its parameter. */
export function createFindPath(document: Pick<OpenApi, "paths">): (path: string) => string | undefined {
  const templates = Object.keys(document.paths)
    .map((template) => ({ template, fixed: template.replace(/\{.*/, "") }))
    .sort((a, b) => b.fixed.length - a.fixed.length);
  return (path) =>
    templates.find(({ template, fixed }) =>
      template === fixed
        ? path === fixed
        : path.startsWith(fixed) && !(fixed === "/" && NOT_RESOLVED.test(path)),
    )?.template;
}

/** Puts the values of parameters together, as their schemas are for lists or for one value. */
function valuesOf(parameters: readonly Parameter[], given: URLSearchParams): Json {
  const found = parameters.flatMap(({ name, schema, allowEmptyValue }) => {
    const values = given.getAll(name).filter((value) => value !== "" || !allowEmptyValue);
    return values.length === 0 ? [] : [[name, schema.type === "array" ? values : values[0]] as const];
  });
  return Object.fromEntries(found);
}

/** Returns undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const reasons = (what: string, errors: readonly ErrorObject[] | null | undefined) =>
  (errors ?? []).map(({ instancePath, message }) => `${what}${instancePath} ${message}`);

/** Creates a function that compares an exchange with a document. Bodies may have no members that it does not name. */
export function createOpenApiCheck(document: OpenApi): (step: Step) => Fit {
  const options = {
    allowUnionTypes: true,
    formats: { "date-time": TIME, int32: true },
  } as const;
  const strict = new Ajv2020(options);
  const lenient = new Ajv2020({ ...options, coerceTypes: true });
  const schemas = { $id: "api", $defs: closed(document.components.schemas) as object };
  for (const ajv of [strict, lenient]) ajv.addSchema(schemas);
  const findPath = createFindPath(document);

  const compiled = new Map<string, ValidateFunction>();
  const compile = (ajv: Ajv2020, schema: unknown): ValidateFunction => {
    const key = `${ajv === strict}${JSON.stringify(schema)}`;
    const found = compiled.get(key) ?? ajv.compile(closed(schema) as object);
    compiled.set(key, found);
    return found;
  };
  const resolved = <T>(part: Json): T => {
    if (typeof part.$ref !== "string") return part as T;
    const [, , kind = "", name = ""] = part.$ref.split("/");
    return document.components[kind]?.[name] as T;
  };

  const judgeRequest = ({ request, response }: Step, operation: Operation): string[] => {
    const parameters = (operation.parameters ?? []).map(resolved<Parameter>);
    const inQuery = parameters.filter((each) => each.in === "query");
    const given = new URLSearchParams(request.target.split("?")[1] ?? "");
    const isFree = inQuery.some(({ schema }) => schema.type === "object");
    const unknown = [...given.keys()].filter(
      (name) => !isFree && !inQuery.some((each) => each.name === name),
    );
    const problems = unknown.map((name) => `the parameter ${name} is not listed`);
    // What the server refused may be malformed.
    if (response.status >= 400) return problems;
    for (const { name, required } of inQuery) {
      if (required && !given.has(name)) problems.push(`the parameter ${name} is missing`);
    }
    const named = inQuery.filter(({ schema }) => schema.type !== "object");
    const properties = Object.fromEntries(named.map(({ name, schema }) => [name, schema]));
    const check = compile(lenient, { type: "object", properties });
    if (!check(valuesOf(named, given))) problems.push(...reasons("parameter ", check.errors));
    if (request.body === "") return problems;
    const type = mediaTypeOf(request.headers);
    const content = operation.requestBody?.content[type ?? ""];
    if (content === undefined) return [...problems, `a body of the type ${type} is not listed`];
    if (type === "application/json") {
      const body = parsed(request.body);
      const checkBody = compile(strict, content.schema);
      if (body === undefined) problems.push("the request body is not JSON");
      else if (!checkBody(body)) problems.push(...reasons("request body", checkBody.errors));
    } else if (type === "application/x-www-form-urlencoded") {
      const checkForm = compile(lenient, content.schema);
      const form = Object.fromEntries(new URLSearchParams(request.body));
      if (!checkForm(form)) problems.push(...reasons("form ", checkForm.errors));
    }
    return problems;
  };

  const judgeResponse = ({ request, response }: Step, operation: Operation): string[] => {
    const { status, headers, body } = response;
    const reference = operation.responses[status];
    if (reference === undefined) return [`the status ${status} is not listed`];
    const listed = resolved<Response>(reference);
    const problems = Object.entries(listed.headers ?? {}).flatMap(([name, header]) =>
      resolved<{ required?: boolean }>(header).required && headerOf(headers, name) === undefined
        ? [`the header ${name} is missing`]
        : [],
    );
    const type = mediaTypeOf(headers);
    if (type === undefined) {
      const mayBeEmpty = listed.content === undefined || /without a body/i.test(listed.description);
      return body === "" && mayBeEmpty
        ? problems
        : [...problems, "the body has no type, or should not be empty"];
    }
    const content = listed.content?.[type];
    if (content === undefined) return [...problems, `the type ${type} is not listed for ${status}`];
    if (request.method === "HEAD") return body === "" ? problems : [...problems, "HEAD has a body"];
    const check = compile(strict, content.schema);
    const read = type === "application/json" ? parsed(body) : body;
    if (read === undefined) problems.push("the body is not JSON");
    else if (!check(read)) problems.push(...reasons("body", check.errors));
    return problems;
  };

  return (step) => {
    const { method, target } = step.request;
    const path = findPath(target.split("?")[0] ?? "");
    const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return { operation: undefined, bodies: 0, problems: [] };
    const bodies = [step.request.body, step.response.body].filter((body) => body !== "").length;
    const problems = [...judgeRequest(step, operation), ...judgeResponse(step, operation)];
    return { operation: `${method} ${path}`, bodies, problems };
  };
}
