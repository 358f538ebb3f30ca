// The site of docs/. node scripts/docs.mjs serve | build
// Both first write the pages that come from elsewhere: READMEs, the API reference, the OpenAPI document. build fails on
// dead links, on links to headings that do not exist, and on anything that would be loaded from another host.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeApiPages } from "./lib/api-pages.mjs";
import { checkSite } from "./lib/check-site.mjs";
import { writeOpenapiPage } from "./lib/openapi-page.mjs";
import { listCopies } from "./lib/site-pages.mjs";
import { REPOSITORY, report } from "./lib/workspaces.mjs";

const docs = join(REPOSITORY, "docs");
const site = join(docs, ".vitepress/dist");
const build = process.argv[2] === "build";

rmSync(join(docs, "packages"), { recursive: true, force: true });
for (const [file, page] of listCopies(REPOSITORY)) {
  mkdirSync(dirname(join(docs, page)), { recursive: true });
  cpSync(join(REPOSITORY, file), join(docs, page));
}
cpSync(join(docs, ".vitepress/packages.md"), join(docs, "packages/index.md"));
await writeApiPages(REPOSITORY, join(docs, "reference/api"));
writeOpenapiPage(join(docs, "openapi.json"), join(docs, "reference/openapi.md"));

const vitepress = join(REPOSITORY, "node_modules/vitepress/bin/vitepress.js");
const child = spawn(process.execPath, [vitepress, build ? "build" : "dev", docs], { stdio: "inherit" });
const [code] = await once(child, "close");
if (code !== 0) process.exitCode = 1;
else if (build && existsSync(site)) {
  const { problems, pages, links, anchors } = checkSite(site);
  report(problems, `${pages} pages, ${links} links between them, ${anchors} of them to a heading.`);
}
