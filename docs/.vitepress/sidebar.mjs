import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** @param {string} text @param {string} link */
const item = (text, link) => ({ text, link });

/**
 * The pages at the side.
 *
 * @param {string} docs the folder, absolute
 */
export function sidebar(docs) {
  /** @param {string} folder below docs */
  const names = (folder) =>
    (existsSync(join(docs, folder)) ? readdirSync(join(docs, folder)) : [])
      .filter((name) => name.endsWith(".md") && !/^(README|index)\.md$/.test(name))
      .map((name) => name.replace(/\.md$/, ""));
  const packages = names("packages");
  return [
    {
      text: "Begin",
      items: [
        item("Getting started", "/getting-started"),
        item("The first ten minutes", "/first-ten-minutes"),
        item("Examples", "/examples"),
      ],
    },
    {
      text: "Recipes",
      link: "/recipes/",
      items: [
        item("Many handles from a CSV", "/recipes/many-handles"),
        item("A client certificate", "/recipes/client-certificate"),
        item("axios and got", "/recipes/axios-and-got"),
        item("Make a user", "/recipes/make-a-user"),
        item("A self-signed server", "/recipes/self-signed-server"),
        item("ARDC deposit", "/recipes/ardc-deposit"),
        item("Behind a proxy", "/recipes/behind-a-proxy"),
        item("Search", "/recipes/search"),
        item("A resolver in your own program", "/recipes/embed-a-resolver"),
      ],
    },
    {
      text: "Moving here",
      link: "/move/",
      items: [
        item("From B2HANDLE", "/move/b2handle"),
        item("From PYHANDLE", "/move/pyhandle"),
        item("From Handle.Net", "/move/handle-net"),
        item("From hand-made ARDC calls", "/move/ardc"),
      ],
    },
    {
      text: "Run a server",
      items: [
        item("hdl-server", "/packages/server"),
        item("Operations", "/operations"),
        item("Several processes, several hosts", "/several-processes"),
        item("How far it goes", "/scaling"),
        item("Security", "/security"),
        item("Compatibility", "/compatibility"),
        item("Performance", "/performance"),
      ],
    },
    {
      text: "Commands of hdl",
      link: "/cli/",
      collapsed: true,
      items: names("cli").map((name) => item(`hdl ${name}`, `/cli/${name}`)),
    },
    {
      text: "Packages",
      link: "/packages/",
      collapsed: true,
      items: packages.map((name) => item(`@handlekit/${name}`, `/packages/${name}`)),
    },
    {
      text: "Reference",
      link: "/reference/",
      items: [
        item("Error codes", "/errors"),
        item("HTTP", "/reference/http"),
        ...(names("reference").includes("openapi") ? [item("OpenAPI", "/reference/openapi")] : []),
        { text: "TypeScript API", link: "/reference/api/", collapsed: true, items: api(docs) },
      ],
    },
    {
      text: "The project",
      items: [
        item("Architecture", "/architecture"),
        item("Dependencies", "/dependencies"),
        item("Contributing", "/contributing"),
      ],
    },
  ];
}

/** The pages of the entries of the packages. @param {string} docs */
function api(docs) {
  const folder = join(docs, "reference/api");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "index.md")
    .sort()
    .map((name) => name.replace(/\.md$/, ""))
    .map((name) => item(`@handlekit/${name.replace(".", "/")}`, `/reference/api/${name}`));
}
