// The site made of docs/. `npm run docs` serves it, `npm run docs:build` writes it to docs/.vitepress/dist.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { createLinks } from "../../scripts/lib/site-pages.mjs";
import { sidebar } from "./sidebar.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const docs = join(root, "docs");
const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const address = repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
const links = createLinks(root, address);

/** GitHub's anchors, so that a link to a heading works in both places. @param {string} text */
const slugify = (text) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");

/** Makes the links between files links between pages. @param {import("vitepress").MarkdownRenderer} md */
function linkPages(md) {
  md.core.ruler.push("pages", ({ tokens, env }) => {
    // Titles of boxes come without their page.
    const page = (env?.realPath ?? env?.path)?.slice(docs.length + 1);
    if (page === undefined) return;
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        const link = token.type === "link_open" ? token.attrGet("href") : null;
        if (link !== null) token.attrSet("href", links(link, page));
      }
    }
  });
}

export default defineConfig({
  title: "Handlekit",
  description: "The Handle System toolkit for TypeScript: packages, a command line and a server.",
  lang: "en",
  head: [["link", { rel: "icon", href: "data:," }]],
  lastUpdated: false,
  rewrites: { "cli/README.md": "cli/index.md" },
  markdown: {
    anchor: { slugify },
    headers: { slugify },
    // Text in braces is text.
    attrs: { disable: true },
    config: linkPages,
  },
  themeConfig: {
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: address }],
    outline: { level: [2, 3] },
    nav: [
      { text: "Getting started", link: "/getting-started" },
      { text: "Recipes", link: "/recipes/" },
      { text: "Moving here", link: "/move/" },
      { text: "Packages", link: "/packages/" },
      { text: "Reference", link: "/reference/" },
    ],
    sidebar: sidebar(docs),
  },
  vite: { build: { chunkSizeWarningLimit: 5000 } },
  buildEnd({ outDir }) {
    const file = join(docs, "openapi.json");
    if (existsSync(file)) copyFileSync(file, join(outDir, "openapi.json"));
  },
});
