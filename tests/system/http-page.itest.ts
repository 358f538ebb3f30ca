// docs/reference/http.md, command by command against hdl-server. HANDLEKIT_UPDATE=1 writes what was printed into the page.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFindPath, type OpenApi } from "../support/openapi-check.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";
import {
  installPrograms,
  mask,
  readTranscript,
  replaceTranscript,
  runTranscript,
} from "../support/transcript.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
const PAGE = pathOf("reference/http.md");
const UPDATE = process.env.HANDLEKIT_UPDATE === "1";

let site: Site;

beforeAll(async () => {
  // The identity of the administrator's certificate.
  site = await createSite("--server-admins", `301:${PREFIX}/ADMIN`, "--ardc-prefix", PREFIX);
});
afterAll(() => site?.remove());

describe("docs/reference/http.md", () => {
  it("prints what it says", async () => {
    const page = await readFile(PAGE, "utf8");
    const blocks = readTranscript(page);
    const { host, port } = new URL(site.url);
    const outputs = await runTranscript(
      blocks.flat().map(({ command }) => command.replaceAll("127.0.0.1:8000", host)),
      { folder: site.folder, bin: await installPrograms(site.folder), env: {} },
    );
    const shown = (output: string) => mask(output, site.folder).replaceAll(`port: ${port}`, "port: 8000");
    let at = 0;
    const printed = blocks.map((entries) =>
      entries.map(({ command }) => ({ command, output: shown(outputs[at++] ?? "") })),
    );
    if (UPDATE) await writeFile(PAGE, replaceTranscript(page, printed));
    else expect(printed).toEqual(blocks);
  });

  it("has an example of every path of the description", async () => {
    const document = JSON.parse(await readFile(pathOf("openapi.json"), "utf8")) as OpenApi;
    const findPath = createFindPath(document);
    const page = await readFile(PAGE, "utf8");
    const asked = [...page.matchAll(/https:\/\/127\.0\.0\.1:8000(\/[^\s"?]*)/g)].map(([, path = ""]) => path);
    const shown = new Set(asked.map(findPath));
    expect(Object.keys(document.paths).filter((path) => !shown.has(path))).toEqual([]);
    expect([...shown].filter((path) => path === undefined)).toEqual([]);
  });
});
