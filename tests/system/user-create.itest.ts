import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient, type HandleClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Finished, hdl } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";
import { openTerminal } from "../support/terminal.ts";

const PREFIX_HANDLE = `0.NA/${PREFIX}`;
const ALL = "111111110011";
const WITHOUT_MODIFY_VALUE = "111111100011";
const PASSWORD = "S3CR3T-of-a-user";

let site: Site;
let admin: HandleClient;

beforeAll(async () => {
  site = await createSite();
  admin = createClient(await loadCredentials(site.credentials.password), { modifyAdmin: true });
});
afterAll(async () => {
  await admin?.close();
  await site?.remove();
});

/** Runs `hdl user create` as the administrator, with files in a folder of the user's own. */
async function create(user: string, ...more: readonly string[]): Promise<Finished> {
  return hdl("user", "create", user, "-c", site.credentials.password, "-o", folderOf(user), ...more);
}

/** Runs `hdl` with text on its standard input. */
async function hdlWithInput(input: string, ...args: readonly string[]): Promise<Finished> {
  const script = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...text })));
}

const nameOf = (user: string) => user.replace(/[:/]/g, "_");
const folderOf = (user: string) => join(site.folder, nameOf(user));
const fileOf = (user: string, end: string) => join(folderOf(user), `${nameOf(user)}_${end}`);
const outcomes = ({ stdout }: Finished) =>
  Object.fromEntries(
    (JSON.parse(stdout) as { steps: { step: string; outcome: string }[] }).steps.map(({ step, outcome }) => [
      step,
      outcome,
    ]),
  );

async function members(handle = PREFIX_HANDLE): Promise<readonly string[]> {
  const value = await admin.readValue(handle, 200, { authenticated: true });
  if (value?.data.format !== "vlist") throw new Error(`${handle} has no list.`);
  return value.data.value.map((each) => `${each.index}:${each.handle}`);
}

/** Sets who administrates the prefix, and with which permissions; by default the list. */
const setAdmin = (permissions: string, who = { handle: PREFIX_HANDLE, index: 200 }) =>
  admin.modify(PREFIX_HANDLE, [
    { index: 100, type: "HS_ADMIN", data: { format: "admin", value: { ...who, permissions } } },
  ]);

