/**
 * How much a package may weigh: bytes of its main entry bundled for a browser, minified and then gzipped, of the
 * packages that run in one; how many third-party packages an install brings, and how many megabytes they are.
 * `only` names the third-party packages that are allowed.
 *
 * @typedef {object} Limit
 * @property {number} [minified]
 * @property {number} [gzipped]
 * @property {number} packages
 * @property {number} megabytes
 * @property {string[]} [only]
 */

/** @type {Readonly<Record<string, Limit>>} */
export const LIMITS = {
  "packages/ardc": { minified: 130_000, gzipped: 42_500, packages: 3, megabytes: 2.2 },
  "packages/auth": {
    minified: 76_000,
    gzipped: 25_000,
    packages: 2,
    megabytes: 0.3,
    only: ["saxes", "xmlchars"],
  },
  "packages/client": { minified: 182_000, gzipped: 63_500, packages: 5, megabytes: 9.2 },
  "packages/core": { minified: 33_000, gzipped: 13_000, packages: 0, megabytes: 0 },
  "packages/credentials": { minified: 59_000, gzipped: 21_500, packages: 2, megabytes: 7 },
  "packages/keys": { packages: 23, megabytes: 2.6 },
  "packages/loc": { minified: 18_000, gzipped: 7_500, packages: 0, megabytes: 0 },
  "packages/service": { packages: 2, megabytes: 0.3 },
  "packages/store-postgres": { packages: 14, megabytes: 0.6 },
  "packages/store-sqlite": { packages: 0, megabytes: 0 },
  "packages/testing": { packages: 2, megabytes: 0.3 },
  "packages/transport": { minified: 42_000, gzipped: 16_000, packages: 1, megabytes: 1.9 },
  "packages/xml": { minified: 50_000, gzipped: 16_000, packages: 2, megabytes: 0.3 },
  "apps/cli": { packages: 32, megabytes: 13.5 },
  "apps/server": { packages: 53, megabytes: 33.5 },
};
