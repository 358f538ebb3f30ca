import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { listWorkspaces } from "./workspaces.mjs";

/** Files that `npm run docs` writes into docs/, and git ignores. */
const GENERATED = [/^packages\//, /^reference\/(api\/|openapi\.md$)/, /^(examples|contributing)\.md$/];

/**
 * Returns true for a page of docs/ that `npm run docs` writes.
 *
 * @param {string} name below docs/
 */
export const isGenerated = (name) => GENERATED.some((pattern) => pattern.test(name));

/**
 * The pages of the site that are files of the repository outside of docs/.
 *
 * @param {string} root
 * @returns {Map<string, string>} page below docs/ by file below the root
 */
export function listCopies(root) {
  const readmes = listWorkspaces(root).map(({ folder }) => join(folder, "README.md"));
  return new Map([
    ...readmes.map((file) => /** @type {const} */ ([file, `packages/${basename(dirname(file))}.md`])),
    ["examples/README.md", "examples.md"],
    ["CONTRIBUTING.md", "contributing.md"],
  ]);
}

/**
 * Returns a function from a link of a Markdown file to the link of its page: a page of the site for a file that is one,
 * the file in the repository for any other. Links to other sites and within a page stay as they are, and so do links to
 * files that do not exist, which the build reports.
 *
 * @param {string} root
 * @param {string} repository its address
 * @returns {(link: string, page: string) => string} `page` is below docs/
 */
export function createLinks(root, repository) {
  const docs = join(root, "docs");
  const copies = listCopies(root);
  const sources = new Map([...copies].map(([file, page]) => [page, file]));
  /** @param {string} name of a Markdown file below docs/ */
  const route = (name) => `/${name.replace(/(^|\/)(README|index)\.md$/, "$1").replace(/\.md$/, "")}`;
  return (link, page) => {
    if (/^([a-z]+:|#|\/)/i.test(link)) return link;
    const [, path = "", hash = ""] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
    const from = join(root, sources.get(page) ?? join("docs", page));
    const target = resolve(dirname(from), decodeURIComponent(path));
    const found = [target, join(target, "README.md"), join(target, "index.md")];
    for (const file of found) {
      const copy = copies.get(relative(root, file));
      if (copy !== undefined) return route(copy) + hash;
      if (file.endsWith(".md") && file.startsWith(`${docs}/`) && existsSync(file)) {
        return route(relative(docs, file)) + hash;
      }
    }
    if (!existsSync(target)) return link;
    if (target === join(docs, "openapi.json")) return `/openapi.json${hash}`;
    if (target.startsWith(`${docs}/`)) return link;
    return `${repository}/blob/main/${relative(root, target)}${hash}`;
  };
}