describe("hdl user create", () => {
  it("creates a user with a certificate, whose login works at once", async () => {
    const user = `301:${PREFIX}/alice`;
    const made = await create(user, "--json");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(Object.values(outcomes(made))).toEqual(["done", "done", "done", "done", "done", "done"]);
    for (const end of ["key.pem", "certificate.pem", "credentials.json"]) {
      expect((await stat(fileOf(user, end))).mode & 0o777).toBe(0o600);
    }
    expect(await members()).toContain(user);
    const own = await hdl("create", `${PREFIX}/by-alice`, "URL=u", "-c", fileOf(user, "credentials.json"));
    expect(own).toMatchObject({ code: 0 });
  });

  it("changes nothing when it is run again, and never overwrites a file", async () => {
    const user = `301:${PREFIX}/alice`;
    const key = await readFile(fileOf(user, "key.pem"), "utf8");
    const before = await members();
    const again = await create(user, "--json");
    const { login, ...others } = outcomes(again);
    expect([login, ...new Set(Object.values(others))]).toEqual(["done", "unchanged"]);
    expect(await readFile(fileOf(user, "key.pem"), "utf8")).toBe(key);
    expect(await members()).toEqual(before);
  });

  it("shows with --dry-run what it would do, and does nothing", async () => {
    const user = `301:${PREFIX}/nobody`;
    const shown = await create(user, "--dry-run", "--json");
    expect(new Set(Object.values(outcomes(shown)))).toEqual(new Set(["planned"]));
    expect((await hdl("get", `${PREFIX}/nobody`, "-c", site.credentials.password)).code).toBe(6);
    await expect(stat(folderOf(user))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await members()).not.toContain(user);
  });

  it("creates a user with a password, beside the key of the same handle", async () => {
    const user = `300:${PREFIX}/alice`;
    const args = ["user", "create", user, "-c", site.credentials.certificate, "-o", folderOf(user)];
    const made = await hdlWithInput(`${PASSWORD}\n`, ...args, "--password-stdin");
    expect(made).toMatchObject({ code: 0 });
    expect(made.stdout + made.stderr).not.toContain(PASSWORD);
    const { values } = await admin.read(`${PREFIX}/alice`, { authenticated: true });
    expect(values.find(({ index }) => index === 300)).toMatchObject({
      type: "HS_SECKEY",
      permissions: "1100",
    });
    expect(values.some(({ index }) => index === 301)).toBe(true);
    const again = await hdl(...args, "--with-password", "--json");
    expect(outcomes(again)).toMatchObject({ credentials: "unchanged", handle: "unchanged" });
    const other = await hdlWithInput("S3CR3T-another\n", ...args, "--password-stdin");
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain("The password is not the one in");
  });

  it("makes a password, and shows it once", async () => {
    const user = `300:${PREFIX}/carol`;
    const made = await create(user, "--make-password", "--json");
    const { password } = JSON.parse(made.stdout) as { password: string };
    const saved = JSON.parse(await readFile(fileOf(user, "credentials.json"), "utf8")) as {
      password: string;
    };
    expect(password).toBe(saved.password);
    expect(password.length).toBeGreaterThanOrEqual(30);
    const again = await create(user, "--make-password", "--json");
    expect(again.stdout).not.toContain(password);
    expect(outcomes(again)).toMatchObject({ handle: "unchanged", login: "done" });
  });

  it("hands on whom --trust names, as a fingerprint or a file", async () => {
    const certificate = join(site.directory, "server-certificate.pem");
    const { fingerprint256 } = new X509Certificate(await readFile(certificate));
    for (const [name, trust] of [
      ["by-fingerprint", fingerprint256],
      ["by-file", certificate],
    ] as const) {
      const user = `300:${PREFIX}/${name}`;
      const made = await create(user, "--make-password", "--trust", trust, "--json");
      expect(outcomes(made)).toMatchObject({ credentials: "done", login: "done" });
      const saved = await readFile(fileOf(user, "credentials.json"), "utf8");
      expect(saved).toContain(name === "by-file" ? "_server.pem" : fingerprint256);
    }
  });

  it("never replaces a value", async () => {
    await admin.create(`${PREFIX}/taken`, [{ index: 301, type: "EMAIL", data: "a@example.org" }]);
    const refused = await create(`301:${PREFIX}/taken`);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toContain("has a value of type EMAIL at index 301 already");
    expect(refused.stderr).toContain(`302:${PREFIX}/taken`);
    expect(await admin.readText(`${PREFIX}/taken`, 301)).toBe("a@example.org");
    await expect(stat(folderOf(`301:${PREFIX}/taken`))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("refuses the files of another user", async () => {
    const user = `301:${PREFIX}/gina`;
    await mkdir(folderOf(user));
    const alice = await readFile(fileOf(`301:${PREFIX}/alice`, "certificate.pem"));
    await writeFile(fileOf(user, "certificate.pem"), alice);
    const refused = await create(user);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`is not a certificate of ${user}`);
    expect(refused.stderr).toContain("Done before: key.");
  });

  it("adds users that are created at the same time to the list, every one", async () => {
    const users = ["u1", "u2", "u3", "u4"].map((name) => `300:${PREFIX}/${name}`);
    const made = await Promise.all(users.map((user) => create(user, "--make-password", "--quiet")));
    expect(made.map(({ code, stderr }) => [code, stderr])).toEqual(users.map(() => [0, ""]));
    expect(await members()).toEqual(expect.arrayContaining(users));
  });
});

describe("a password at a terminal", () => {
  const atTerminal = (user: string) => {
    const script = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));
    const words = [process.execPath, script, "user", "create", user, "-c", site.credentials.password];
    return openTerminal([...words, "-o", folderOf(user), "--with-password"], { cwd: site.folder });
  };

  it("is asked for twice, and never shown", async () => {
    const user = `300:${PREFIX}/typed`;
    const terminal = atTerminal(user);
    await terminal.until(`Password of ${user}: `);
    terminal.type(`${PASSWORD}\r`);
    await terminal.until(`Password of ${user}, again: `);
    terminal.type(`${PASSWORD}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown).not.toContain("S3CR3T");
    expect((await create(user, "--with-password")).code).toBe(0);
  });

  it("is refused if the two differ, before anything is done", async () => {
    const user = `300:${PREFIX}/mistyped`;
    const terminal = atTerminal(user);
    await terminal.until(`Password of ${user}: `);
    terminal.type(`${PASSWORD}\r`);
    await terminal.until("again: ");
    terminal.type(`${PASSWORD}-other\r`);
    expect(await terminal.ended).toBe(2);
    expect(terminal.shown).toContain("The two differ; nothing was done.");
    await expect(stat(folderOf(user))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("a failure half-way", () => {
  it("says what was done, and the same command completes it", async () => {
    const user = `301:${PREFIX}/half`;
    await setAdmin(WITHOUT_MODIFY_VALUE);
    const failed = await create(user);
    await setAdmin(ALL);
    expect(failed.code).toBe(5);
    expect(failed.stderr).toContain(
      "Done before: key, certificate, credentials, handle. Run the same command again to go on from there.",
    );
    expect(await members()).not.toContain(user);
    const completed = await create(user, "--json");
    expect(outcomes(completed)).toEqual({
      key: "unchanged",
      certificate: "unchanged",
      credentials: "unchanged",
      handle: "unchanged",
      list: "done",
      login: "done",
    });
  });

  it("is completed when only the key was written", async () => {
    const user = `301:${PREFIX}/only-key`;
    await mkdir(folderOf(user));
    await writeFile(fileOf(user, "key.pem"), await readFile(join(site.directory, "admin-key.pem")));
    const completed = await create(user, "--json");
    expect(outcomes(completed)).toMatchObject({ key: "unchanged", certificate: "done", login: "done" });
  });

  it("is not hidden: a login that the server does not recognise", async () => {
    const user = `301:${PREFIX}/half`;
    await admin.deleteValues(`${PREFIX}/half`, [301]);
    await admin.modify(`${PREFIX}/half`, [{ index: 302, type: "DESC", data: "no key" }]);
    const file = fileOf(user, "credentials.json");
    const text = await readFile(file, "utf8");
    // The credentials name the key and certificate of somebody else.
    const { private_key: _key, ...rest } = JSON.parse(text) as Record<string, string>;
    await writeFile(file, JSON.stringify({ ...rest, private_key: fileOf(`301:${PREFIX}/alice`, "key.pem") }));
    const failed = await create(user);
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain("Done before: handle.");
    await writeFile(file, text);
    expect((await create(user)).code).toBe(0);
  });
});

describe("the list of administrators", () => {
  const user = `300:${PREFIX}/lists`;

  it("must be there, unless it is not wanted", async () => {
    // The administrator is named directly, so that there is no list.
    await setAdmin(ALL, { handle: `${PREFIX}/ADMIN`, index: 300 });
    const refused = await create(user, "--make-password");
    await setAdmin(ALL);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain(`are 300:${PREFIX}/ADMIN, and none of them is a list (HS_VLIST)`);
    expect(refused.stderr).toContain("--no-list");
    const made = await create(user, "--make-password", "--no-list", "--json");
    expect(outcomes(made)).toEqual({ credentials: "done", handle: "done", login: "done" });
    expect(await members()).not.toContain(user);
  });

  it("is asked for if there are several", async () => {
    const list = { format: "vlist" as const, value: [{ handle: `${PREFIX}/ADMIN`, index: 300 }] };
    const second = { handle: PREFIX_HANDLE, index: 201, permissions: ALL };
    await admin.modify(PREFIX_HANDLE, [
      { index: 201, type: "HS_VLIST", data: list },
      { index: 101, type: "HS_ADMIN", data: { format: "admin", value: second } },
    ]);
    const refused = await create(user, "--make-password");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`200:${PREFIX_HANDLE}, 201:${PREFIX_HANDLE}`);
    const made = await create(user, "--make-password", "--list", `201:${PREFIX_HANDLE}`, "--json");
    expect(outcomes(made)).toMatchObject({ handle: "unchanged", list: "done", login: "done" });
    expect(await members()).not.toContain(user);
    expect(outcomes(await create(user, "--make-password", "--json"))).toMatchObject({ list: "unchanged" });
  });

  it.each([
    [`${PREFIX}/x`, "has no index"],
    [`0:${PREFIX}/x`, "has no index"],
    ["301:nothing", "301:nothing"],
  ])("a user %s is refused", async (name, text) => {
    const refused = await hdl("user", "create", name, "-c", site.credentials.password);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(text);
  });
});
