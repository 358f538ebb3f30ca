// docs/first-ten-minutes.md, command by command, as somebody does it who has just installed the packed packages.
// HANDLEKIT_UPDATE=1 writes what was printed into the page.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type LocalRegistry, startLocalRegistry } from "../support/local-registry.ts";
import { mask, readTranscript, replaceTranscript, runTranscript } from "../support/transcript.ts";

const PAGE = fileURLToPath(new URL("../../docs/first-ten-minutes.md", import.meta.url));
const UPDATE = process.env.HANDLEKIT_UPDATE === "1";

let folder: string;
let registry: LocalRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  registry = await startLocalRegistry(join(folder, "registry"));
}, 180_000);
afterAll(async () => {
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("docs/first-ten-minutes.md", () => {
  it("prints what it says, from the installation to a changed handle", async () => {
    const page = await readFile(PAGE, "utf8");
    const blocks = readTranscript(page);
    const home = join(folder, "home");
    const prefix = join(folder, "npm");
    await mkdir(home);
    const port = await freePort();
    const outputs = await runTranscript(
      blocks.flat().map(({ command }) => command.replaceAll("127.0.0.1:8000", `127.0.0.1:${port}`)),
      {
        folder: home,
        bin: join(prefix, "bin"),
        env: {
          npm_config_prefix: prefix,
          npm_config_registry: registry.url,
          npm_config_cache: join(folder, "cache"),
          npm_config_userconfig: join(folder, "npmrc"),
          npm_config_update_notifier: "false",
        },
      },
    );
    const shown = (output: string) => mask(output, home).replaceAll(`port ${port}`, "port 8000");
    let at = 0;
    const printed = blocks.map((entries) =>
      entries.map(({ command }) => ({ command, output: shown(outputs[at++] ?? "") })),
    );
    if (UPDATE) await writeFile(PAGE, replaceTranscript(page, printed));
    else expect(printed).toEqual(blocks);
  }, 300_000);
});
