import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM || "/usr/bin/chromium";

/** The reason why there is no browser, if there is none. */
export const noBrowser = () =>
  existsSync(EXECUTABLE) ? undefined : `${EXECUTABLE} is missing: install chromium, or set CHROMIUM`;

/**
 * Runs tests/runtimes/browser.mjs in a page of Chromium, with the packages of an installation.
 *
 * @param {string} root
 * @param {string} installed
 * @param {import("./site.mjs").Site} site
 * @returns {Promise<Record<string, string>>} by the name of each check, "ok" or what went wrong
 */
export async function runInBrowser(root, installed, site) {
  const { outputFiles } = await build({
    stdin: {
      contents: await readFile(join(root, "tests/runtimes/browser.mjs"), "utf8"),
      resolveDir: installed,
    },
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    external: ["node:*"],
    logLevel: "error",
  });
  const page = `<!doctype html><meta charset="utf-8"><script type="module">${outputFiles[0]?.text}</script>`;
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(page));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ["--disable-dev-shm-usage"] });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const tab = await context.newPage();
    const address = server.address();
    await tab.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
    await tab.waitForFunction("globalThis.runChecks !== undefined");
    const { username, password } = JSON.parse(await readFile(site.credentials.password ?? "", "utf8"));
    const given = JSON.stringify({ origin: site.origin, identity: username, password });
    return await tab.evaluate(`globalThis.runChecks(${given})`);
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
