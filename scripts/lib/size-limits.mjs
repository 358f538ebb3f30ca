/**
 * How much a package may weigh: bytes of its main entry bundled for a browser, minified and then gzipped, of the
 * packages that run in one; how many packages of others an install brings, and how many megabytes they are.
 * `only` names the packages of others that are allowed.
 *
 * @typedef {object} Limit
 * @property {number} [minified]
 * @property {number} [gzipped]
 * @property {number} packages
 * @property {number} megabytes
 * @property {string[]} [only]
 */

/** @type {Readonly<Record<string, Limit>>} */
export const LIMITS = {};
