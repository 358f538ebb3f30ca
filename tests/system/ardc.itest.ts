import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { hdl, hdlServer, hdlServerWith, type Served, serve } from "../support/hdl.ts";

const PREFIX = "10378.1";

let folder: string;
let data: string;
let server: Served;
let account: { appId: string; sharedSecret: string };
let file: string;

async function credentials(name: string, changes: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(folder, name);
  const content = {
    identifier: "ExampleUser",
    authDomain: "example.org",
    handle_server_url: `${server.urls[0]}/pids`,
    HTTPS_verify: join(data, "server-certificate.pem"),
    ...account,
    ...changes,
  };
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}

const ardc = (...args: readonly string[]) => hdl("ardc", ...args, "--credentials", file);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  data = join(folder, "data");
  const url = `https://127.0.0.1:${await freePort()}`;
  const made = await hdlServer("init", data, "--prefix", PREFIX, "--url", url);
  expect(made.code, made.stderr).toBe(0);
  const config = join(data, "config.json");
  await writeFile(
    config,
    JSON.stringify({ ...JSON.parse(await readFile(config, "utf8")), ardcPrefix: PREFIX }),
  );
  server = await serve(data);
  const added = await hdlServer("clients", "add", data, "--description", "a test");
  expect(added.code, added.stderr).toBe(0);
  account = JSON.parse(added.stdout);
  file = await credentials("ardc.json", {});
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("hdl ardc", () => {
  it("get works with incomplete credentials", async () => {
    const { handle } = JSON.parse((await ardc("mint", "--desc", "x", "--json")).stdout) as { handle: string };
    const half = await credentials("half.json", { sharedSecret: undefined, identifier: undefined });
    const shown = await hdl("ardc", "get", handle, "--json", "--credentials", half);
    expect([shown.code, shown.stdout.includes('"DESC"')]).toEqual([0, true]);
    for (const more of [[], ["--in-body"]]) {
      const refused = await hdl("ardc", "mint", "--desc", "y", ...more, "--credentials", half);
      expect([refused.code, refused.stdout]).toEqual([3, ""]);
      expect(refused.stderr).toContain("no identifier");
    }
  });

  it("sends the secret in the body", async () => {
    const minted = await ardc("mint", "--desc", "x", "--in-body", "--json");
    expect(minted).toMatchObject({ code: 0, stderr: "" });
  });

  it("rejects a wrong type and a wrong command line", async () => {
    const typed = await ardc("add", `${PREFIX}/1`, "EMAIL", "someone@example.org");
    expect([typed.code, typed.stderr]).toEqual([
      2,
      'hdl: error: The service knows the types URL and DESC, not "EMAIL".\n     Types are written in capitals.\n     See hdl ardc add --help.\n',
    ]);
    expect((await ardc("get")).code).toBe(2);
    expect((await ardc("mint", "--url", "https://example.org/", "--key", "row 1")).code).toBe(2);
    expect((await hdl("ardc", "list", "--server", "demo.example", "--credentials", file)).code).toBe(2);
  });

  it("mints, adds, changes, deletes, shows and lists", async () => {
    const minted = await ardc("mint", "--url", "https://example.org/1?a=b&c=d", "--json");
    expect(minted).toMatchObject({ code: 0, stderr: "" });
    const { handle } = JSON.parse(minted.stdout) as { handle: string };
    expect(handle).toMatch(/^10378\.1\/\d+$/);

    for (const step of [
      ["add", handle, "DESC", "A data set"],
      ["modify", handle, "1", "https://example.org/moved"],
      ["add", handle, "DESC", "in two parts", "--index", "7"],
      ["delete", handle, "2", "--yes"],
    ])
      expect(await ardc(...step)).toMatchObject({ code: 0 });

    const shown = await ardc("get", handle, "--json");
    expect(JSON.parse(shown.stdout)).toEqual({
      command: "ardc get",
      handle,
      values: [
        { index: 1, type: "URL", data: { format: "string", value: "https://example.org/moved" } },
        { index: 7, type: "DESC", data: { format: "string", value: "in two parts" } },
      ],
    });
    expect((await ardc("get", "--value", "in two parts")).stdout).toBe(`${handle}\n`);
    expect((await ardc("list")).stdout.trim().split("\n")).toContain(handle);

    const read = await hdl(
      "get",
      handle,
      "--type",
      "URL",
      "--json",
      "--credentials",
      file,
      "-s",
      server.urls[0] ?? "",
    );
    expect(JSON.parse(read.stdout)).toMatchObject({
      handle,
      values: [{ index: 1, type: "URL", data: { format: "string", value: "https://example.org/moved" } }],
    });
  });

  it("mints once for a key", async () => {
    const once = ["mint", "--url", "https://example.org/once", "--key", "row 1"];
    const journal = ["--journal", join(folder, "mint.journal")];
    const first = await ardc(...once, ...journal, "--json");
    expect(first).toMatchObject({ code: 0 });
    const second = await ardc(...once, ...journal, "--json");
    expect(JSON.parse(second.stdout).handle).toBe(JSON.parse(first.stdout).handle);
    expect(await ardc(...once)).toMatchObject({ code: 2, stdout: "" });
  });

  it("reports a rejected account, without the secret", async () => {
    const wrong = "S3CR3T-of-nobody";
    const other = await credentials("wrong.json", { sharedSecret: wrong });
    const refused = await hdl("ardc", "list", "--credentials", other);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toContain("check appId and shared secret");
    expect(refused.stderr).not.toContain(wrong);
  });
});

