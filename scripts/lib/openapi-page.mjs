import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const METHODS = ["get", "head", "post", "put", "delete", "options", "patch", "trace"];

/** A text in a cell of a table. @param {unknown} text */
const cell = (text) =>
  String(text ?? "")
    .replace(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll("{{", "{ {");

/**
 * Follows a reference within the document.
 *
 * @param {any} document
 * @param {any} value
 * @returns {any}
 */
function follow(document, value) {
  const path = value?.$ref;
  if (typeof path !== "string") return value;
  const names = path.replace(/^#\//, "").split("/");
  return names
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((at, name) => at?.[name], document);
}

/** The type of a schema in one line. @param {any} schema @returns {string} */
function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(", ");
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts) return parts.map(typeOf).join(" or ");
  return [schema.type].flat().join(" or ");
}

/**
 * One operation as a section.
 *
 * @param {any} document
 * @param {string} method
 * @param {string} path
 * @param {any} item of the path
 */
function section(document, method, path, item) {
  const operation = item[method];
  const lines = [`## ${method.toUpperCase()} ${path.replaceAll("{", "\\{")}`, ""];
  for (const text of [operation.summary, operation.description]) if (text) lines.push(cell(text), "");
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((each) =>
    follow(document, each),
  );
  if (parameters.length > 0) {
    lines.push("| parameter | in | type | |", "| --- | --- | --- | --- |");
    for (const each of parameters) {
      const schema = follow(document, each.schema);
      lines.push(`| \`${each.name}\` | ${each.in} | ${cell(typeOf(schema))} | ${cell(each.description)} |`);
    }
    lines.push("");
  }
  const body = follow(document, operation.requestBody);
  for (const [type, { schema }] of Object.entries(body?.content ?? {})) {
    lines.push(
      `Body: \`${type}\`${schema?.$ref ? `, ${typeOf(schema)}` : ""}. ${cell(body.description)}`,
      "",
    );
  }
  lines.push("| status | |", "| --- | --- |");
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    lines.push(`| ${status} | ${cell(follow(document, response)?.description)} |`);
  }
  return [...lines, ""].join("\n");
}

/**
 * Writes the page of an OpenAPI document; removes it if there is no document.
 *
 * @param {string} file the document
 * @param {string} page
 */
export function writeOpenapiPage(file, page) {
  if (!existsSync(file)) return rmSync(page, { force: true });
  const document = JSON.parse(readFileSync(file, "utf8"));
  const sections = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => section(document, method, path, item)),
  );
  const head = [
    "# OpenAPI",
    "",
    `Made from [openapi.json](../openapi.json), ${cell(document.info?.title)} ${cell(document.info?.version)}. ` +
      "[HTTP](http.md) has the same paths with an example each.",
    "",
  ];
  writeFileSync(page, [...head, ...sections].join("\n"));
}
