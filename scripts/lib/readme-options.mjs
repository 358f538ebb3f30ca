import ts from "typescript";
import { entriesOf } from "./type-program.mjs";

/** @typedef {{ type: string, member: string }} OptionMember */

/**
 * Returns true for a type whose name ends in `Options` or whose documentation begins with "Options".
 *
 * @param {ts.Symbol} symbol
 * @param {ts.TypeChecker} checker
 */
function isOptions(symbol, checker) {
  if ((symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) === 0) return false;
  if (/Options$/.test(symbol.name)) return true;
  return /^Options?\b/.test(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
}

/**
 * Every member of a type, of each part of a union.
 *
 * @param {ts.Type} type
 * @returns {ts.Symbol[]}
 */
const membersOf = (type) =>
  type.isUnion()
    ? type.types.flatMap(membersOf)
    : type.flags & ts.TypeFlags.Object || type.isIntersection()
      ? type.getProperties()
      : [];

/**
 * The members of the options types that a package exports, and of the options that its functions and methods take
 * without a type of their own.
 *
 * @param {import("./workspaces.mjs").Workspace} workspace
 * @param {ts.Program} program with the package's entries
 * @returns {OptionMember[]}
 */
function exportedOptions(workspace, program) {
  const checker = program.getTypeChecker();
  /** @type {Map<string, OptionMember>} */
  const found = new Map();
  /** @param {ts.Node | undefined} node */
  const isOurs = (node) =>
    !program.isSourceFileDefaultLibrary(/** @type {ts.SourceFile} */ (node?.getSourceFile()));
  /** @param {string} name @param {ts.Type} type */
  const add = (name, type) => {
    for (const { name: member, declarations } of membersOf(type)) {
      if (!declarations?.[0] || !isOurs(declarations[0])) continue;
      found.set(`${name} ${member}`, { type: name, member });
    }
  };
  /**
   * @param {string} name
   * @param {ts.Type} type with signatures
   */
  const addParameters = (name, type) => {
    for (const signature of type.getCallSignatures()) {
      for (const parameter of signature.parameters.filter(({ name }) => name === "options")) {
        const taken = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
        // A type with a name is checked where it is exported.
        if (taken.aliasSymbol || taken.symbol?.name !== "__type") continue;
        add(`${name}(options)`, taken);
      }
    }
  };
  for (const { file } of entriesOf(workspace)) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) continue;
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [declaration] = symbol.declarations ?? [];
      // Types of another package belong in the README of that one.
      if (!declaration?.getSourceFile().fileName.startsWith(`${workspace.path}/`)) continue;
      if (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) {
        const type = checker.getDeclaredTypeOfSymbol(symbol);
        if (isOptions(symbol, checker)) add(exported.name, type);
        for (const method of type.isUnion() ? [] : type.getProperties()) {
          if (method.declarations?.[0] && isOurs(method.declarations[0]))
            addParameters(`${exported.name}.${method.name}`, checker.getTypeOfSymbol(method));
        }
      } else addParameters(exported.name, checker.getTypeOfSymbol(symbol));
    }
  }
  return [...found.values()];
}

/**
 * The functions, classes and constants that a package exports.
 *
 * @param {import("./workspaces.mjs").Workspace} workspace
 * @param {ts.Program} program with the package's entries
 * @returns {string[]}
 */
function exportedValues(workspace, program) {
  const checker = program.getTypeChecker();
  const VALUE = ts.SymbolFlags.Function | ts.SymbolFlags.Class | ts.SymbolFlags.Variable;
  const names = entriesOf(workspace).flatMap(({ file }) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    return (module ? checker.getExportsOfModule(module) : [])
      .filter((symbol) => {
        const aliased = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        return (aliased.flags & VALUE) !== 0;
      })
      .map(({ name }) => name);
  });
  return [...new Set(names)];
}

/**
 * Checks that each exported function and each member of an exported options type is named between backticks in its
 * package's README.
 *
 * @param {import("./workspaces.mjs").Workspace} workspace
 * @param {import("./readme.mjs").Readme} readme
 * @param {ts.Program} program
 * @returns {string[]} problems
 */
export function checkMentions(workspace, { name, words }, program) {
  return [
    ...exportedValues(workspace, program)
      .filter((value) => !words.has(value))
      .map((value) => `${name}: \`${value}\` is exported and missing here.`),
    ...exportedOptions(workspace, program)
      .filter(({ member }) => !words.has(member))
      .map(({ type, member }) => `${name}: \`${member}\` of ${type} is missing.`),
  ];
}
