import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createFolder, createTree, loadLibrary } from "./support.ts";

interface Checked {
  readonly problems: readonly string[];
  readonly pages: number;
  readonly links: number;
  readonly anchors: number;
}

const { checkSite } = await loadLibrary<{ checkSite(folder: string): Checked }>("check-site.mjs");
const { createLinks, isGenerated } = await loadLibrary<{
  createLinks(root: string, repository: string): (link: string, page: string) => string;
  isGenerated(name: string): boolean;
}>("site-pages.mjs");
const { writeOpenapiPage } = await loadLibrary<{ writeOpenapiPage(file: string, page: string): void }>(
  "openapi-page.mjs",
);
const { parseLine, terminalSvg } = await loadLibrary<{
  parseLine(line: string): readonly { readonly text: string; readonly style: string }[];
  terminalSvg(title: string, lines: readonly object[], columns: number): string;
}>("terminal-svg.mjs");

test("a site whose links lead somewhere passes", () => {
  const folder = createTree({
    "index.html":
      '<a href="/guide.html#first">g</a> <a href="/list/">l</a> <a href="https://example.org/">e</a>',
    "guide.html": '<h2 id="first">F</h2><a href="#first">f</a><a href="./data.json">d</a>',
    "list/index.html": '<a href="../guide.html">g</a><script src="/a.js"></script>',
    "data.json": {},
    "a.css": "@font-face{src:url(/font.woff2)}",
  });
  expect(checkSite(folder)).toEqual({ problems: [], pages: 3, links: 5, anchors: 2 });
});

test("dead links, missing headings and other hosts are found", () => {
  const folder = createTree({
    "index.html": '<a href="/absent.html">a</a><a href="/guide.html#second">s</a>',
    "guide.html":
      '<link rel="stylesheet" href="https://cdn.example.org/a.css"><script src="//cdn.example.org/a.js"></script>',
    "a.css": '@import "https://fonts.example.org/a.css";',
  });
  expect(checkSite(folder).problems).toEqual([
    '/guide.html: loads from another host: <link rel="stylesheet" href="https://cdn.example.org/a.css">',
    '/guide.html: loads from another host: <script src="//cdn.example.org/a.js"',
    "/index.html: no heading #second in /guide.html",
    "/index.html: no page /absent.html",
    "a.css: loads from another host",
  ]);
});

test("links between files become links between pages", () => {
  const root = createTree({
    "package.json": {},
    "packages/tea/package.json": { name: "@handlekit/tea" },
    "packages/tea/README.md": "# tea",
    "examples/README.md": "# Examples",
    "examples/one.mjs": "",
    "CONTRIBUTING.md": "",
    "docs/errors.md": "# Errors",
    "docs/cli/README.md": "# hdl",
    "docs/openapi.json": {},
  });
  const link = createLinks(root, "https://example.org/repository");
  const cases: readonly (readonly [page: string, link: string, expected: string])[] = [
    ["recipes/a.md", "../../packages/tea/README.md#pour", "/packages/tea#pour"],
    ["recipes/a.md", "../../packages/tea", "/packages/tea"],
    ["recipes/a.md", "../errors.md", "/errors"],
    ["recipes/a.md", "../cli/README.md", "/cli/"],
    ["recipes/a.md", "../cli", "/cli/"],
    ["reference/http.md", "../openapi.json", "/openapi.json"],
    ["packages/tea.md", "../../docs/errors.md#x", "/errors#x"],
    [
      "packages/tea.md",
      "../../examples/one.mjs",
      "https://example.org/repository/blob/main/examples/one.mjs",
    ],
    ["packages/tea.md", "../../CONTRIBUTING.md", "/contributing"],
    ["recipes/a.md", "#here", "#here"],
    ["recipes/a.md", "https://example.org/", "https://example.org/"],
    ["recipes/a.md", "absent.md", "absent.md"],
  ];
  expect(cases.map(([page, from]) => link(from, page))).toEqual(cases.map(([, , expected]) => expected));
  expect(["packages/tea.md", "examples.md", "errors.md"].map(isGenerated)).toEqual([true, true, false]);
});

test("an OpenAPI document becomes a page, and none takes it away", () => {
  const folder = createFolder();
  const [file, page] = [join(folder, "openapi.json"), join(folder, "reference/openapi.md")];
  mkdirSync(join(folder, "reference"));
  const parameter = {
    name: "index",
    in: "query",
    description: "a | b",
    schema: { type: "array", items: { type: "integer" } },
  };
  const document = {
    info: { title: "T", version: "1" },
    paths: {
      "/api/handles/{handle}": {
        get: {
          summary: "Reads <it>",
          parameters: [{ $ref: "#/components/parameters/index" }],
          responses: { 200: { $ref: "#/components/responses/Record" }, 404: { description: "none" } },
        },
      },
    },
    components: { parameters: { index: parameter }, responses: { Record: { description: "the record" } } },
  };
  writeFileSync(file, JSON.stringify(document));
  writeOpenapiPage(file, page);
  const text = readFileSync(page, "utf8");
  expect(text).toContain("## GET /api/handles/\\{handle}");
  expect(text).toContain("Reads &lt;it>");
  expect(text).toContain("| `index` | query | integer[] | a \\| b |");
  expect(text).toContain("| 200 | the record |\n| 404 | none |");
  writeOpenapiPage(join(folder, "absent.json"), page);
  expect(() => readFileSync(page)).toThrow("ENOENT");
});

test("a terminal is drawn with its colours", () => {
  const runs = parseLine("\u001b[32mok\u001b[39m  <a> \u001b[2K\u001b[1mb\u001b[0m");
  expect(runs).toEqual([
    { text: "ok", style: "green" },
    { text: "  <a> ", style: "" },
    { text: "b", style: "bold" },
  ]);
  const svg = terminalSvg("A & B", [{ runs, at: 1 }], 20);
  expect(svg).toContain("<title>A &amp; B</title>");
  expect(svg).toContain('<tspan class="green">ok</tspan><tspan>  &lt;a&gt; </tspan>');
});
