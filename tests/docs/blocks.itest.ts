// Every `ts`, `js` and `sh` block of the READMEs and of docs/ is run, page by page, against the built packages and an
// hdl-server where the page needs one. A block whose first line is `# not run: REASON` is checked only, by
// scripts/check-readmes.mjs: it compiles, and its commands exist. Blocks of other languages are no concern of this test;
// `console` blocks are transcripts, which tests/system runs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listPages, listReadmes } from "./library.ts";
import { runPage, sortBlocks } from "./run-page.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const pages = [...listReadmes(REPOSITORY), ...listPages(REPOSITORY)];
const sorted = pages.map((page) => ({ page, ...sortBlocks(page) }));
const runnable = sorted.filter(({ code, shell, installs }) => [code, shell, installs].flat().length > 0);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-docs-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the blocks of", () => {
  it.concurrent.each(runnable.map(({ page }) => [page.name, page] as const))(
    "%s",
    async (name, page) => {
      const place = join(folder, name.replaceAll("/", "-"));
      expect(await runPage(page, place)).toEqual([]);
    },
    600_000,
  );
});

it("are run, or say why not", () => {
  const count = (list: "code" | "shell" | "installs") =>
    sorted.reduce((sum, each) => sum + each[list].length, 0);
  const checked = sorted.flatMap(({ page, checked }) =>
    checked.map(({ block, why }) => ({ where: `${page.name}:${block.line}`, language: block.language, why })),
  );
  const transcripts = pages
    .flatMap(({ blocks }) => blocks)
    .filter(({ language }) => language === "console").length;
  const code = checked.filter(({ language }) => language !== "sh").length;
  console.log(
    `${pages.length} pages. ts and js: ${count("code")} blocks run, ${code} checked by types only. ` +
      `sh: ${count("shell")} run, ${count("installs")} name packages that exist, ` +
      `${checked.length - code} checked only. ${transcripts} transcripts are run by tests/system.`,
  );
  const reasons = new Map<string, string[]>();
  for (const { where, why } of checked) reasons.set(why, [...(reasons.get(why) ?? []), where]);
  for (const [why, where] of reasons) console.log(`not run, ${why}: ${where.join(", ")}`);
  expect(count("code")).toBeGreaterThan(checked.length);
  expect(checked.filter(({ why }) => why.length < 10)).toEqual([]);
});
