import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Elements by which a browser loads something, and the attribute that says what. */
const LOADED = /<(?:script|img|iframe|source|video|audio)\b[^>]*?\ssrc="(https?:)?\/\/[^"]*"|<link\b[^>]*>/g;
const STYLE = /url\(\s*["']?(?:https?:)?\/\/|@import\s+["'](?:https?:)?\/\//;

/** @param {string} text of HTML */
const readMarkup = (text) => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"');

/**
 * Checks a site that was built: links lead to a page and to a heading of it, and nothing is loaded from another host.
 *
 * @param {string} folder of the site, absolute
 * @returns {{ problems: string[], pages: number, links: number, anchors: number }}
 */
export function checkSite(folder) {
  const files = /** @type {string[]} */ (readdirSync(folder, { recursive: true }));
  /** @type {Map<string, string>} */
  const pages = new Map(
    files
      .filter((name) => name.endsWith(".html"))
      .map((name) => /** @type {const} */ ([`/${name}`, readFileSync(join(folder, name), "utf8")])),
  );
  const ids = new Map(
    [...pages].map(([name, html]) => [
      name,
      new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  /** @type {Set<string>} */
  const problems = new Set();
  let links = 0;
  let anchors = 0;
  for (const [name, html] of pages) {
    for (const [tag] of html.matchAll(LOADED)) {
      const isLink = tag.startsWith("<link");
      if (isLink && !/rel="(?:stylesheet|icon|preload|modulepreload|preconnect)"/.test(tag)) continue;
      if (!isLink || /href="(?:https?:)?\/\//.test(tag))
        problems.add(`${name}: loads from another host: ${tag}`);
    }
    for (const [, link = ""] of html.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)) {
      if (/^[a-z]+:|^\/\//i.test(link)) continue;
      links++;
      const { pathname, hash } = new URL(readMarkup(link), `http://site${name}`);
      const path = decodeURIComponent(pathname);
      const page = path.endsWith("/") ? `${path}index.html` : path;
      if (!pages.has(page)) {
        if (!existsSync(join(folder, page))) problems.add(`${name}: no page ${page}`);
        continue;
      }
      if (hash === "") continue;
      anchors++;
      const id = decodeURIComponent(hash.slice(1));
      if (!ids.get(page)?.has(id)) problems.add(`${name}: no heading #${id} in ${page}`);
    }
  }
  for (const name of files.filter((file) => file.endsWith(".css"))) {
    if (STYLE.test(readFileSync(join(folder, name), "utf8")))
      problems.add(`${name}: loads from another host`);
  }
  return { problems: [...problems].sort(), pages: pages.size, links, anchors };
}
