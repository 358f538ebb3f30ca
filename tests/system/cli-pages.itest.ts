// The pages of docs/cli are transcripts: each of their commands is run against hdl-server, and must print what stands
// there. HANDLEKIT_UPDATE=1 writes what was printed into the pages.
import { copyFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../apps/cli/src/commands.ts";
import { hdlServer, serve } from "../support/hdl.ts";
import { ADMIN, createSearchSite, openSqliteFile, READER, type SearchSite } from "../support/search-site.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";
import {
  installPrograms,
  mask,
  readTranscript,
  replaceTranscript,
  runTranscript,
} from "../support/transcript.ts";

const PAGES = fileURLToPath(new URL("../../docs/cli/", import.meta.url));
const UPDATE = process.env.HANDLEKIT_UPDATE === "1";
const pages = (await readdir(PAGES)).filter((name) => name.endsWith(".md") && name !== "README.md");

let site: Site;
/** A server with records to search. */
let searched: SearchSite;
let bin: string;

beforeAll(async () => {
  site = await createSite();
  await site.server.stop();
  const config = join(site.directory, "config.json");
  const settings = JSON.parse(await readFile(config, "utf8")) as object;
  await writeFile(config, JSON.stringify({ ...settings, ardcPrefix: PREFIX }));
  site.server = await serve(site.directory);
  bin = await installPrograms(site.folder);
  searched = await createSearchSite(openSqliteFile);
});
afterAll(async () => {
  await site?.remove();
  await searched?.remove();
});

/** Fills a folder as a page finds it: credentials for the server, one record, and no other files. */
async function prepare(name: string): Promise<{ folder: string; env: Record<string, string> }> {
  const folder = join(site.folder, name.replace(".md", ""));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const file of ["credentials-password.json", "server-certificate.pem"]) {
    copyFileSync(join(site.directory, file), join(folder, file));
  }
  const env: Record<string, string> = { SERVER: site.url, HDL_CREDENTIALS: "credentials-password.json" };
  if (name === "ardc.md") {
    await writeFile(join(folder, "ardc.json"), JSON.stringify(await ardcAccount(folder)), { mode: 0o600 });
    env.HDL_CREDENTIALS = "ardc.json";
  }
  if (name === "search.md") {
    const servlet = {
      reverselookup_username: READER.username,
      reverselookup_password: READER.password,
    };
    for (const [file, login] of [
      ["credentials-password.json", { username: ADMIN, password: PASSWORD }],
      ["reader.json", servlet],
    ] as const) {
      copyFileSync(await searched.credentials(file, login), join(folder, file));
    }
  }
  if (name === "history.md") {
    // Not the server of the other pages, each of whose changes would give the entries other numbers. The page leaves
    // records that the search page does not look for.
    const login = { username: ADMIN, password: PASSWORD };
    copyFileSync(
      await searched.credentials("history.json", login),
      join(folder, "credentials-password.json"),
    );
  }
  if (name === "key.md") {
    for (const file of ["admin-key.pem", "admin-certificate.pem"]) {
      copyFileSync(join(site.directory, file), join(folder, file));
    }
  }
  if (name === "auth.md") {
    delete env.HDL_CREDENTIALS;
    await writeFile(join(folder, "password.txt"), `${PASSWORD}\n`, { mode: 0o600 });
  }
  return { folder, env };
}

async function ardcAccount(folder: string): Promise<object> {
  const added = await hdlServer("clients", "add", site.directory, "--description", "a test");
  return {
    ...(JSON.parse(added.stdout) as object),
    identifier: "ExampleUser",
    authDomain: "example.org",
    handle_server_url: `${site.url}/pids`,
    HTTPS_verify: join(folder, "server-certificate.pem"),
  };
}

describe.each(pages)("docs/cli/%s", (name) => {
  it("prints what it says", async () => {
    const path = join(PAGES, name);
    const page = await readFile(path, "utf8");
    const blocks = readTranscript(page);
    const { folder, env } = await prepare(name);
    const outputs = await runTranscript(
      blocks.flat().map(({ command }) => command),
      { folder, bin, env },
    );
    let at = 0;
    const printed = blocks.map((entries) =>
      entries.map(({ command }) => ({ command, output: mask(outputs[at++] ?? "", folder) })),
    );
    if (UPDATE) await writeFile(path, replaceTranscript(page, printed));
    else expect(printed).toEqual(blocks);
  });
});

describe("the pages", () => {
  it("show every command, its help, and its JSON", async () => {
    const text = new Map(
      await Promise.all(
        pages.map(async (name) => [name, await readFile(join(PAGES, name), "utf8")] as const),
      ),
    );
    for (const { name } of COMMANDS) {
      const page = text.get(`${name.split(" ")[0]}.md`);
      const commands = readTranscript(page ?? "")
        .flat()
        .map(({ command }) => command);
      const uses = commands.filter((command) => new RegExp(`\\bhdl ${name}( |$)`).test(command));
      expect([name, uses.some((use) => use.endsWith(" --help"))]).toEqual([name, true]);
      expect([name, uses.some((use) => use.includes(" --json"))]).toEqual([name, true]);
      expect([name, uses.some((use) => !/ --(help|json)/.test(use))]).toEqual([name, true]);
    }
  });
});
