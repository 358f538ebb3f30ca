/**
 * The packages that each package may import. `@handlekit/x` allows every subpath of x, `@handlekit/x/y` only that
 * one, and a trailing `*` every name that begins with the text before it. `onlyFrom` limits an import to the files
 * that match the pattern; `portable` packages run wherever there is fetch and WebCrypto.
 *
 * @typedef {{ portable?: true, imports: string[], onlyFrom?: Record<string, RegExp> }} Rule
 * @type {Record<string, Rule>}
 */
export const ARROWS = {
  "packages/core": { portable: true, imports: [] },
  "packages/credentials": { portable: true, imports: ["@handlekit/core"] },
  "packages/xml": { portable: true, imports: ["@handlekit/core"] },
  "packages/auth": {
    portable: true,
    imports: ["@handlekit/core", "@handlekit/xml"],
    onlyFrom: { "@handlekit/xml": /^src\/ardc(\.ts$|\/)/ },
  },
  "packages/keys": { imports: ["@handlekit/core"] },
  "packages/transport": { portable: true, imports: ["@handlekit/core"] },
  "packages/loc": { portable: true, imports: ["@handlekit/core"] },
  "packages/client": {
    portable: true,
    imports: [
      "@handlekit/core",
      "@handlekit/credentials",
      "@handlekit/auth",
      "@handlekit/transport",
      "@handlekit/loc",
    ],
  },
  "packages/ardc": {
    portable: true,
    imports: [
      "@handlekit/core",
      "@handlekit/credentials",
      "@handlekit/auth",
      "@handlekit/transport",
      "@handlekit/xml",
    ],
  },
  "packages/service": {
    imports: ["@handlekit/core", "@handlekit/auth/wire", "@handlekit/xml", "@handlekit/loc"],
  },
  "packages/store-sqlite": { imports: ["@handlekit/core"] },
  "packages/store-postgres": { imports: ["@handlekit/core"] },
  "packages/testing": { imports: ["@handlekit/core", "@handlekit/service"] },
  "apps/cli": {
    imports: [
      "@handlekit/core",
      "@handlekit/credentials",
      "@handlekit/auth",
      "@handlekit/keys",
      "@handlekit/transport",
      "@handlekit/xml",
      "@handlekit/loc",
      "@handlekit/client",
      "@handlekit/ardc",
    ],
  },
  "apps/server": {
    imports: [
      "@handlekit/core",
      "@handlekit/credentials",
      "@handlekit/auth",
      "@handlekit/keys",
      "@handlekit/service",
      "@handlekit/store-*",
    ],
  },
};

/**
 * The rooms of a package: its source files in groups, ordered from the outermost to the innermost. A file may
 * import files of its own room and of rooms further in, except those that its room lists under `never`. Rooms of one
 * rank do not import each other. Every source file is in a room; `src/mod.ts` may import any file.
 *
 * @typedef {{ name: string, files: RegExp, never?: string[] }} Room
 * @type {Record<string, Room[][]>}
 */
export const ROOMS = {
  "packages/service": [
    // A socket or a fetch handler in, plain requests and responses out.
    [{ name: "adapters", files: /^src\/adapters\// }],
    // The route table, and the factories that put a service together.
    [{ name: "service", files: /^src\/(mod|service|api-routes|routes)\.ts$/ }],
    // One protocol each: HTTP in, JSON, HTML or XML out.
    [
      { name: "endpoints", files: /^src\/endpoints\// },
      { name: "resolver", files: /^src\/resolver\// },
      { name: "ardc", files: /^src\/ardc\// },
    ],
    // Reading and changing records, whichever protocol asked: no URL, header, JSON or XML.
    [{ name: "operations", files: /^src\/operations\//, never: ["messages"] }],
    // Who is asking.
    [{ name: "identify", files: /^src\/identify\// }],
    // The vocabulary of the rooms above: plain requests and responses, the parsed request, JSON answers.
    [{ name: "messages", files: /^src\/http\// }],
    // The store in memory, the errors that every room throws, what is kept beside records, and the API as OpenAPI,
    // which is data alone.
    [
      { name: "memory", files: /^src\/memory(-audit)?\.ts$/ },
      { name: "refusals", files: /^src\/refuse\.ts$/ },
      { name: "derived", files: /^src\/derived\.ts$/ },
      { name: "description", files: /^src\/openapi\// },
    ],
  ],
};

/** The files of portable packages that may load `node:` modules, and only by a dynamic import. */
export const NODE_FILES = [
  /^packages\/credentials\/src\/file(\.ts$|\/)/,
  /^packages\/core\/src\/journal-file\.ts$/,
  /^packages\/transport\/src\/engine\/node[^/]*\.ts$/,
];

/** Node globals that portable sources must not use, except in the files above. */
export const NODE_GLOBALS = ["Buffer", "process", "global", "require", "__dirname", "__filename"];

/**
 * The packages that the tests of a package must not import; all others are allowed. These two are tested together only
 * in the tests of the whole system.
 *
 * @type {Record<string, string[]>}
 */
export const TESTS_NEVER = {
  "packages/client": ["@handlekit/service"],
  "packages/service": ["@handlekit/client"],
};

/**
 * @param {string} specifier such as `@handlekit/auth/wire`
 * @param {string} pattern
 */
export function matchesArrow(specifier, pattern) {
  if (pattern.endsWith("*")) return specifier.startsWith(pattern.slice(0, -1));
  return specifier === pattern || specifier.startsWith(`${pattern}/`);
}