/** Returns the refused logins in the log of the server, from the line at `first` on. */
function refusals(first: number): readonly unknown[] {
  const lines = server.text.stderr.split("\n").slice(first).filter(Boolean);
  return lines.flatMap((line) => (JSON.parse(line) as { failedLogin?: unknown }).failedLogin ?? []);
}

describe("hdl-server clients", () => {
  it("takes over a secret of another installation from standard input, and grants an identity to two clients", async () => {
    const appId = "0123456789abcdef0123456789abcdef01234567";
    const sharedSecret = "S3CR3T_k9";
    const add = ["clients", "add", data, "--description", "taken over", "--app-id", appId];
    const added = await hdlServerWith(`${sharedSecret}\n`, ...add, "--secret-file", "-");
    expect(added).toEqual({ code: 0, stdout: `{"appId":"${appId}"}\n`, stderr: "" });

    const grant = ["clients", "grant", data, account.appId, "Shared", "example.org", "--app-id", appId];
    expect(await hdlServer(...grant)).toMatchObject({ code: 0, stderr: "Granted.\n" });
    for (const [name, who] of Object.entries({ first: account, second: { appId, sharedSecret } })) {
      const shared = await credentials(`${name}.json`, { ...who, identifier: "Shared" });
      const minted = await hdl("ardc", "mint", "--desc", "x", "--credentials", shared);
      expect(minted).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("a login that is refused is in the log, with the start of its App Id and the reason", async () => {
    const first = server.text.stderr.split("\n").length - 1;
    for (const [name, changes] of Object.entries({
      wrong: { sharedSecret: "S3CR3T-of-nobody" },
      unknown: { appId: "f".repeat(40) },
    })) {
      const other = await credentials(`${name}.json`, changes);
      expect(await hdl("ardc", "list", "--credentials", other)).toMatchObject({ stdout: "" });
    }
    const identity = `${account.appId.slice(0, 8)}…`;
    expect(refusals(first)).toEqual([
      { scheme: "ardc", identity, reason: "The secret is wrong" },
      { scheme: "ardc", identity: "ffffffff…", reason: "The App Id is not registered" },
    ]);
    expect(server.text.stderr).not.toContain("S3CR3T");
    expect(server.text.stderr).not.toContain(account.appId);
  });
});
