import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";

/**
 * The entries that a tsup.config.ts passes to `build({ name: "src/file.ts" })`.
 *
 * @param {string} file
 * @returns {Record<string, string> | undefined} undefined when the file is missing or not of that form
 */
export function tsupEntries(file) {
  if (!existsSync(file)) return undefined;
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const exported = source.statements.find(ts.isExportAssignment)?.expression;
  const entries = exported && ts.isCallExpression(exported) ? exported.arguments[0] : undefined;
  if (!entries || !ts.isObjectLiteralExpression(entries)) return undefined;
  /** @type {Record<string, string>} */
  const found = {};
  for (const property of entries.properties) {
    if (!ts.isPropertyAssignment(property) || !ts.isStringLiteralLike(property.initializer)) return undefined;
    if (!ts.isIdentifier(property.name) && !ts.isStringLiteral(property.name)) return undefined;
    found[property.name.text] = property.initializer.text;
  }
  return found;
}
