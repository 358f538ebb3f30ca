// Writes docs/public/resolver.png: the page of a handle as hdl-server shows it. Needs the built files and Chromium
// (CHROMIUM names it).
// node scripts/picture-resolver.mjs
import { join } from "node:path";
import { chromium } from "playwright-core";
import { createSampleSite } from "./lib/sample-site.mjs";
import { REPOSITORY } from "./lib/workspaces.mjs";

const HANDLE = "20.500.12345/report-2026";

const site = await createSampleSite();
try {
  await site.run("hdl-server", "init", "data", "--prefix", "20.500.12345", "--url", site.url);
  await site.serve();
  const values = [
    "URL=https://repository.example.org/reports/2026",
    "TITLE=Annual report 2026",
    "CHECKSUM=sha256:9f86d081",
  ];
  await site.run("hdl", "create", HANDLE, ...values, "--credentials", "data/credentials-password.json");
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--disable-dev-shm-usage"],
  });
  const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 900, height: 480 } });
  await page.goto(`${site.url}/${HANDLE}?noredirect`);
  await page.screenshot({ path: join(REPOSITORY, "docs/public/resolver.png") });
  await browser.close();
  console.log("docs/public/resolver.png");
} finally {
  await site.remove();
}
