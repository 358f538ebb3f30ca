import { existsSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";

/** The browser of the tests: the variable CHROMIUM, or Debian's. */
const EXECUTABLE = process.env.CHROMIUM || "/usr/bin/chromium";

/**
 * Starts Chromium.
 *
 * @throws Error if it is not installed: a test without a browser shows nothing
 */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(`${EXECUTABLE} is missing. Install chromium, or name one in the variable CHROMIUM.`);
  }
  return chromium.launch({ executablePath: EXECUTABLE, args: ["--disable-dev-shm-usage"] });
}

/** A web server whose only page is what a test gives it. */
export interface PageServer {
  readonly port: number;
  show(html: string): void;
  close(): Promise<void>;
}

/** Serves a page over https on all loopback names. */
export async function servePage(tls: { readonly key: string; readonly cert: string }): Promise<PageServer> {
  let page = "";
  const server = createServer(tls, (_, out) => {
    out.writeHead(200, { "content-type": "text/html;charset=utf-8" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    show(html) {
      page = html;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
