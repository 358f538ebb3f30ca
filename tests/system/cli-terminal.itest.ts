// hdl at a terminal: questions, secrets, colours, progress and Ctrl-C.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hdl } from "../support/hdl.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";
import { INTERRUPT, openTerminal, type Terminal } from "../support/terminal.ts";
import { installPrograms, runTranscript } from "../support/transcript.ts";

let site: Site;
let bin: string;

beforeAll(async () => {
  site = await createSite();
  bin = await installPrograms(site.folder);
});
afterAll(() => site?.remove());

const login = () => ["-c", site.credentials.password];
const open = (args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Terminal =>
  openTerminal([join(bin, "hdl"), ...args], { cwd: site.folder, env });

describe("a question", () => {
  it("is asked before a handle is deleted, and anything but yes is no", async () => {
    const handle = `${PREFIX}/asked`;
    await hdl("create", handle, "URL=https://example.org/", ...login());
    for (const answer of ["n\r", "\r", "yess\r", INTERRUPT]) {
      const terminal = open(["delete", handle, ...login()]);
      await terminal.until(`Delete ${handle} and all its values? [y/N]`);
      terminal.type(answer);
      expect(await terminal.ended).toBe(130);
      expect(terminal.shown).toContain("Nothing was done.");
    }
    expect((await hdl("get", handle, ...login())).code).toBe(0);
    const terminal = open(["delete", handle, ...login()]);
    await terminal.until("[y/N]");
    terminal.type("y\r");
    expect(await terminal.ended).toBe(0);
    expect((await hdl("get", handle, ...login())).code).toBe(6);
  });
});

describe("a question about a restored state", () => {
  it("comes after the difference, and yes is for the record of which it was shown", async () => {
    const handle = `${PREFIX}/restored`;
    await hdl("create", handle, "URL=https://example.org/old", ...login());
    await hdl("set", handle, "URL=https://example.org/new", ...login());
    const { stdout } = await hdl("history", handle, "--limit", "1", "--json", ...login());
    const { number } = JSON.parse(stdout) as { number: number };
    const ask = async () => {
      const terminal = open(["history", handle, "--restore", String(number), "--before", ...login()]);
      await terminal.until(`Restore ${handle} to its state before entry ${number}? [y/N]`);
      expect(terminal.shown).toContain("+ 1 URL  https://example.org/old");
      return terminal;
    };
    const late = await ask();
    await hdl("set", handle, "URL=https://example.org/meanwhile", ...login());
    late.type("y\r");
    expect(await late.ended).toBe(7);
    const url = async () => (await hdl("get", handle, "--value", "URL", ...login())).stdout.trim();
    expect(await url()).toBe("https://example.org/meanwhile");
    const asked = await ask();
    asked.type("y\r");
    expect(await asked.ended).toBe(0);
    expect(await url()).toBe("https://example.org/old");
  });
});

describe("a secret", () => {
  it("is asked for, and never shown", async () => {
    const env = { XDG_CONFIG_HOME: join(site.folder, "config"), HDL_CREDENTIALS: undefined };
    const ca = join(site.directory, "server-certificate.pem");
    const saving = open(["auth", "save", "--profile", "pty", "--ca", ca], env);
    await saving.until("Address of the handle server");
    saving.type(`${site.url}\r`);
    await saving.until("User, such as");
    saving.type(`300:${PREFIX}/ADMIN\r`);
    await saving.until(`Password of 300:${PREFIX}/ADMIN: `);
    saving.type(`${PASSWORD}\r`);
    await saving.until("accepts the login");
    expect(await saving.ended).toBe(0);
    expect(saving.shown).not.toContain("S3CR3T");
    const file = join(site.folder, "config/handlekit/pty.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const creating = open(["create", `${PREFIX}/PTY`, "300:HS_SECKEY", "--profile", "pty"], env);
    await creating.until("Secret key for 300:HS_SECKEY: ");
    creating.type("S3CR3T-typed\r");
    expect(await creating.ended).toBe(0);
    expect(creating.shown).not.toContain("S3CR3T");
    const user = {
      ...JSON.parse(await readFile(file, "utf8")),
      username: `300:${PREFIX}/PTY`,
      password: "S3CR3T-typed",
    };
    await writeFile(join(site.folder, "typed.json"), JSON.stringify(user), { mode: 0o600 });
    expect((await hdl("auth", "check", "-c", join(site.folder, "typed.json"))).code).toBe(0);
  });

  it("ends with Ctrl-C, and the terminal shows what is typed again", async () => {
    const terminal = openTerminal(
      [
        "sh",
        "-c",
        `"$0" create ${PREFIX}/x HS_SECKEY -c "$1"; stty -a | grep -o ' echo ' && echo restored`,
        join(bin, "hdl"),
        ...login().slice(1),
      ],
      { cwd: site.folder },
    );
    await terminal.until("Secret key for HS_SECKEY: ");
    terminal.type(INTERRUPT);
    await terminal.until("restored");
    await terminal.ended;
  });
});

describe("colours", () => {
  it("show a difference, and are not there under NO_COLOR", async () => {
    const args = ["set", `${PREFIX}/ADMIN`, "TITLE=Coloured", "--dry-run", ...login()];
    const coloured = open(args);
    await coloured.ended;
    expect(coloured.shown).toContain("\u001b[32m  + ");
    const plain = open(args, { NO_COLOR: "1" });
    await plain.ended;
    expect(plain.shown).not.toContain("\u001b[");
  });
});

describe("a bulk run", () => {
  it("shows progress, stops at Ctrl-C, and goes on with the same command", async () => {
    const count = 3000;
    const rows = Array.from({ length: count }, (_, i) => `${PREFIX}/pty-${i},https://example.org/${i}`);
    const file = join(site.folder, "pty.csv");
    await writeFile(file, `handle,URL\n${rows.join("\n")}\n`);
    const args = ["bulk", file, "--operation", "create", ...login()];
    const first = open(args);
    await first.until(/\d+\/3000 {2}\d+ % {2}[\d.]+\/s {2}.* left {2}0 failed/);
    first.type(INTERRUPT);
    expect(await first.ended).toBe(130);
    expect(first.shown).toContain("Run the same command again");
    expect(first.shown).toContain("Stopped.");
    const second = open(args);
    expect(await second.ended).toBe(0);
    const [, done, before] = /(\d+) done, 0 failed, 0 unknown, (\d+) done before/.exec(second.shown) ?? [];
    expect(Number(done) + Number(before)).toBe(count);
    expect(Number(before)).toBeGreaterThan(0);
    expect(Number(done)).toBeGreaterThan(0);
    const listed = await hdl("list", PREFIX, ...login());
    expect(listed.stdout.split("\n").filter((line) => /\/pty-/i.test(line)).length).toBe(count);
    await expect(stat(`${file}.journal`)).rejects.toThrow("ENOENT");
  });
});

describe("what else may happen", () => {
  it("a server that does not answer is mentioned", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const { code, stderr } = await hdl(
      "get",
      "20.500.12345/x",
      "-s",
      `http://127.0.0.1:${port}`,
      "--timeout",
      "4",
    );
    silent.close();
    expect([code, stderr.split("\n")[0]]).toEqual([
      8,
      `hdl: 127.0.0.1:${port} has not answered yet; waiting. Ctrl-C stops.`,
    ]);
  });

  it("a full disk and a closed pipe end in one line", async () => {
    const run = (...commands: readonly string[]) =>
      runTranscript(commands, {
        folder: site.folder,
        bin,
        env: { HDL_CREDENTIALS: site.credentials.password },
      });
    const printed = await run(
      `hdl get ${PREFIX}/ADMIN > /dev/full`,
      "echo $?",
      // The exit codes of both sides of the pipe.
      `hdl list ${PREFIX} | head -n 0; echo "\${PIPESTATUS[*]}"`,
      `hdl get ${PREFIX}/none 2>&1 > /dev/null | true; echo "\${PIPESTATUS[*]}"`,
      `hdl-server init --help | true; echo "\${PIPESTATUS[*]}"`,
      `hdl-server check none 2>&1 | true; echo "\${PIPESTATUS[*]}"`,
      `hdl-server user list ${site.directory} > /dev/full; echo $?`,
      "hdl-server --help > /dev/full; echo $?",
      `hdl-server audit export ${site.directory} > /dev/full; echo $?`,
    );
    expect(printed).toEqual([
      "hdl: error: Standard output cannot be written: no space is left on the device.\n",
      "1\n",
      "0 0\n",
      "6 0\n",
      "0 0\n",
      "2 0\n",
      "hdl-server: Standard output cannot be written (ENOSPC).\n2\n",
      "hdl-server: Standard output cannot be written (ENOSPC).\n2\n",
      "hdl-server: The output cannot be written (ENOSPC).\n            Check that its directory exists, that this process may write there, and that the disk is not full.\n2\n",
    ]);
  });

  it("bash completes commands, options, types and profiles", async () => {
    const complete = (line: string) =>
      `eval "$(hdl completion bash)"; COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); compopt() { :; }; _hdl; echo "\${COMPREPLY[*]}"`;
    const lines = [
      "hdl re",
      "hdl loc r",
      "hdl get x --ver",
      "hdl get x --he",
      "hdl --",
      "hdl set 1/2 UR",
      "hdl mint 1 --suffix no",
      "hdl completion z",
    ];
    const printed = await runTranscript(lines.map(complete), { folder: site.folder, bin, env: {} });
    expect(printed).toEqual([
      "resolve\n",
      "replace remove repair\n",
      "--verbose\n",
      "--help\n",
      "--help --version\n",
      "URL=\n",
      "noid\n",
      "zsh\n",
    ]);
  });
});

/** Skips a test, and says so, where a shell is not installed. */
function needsShell(shell: string, skip: (note: string) => never): void {
  if (spawnSync(shell, ["--version"]).status === 0) return;
  const note = `Completion for ${shell} was NOT tested: ${shell} is not installed.`;
  console.warn(note);
  skip(note);
}

describe("completion of a shell", () => {
  it("completes in zsh, at its prompt", async ({ skip }) => {
    needsShell("zsh", skip);
    const env = { PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`, HOME: site.folder, PS1: "ready> " };
    const terminal = openTerminal(["zsh", "-f", "-i"], { cwd: site.folder, env });
    await terminal.until("ready> ");
    terminal.type(
      'autoload -U compinit && compinit -D -u && eval "$(hdl completion zsh)" && echo load""ed\r',
    );
    await terminal.until("loaded");
    // Each line is only carried out as it is after the tabulator has completed it.
    const lines = [
      ["compl\t fi\t", "# hdl completion for fish"],
      ["completion zsh --js\t", '{"command":"completion"'],
      ["mint 1 URL=x --suffix no\t --dry-run -s https://127.0.0.1:1", "no credentials were given"],
    ] as const;
    for (const [line, shown] of lines) {
      await terminal.until("ready> ");
      terminal.type(`hdl ${line}\r`);
      await terminal.until(shown);
    }
    terminal.type("exit\r");
    await terminal.ended;
  });

  it("completes in fish", async ({ skip }) => {
    needsShell("fish", skip);
    const lines = [
      ["hdl re", "resolve"],
      ["hdl loc r", "remove repair replace"],
      ["hdl get x --ver", "--verbose"],
      ["hdl set 1/2 UR", "URL="],
      ["hdl mint 1 --suffix no", "noid"],
      ["hdl completion z", "zsh"],
    ] as const;
    const asked = lines.map(([line]) => `string join -- " " (complete -C "${line}")`).join("\n");
    const file = join(site.folder, "complete.fish");
    await writeFile(file, `hdl completion fish | source\n${asked}\n`);
    const printed = await runTranscript([`fish --no-config ${file}`], { folder: site.folder, bin, env: {} });
    expect(printed).toEqual([lines.map(([, found]) => `${found}\n`).join("")]);
  });
});
