import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hdl, hdlIntoClosedPipe, hdlServer } from "../support/hdl.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

let site: Site;

beforeAll(async () => {
  site = await createSite("--http-port", "0");
});
afterAll(() => site?.remove());

const withCredentials = (file: string, ...args: readonly string[]) => hdl(...args, "--credentials", file);

async function readRecord(handle: string) {
  const { stdout } = await hdl("get", handle, "--json", "-c", site.credentials.password);
  return (
    JSON.parse(stdout) as { values: { index: number; type: string; data: unknown; timestamp?: string }[] }
  ).values;
}

/** A copy of a credentials file with some keys changed. */
async function variant(
  name: string,
  from: string,
  change: Readonly<Record<string, unknown>>,
): Promise<string> {
  const file = join(site.folder, name);
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(from, "utf8")), ...change }), {
    mode: 0o600,
  });
  return file;
}

describe.each(["password", "certificate"] as const)("the main job, by %s", (kind) => {
  const handle = `${PREFIX}/by-${kind}`;
  const run = (...args: readonly string[]) => withCredentials(site.credentials[kind], ...args);

  it("registers a record like B2HANDLE's", async () => {
    const made = await run(
      "create",
      handle,
      "URL=https://example.org/1",
      "CHECKSUM=abc",
      "EMAIL=a@example.org",
    );
    expect(made).toMatchObject({ code: 0, stdout: "", stderr: `created ${handle}\n` });
    const values = await readRecord(handle);
    expect(values.map(({ timestamp: _, ...value }) => value)).toEqual([
      { index: 1, type: "URL", data: { format: "string", value: "https://example.org/1" }, ttl: 86400 },
      { index: 2, type: "CHECKSUM", data: { format: "string", value: "abc" }, ttl: 86400 },
      { index: 3, type: "EMAIL", data: { format: "string", value: "a@example.org" }, ttl: 86400 },
      {
        index: 100,
        type: "HS_ADMIN",
        data: {
          format: "admin",
          value: { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" },
        },
        ttl: 86400,
      },
    ]);
  });

  it("reads it for a person", async () => {
    const shown = await hdl("get", handle, "--type", "URL", "-c", site.credentials[kind]);
    expect(shown).toMatchObject({ code: 0, stdout: "1  URL  https://example.org/1\n", stderr: "" });
  });

  it("changes one value and leaves the others, and adds one", async () => {
    expect((await run("set", handle, "URL=https://example.org/2", "TITLE=New")).code).toBe(0);
    const values = await readRecord(handle);
    expect(values.map(({ index, type }) => [index, type])).toEqual([
      [1, "URL"],
      [2, "CHECKSUM"],
      [3, "EMAIL"],
      [4, "TITLE"],
      [100, "HS_ADMIN"],
    ]);
    expect(values[0]?.data).toEqual({ format: "string", value: "https://example.org/2" });
  });

  it("deletes values, then the handle", async () => {
    expect((await run("unset", handle, "EMAIL", "4")).code).toBe(0);
    expect((await readRecord(handle)).map((value) => value.index)).toEqual([1, 2, 100]);
    expect(await run("delete", handle)).toMatchObject({ code: 2, stdout: "" });
    expect(await run("delete", handle, "--yes")).toMatchObject({ code: 0, stderr: `deleted ${handle}\n` });
    expect((await hdl("get", handle, "-c", site.credentials[kind])).code).toBe(6);
  });
});

describe("what goes wrong", () => {
  it("a wrong password: 4", async () => {
    const file = await variant("wrong-password.json", site.credentials.password, {
      password: "S3CR3T-wrong",
    });
    const { code, stderr } = await withCredentials(file, "create", `${PREFIX}/x`, "URL=u");
    expect(code).toBe(4);
    expect(stderr).toContain(`did not accept the login as 300:${PREFIX}/ADMIN`);
    expect(stderr).toContain("Check the password");
  });

  it("an unknown user: 4", async () => {
    const username = `300:${PREFIX}/NOBODY`;
    const file = await variant("unknown-user.json", site.credentials.password, { username });
    const { code, stderr } = await withCredentials(file, "create", `${PREFIX}/x`, "URL=u");
    expect([code, stderr.includes(username)]).toEqual([4, true]);
  });

  const certificateFor = async (
    name: string,
    subject: string,
    how: { now?: Date; days?: number; own?: boolean },
  ) => {
    const folder = join(site.folder, name);
    await mkdir(folder);
    const own = (await loadCredentials(site.credentials.certificate)).login;
    if (own?.kind !== "certificate") throw new Error("init made no certificate");
    const privateKey = how.own ? own.key : (await createKeyPair({ bits: 2048 })).privateKey;
    await writeFile(join(folder, "key.pem"), privateKey.reveal(), { mode: 0o600 });
    const { now, days } = how;
    const made = { privateKey, subject, ...(now ? { now } : {}), ...(days === undefined ? {} : { days }) };
    await writeFile(join(folder, "cert.pem"), await createSelfSignedCertificate(made));
    return variant(`${name}.json`, site.credentials.certificate, {
      private_key: join(folder, "key.pem"),
      certificate_only: join(folder, "cert.pem"),
    });
  };

  it("an expired certificate: 4, and the day it expired", async () => {
    const subject = `301:${PREFIX}/ADMIN`;
    const file = await certificateFor("expired", subject, {
      own: true,
      now: new Date("2020-01-02"),
      days: 1,
    });
    const { code, stderr } = await withCredentials(file, "create", `${PREFIX}/x`, "URL=u");
    expect(code).toBe(4);
    expect(stderr).toMatch(/expired on .*2020/);
  });

  it("the key of another user: 4", async () => {
    const file = await certificateFor("foreign", `301:${PREFIX}/ADMIN`, {});
    const { code, stderr } = await withCredentials(file, "create", `${PREFIX}/x`, "URL=u");
    expect(code).toBe(4);
    expect(stderr).toContain("no matching handle value");
  });

  it("a right login without the rights: 5", async () => {
    const user = `${PREFIX}/GUEST`;
    const seckey = await createClient(await loadCredentials(site.credentials.password));
    await seckey.create(user, [{ type: "HS_SECKEY", index: 300, data: "S3CR3T-guest", permissions: "1100" }]);
    await seckey.close();
    const change = { username: `300:${user}`, password: "S3CR3T-guest" };
    const file = await variant("guest.json", site.credentials.password, change);
    const { code, stderr } = await withCredentials(file, "create", `${PREFIX}/x`, "URL=u");
    expect(code).toBe(5);
    expect(stderr).toContain("HS_ADMIN");
  });

  it("an unknown handle: 6; an existing one: 7", async () => {
    const { password } = site.credentials;
    expect((await withCredentials(password, "get", `${PREFIX}/none`)).code).toBe(6);
    expect((await withCredentials(password, "delete", `${PREFIX}/none`, "--yes")).code).toBe(6);
    const again = await withCredentials(password, "create", `${PREFIX}/ADMIN`, "URL=u");
    expect([again.code, again.stderr.includes("exists already")]).toEqual([7, true]);
  });

  it("a server whose certificate is not trusted: 8; no server: 8", async () => {
    const untrusted = await variant("untrusted.json", site.credentials.password, { HTTPS_verify: true });
    const refused = await withCredentials(untrusted, "get", `${PREFIX}/ADMIN`);
    expect([refused.code, refused.stderr.includes("--ca FILE")]).toEqual([8, true]);
    const nowhere = { handle_server_url: "https://127.0.0.1:1", baseuri: "https://127.0.0.1:1" };
    expect(
      (await withCredentials(await variant("n.json", site.credentials.password, nowhere), "get", "a/b")).code,
    ).toBe(8);
  });

  it("a login over plain HTTP: 4, and nothing is sent", async () => {
    const address = site.server.urls[1];
    const before = site.server.text.stderr.length;
    const plain = { handle_server_url: address, baseuri: address };
    const file = await variant("plain.json", site.credentials.password, plain);
    expect((await withCredentials(file, "create", `${PREFIX}/x`, "URL=u")).code).toBe(4);
    expect(site.server.text.stderr.length).toBe(before);
  });

  it("verification turned off: it works, and says so loudly each time", async () => {
    const file = await variant("off.json", site.credentials.password, { HTTPS_verify: "False" });
    const { code, stderr } = await withCredentials(file, "get", `${PREFIX}/ADMIN`);
    expect(code).toBe(0);
    expect(stderr).toMatch(/verification is OFF/i);
  });

  it("a broken credentials file: 3, with the place, and none of its content", async () => {
    const file = join(site.folder, "broken.json");
    const text = `{\n  "baseuri": "${site.url}"\n  "username": "300:${PREFIX}/ADMIN",\n  "password": "${PASSWORD}"\n}\n`;
    await writeFile(file, text, { mode: 0o600 });
    const { code, stderr } = await withCredentials(file, "get", `${PREFIX}/ADMIN`);
    expect(code).toBe(3);
    expect(stderr).toContain("broken.json:3:3");
    expect(stderr).not.toContain("S3CR3T");
    expect((await withCredentials(join(site.folder, "missing.json"), "get", "a/b")).code).toBe(3);
  });

  it("a wrong command line: 2; an error for a program is JSON", async () => {
    expect((await hdl("create", `${PREFIX}/x`)).code).toBe(2);
    expect((await hdl("get", "nohandle")).code).toBe(2);
    const { stderr } = await hdl("get", "nohandle", "--json");
    expect((JSON.parse(stderr) as { error: { code: string } }).error.code).toBe("invalid_handle");
  });
});

describe("hdl --json", () => {
  it("prints what was written, and no secret key, also when it was only looked at", async () => {
    const login = ["-c", site.credentials.password, "--json"];
    const { stdout } = await hdl("set", `${PREFIX}/ADMIN`, "EMAIL=x@example.org", ...login);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "set",
      handle: `${PREFIX}/ADMIN`,
      change: {
        created: false,
        written: true,
        responseCode: 1,
        difference: [
          { kind: "added", after: { type: "EMAIL", data: { format: "string", value: "x@example.org" } } },
        ],
      },
    });
    const refused = await hdl("set", `${PREFIX}/ADMIN`, "HS_SECKEY=not-a-real-key", "--dry-run", ...login);
    expect([refused.code, refused.stdout, refused.stderr.includes("not-a-real-key")]).toEqual([2, "", false]);
    const file = join(site.folder, "new-key");
    await writeFile(file, "not-a-real-key", { mode: 0o600 });
    const dry = await hdl("set", `${PREFIX}/ADMIN`, `HS_SECKEY=@${file}`, "--dry-run", ...login);
    expect(dry.stdout).toMatch(/"data":null.*"redacted":true/);
    expect(dry.stdout).not.toContain("not-a-real-key");
    const shown = await hdl(
      "set",
      `${PREFIX}/ADMIN`,
      `HS_SECKEY=@${file}`,
      "--dry-run",
      "--show-secrets",
      ...login,
    );
    expect(shown.stdout).toContain("not-a-real-key");
  });

  it("may be read by somebody who stops reading", async () => {
    const { code, stderr } = await hdlIntoClosedPipe(
      "get",
      `${PREFIX}/ADMIN`,
      "--json",
      "-c",
      site.credentials.password,
    );
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("hdl-server init", () => {
  it("makes files that only their owner can read, with absolute paths and both names of the server", async () => {
    expect((await stat(site.directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(site.directory)) {
      expect([name, (await stat(join(site.directory, name))).mode & 0o777]).toEqual([name, 0o600]);
    }
    for (const file of Object.values(site.credentials)) {
      const json = JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
      expect([json.handle_server_url, json.baseuri]).toEqual([site.url, site.url]);
      expect(json.HTTPS_verify).toBe(join(site.directory, "server-certificate.pem"));
    }
  });

  it("lets anybody see that the user exists, and nobody the secret", async () => {
    const shown = await hdl("get", `${PREFIX}/ADMIN`, "--json", "-c", site.credentials.password);
    expect(shown.stdout).toContain("HS_ADMIN");
    expect(shown.stdout).not.toContain("HS_SECKEY");
  });

  it("refuses a directory that is not empty and changes nothing", async () => {
    const before = await readdir(site.directory);
    const { code, stderr } = await hdlServer("init", site.directory, "--prefix", PREFIX);
    expect([code, stderr.includes("not empty")]).toEqual([2, true]);
    expect(await readdir(site.directory)).toEqual(before);
  });

  it.each<[name: string, options: string[], host: string, says: string]>([
    ["loopback", ["--url", "https://127.0.0.1:8001"], "127.0.0.1", "listen on 127.0.0.1, port 8001;"],
    [
      "a host of others",
      ["--url", "https://handle.example.org"],
      "127.0.0.1",
      "Only this machine can reach it there, not https://handle.example.org.",
    ],
    ["IPv6", ["--url", "https://[::1]:8001"], "::1", "listen on ::1, port 8001;"],
    [
      "every interface",
      ["--url", "https://handle.example.org", "--host", "0.0.0.0"],
      "0.0.0.0",
      "listen on 0.0.0.0, port 443;",
    ],
  ])("listens on loopback unless it is asked to, and says where: %s", async (name, options, host, says) => {
    const directory = join(site.folder, `host of ${name}`);
    const { code, stderr } = await hdlServer("init", directory, "--prefix", "20.500.999", ...options);
    expect([code, stderr]).toEqual([0, expect.stringContaining(says)]);
    expect(stderr.includes("Only this machine")).toBe(says.startsWith("Only"));
    const config = JSON.parse(await readFile(join(directory, "config.json"), "utf8")) as { host: string };
    expect(config.host).toBe(host);
  });

  it.each(["", "https://0.0.0.0"])("refuses the address %j to listen on", async (host) => {
    const directory = join(site.folder, "nowhere");
    const ended = await hdlServer("init", directory, "--prefix", "20.500.999", "--host", host);
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringContaining("is not an address to listen on"),
    ]);
    await expect(stat(directory)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("makes a random password when none is given", async () => {
    const directory = join(site.folder, "second");
    expect((await hdlServer("init", directory, "--prefix", "20.500.999")).code).toBe(0);
    const json = JSON.parse(await readFile(join(directory, "credentials-password.json"), "utf8")) as {
      password: string;
    };
    expect(/^[A-Za-z0-9\-._~]{32}$/.test(json.password)).toBe(true);
  });
});

describe("hdl-server serve", () => {
  it("says what is wrong with a setting and where it was set", async () => {
    const { code, stderr } = await hdlServer("serve", site.directory, "--https-port", "99999");
    expect([code, stderr.includes("httpsPort (--https-port)")]).toEqual([2, true]);
  });

  it("refuses an empty address, with which Node would listen on every interface", async () => {
    const { code, stderr } = await hdlServer("serve", site.directory, "--https-port", "0", "--host", "");
    expect([code, stderr]).toEqual([2, expect.stringContaining("host (--host) cannot be used: it is empty")]);
  });

  it("says that a port is taken, and that a directory is no data directory", async () => {
    expect((await hdlServer("serve", site.directory)).stderr).toContain("in use");
    expect((await hdlServer("serve", site.folder)).stderr).toContain("init");
  });

  it("ends, also its first listener, when the second cannot be had", async () => {
    const port = new URL(site.url).port;
    const { code, stderr } = await hdlServer(
      "serve",
      site.directory,
      "--https-port",
      "0",
      "--http-port",
      port,
    );
    expect([code, stderr.includes("in use")]).toEqual([2, true]);
  });

  it("ends at once on SIGTERM, though a client keeps its connection open", async () => {
    const other = await createSite();
    const credentials = await loadCredentials(other.credentials.password);
    const client = createClient(credentials);
    await client.read(`${PREFIX}/ADMIN`);
    expect((await other.server.stop()).code).toBe(0);
    await client.close();
    await other.remove();
  }, 30_000);

  it("never logs a secret or a header", () => {
    expect(site.server.text.stderr.length).toBeGreaterThan(0);
    expect(site.server.text.stderr).not.toContain("S3CR3T");
    expect(site.server.text.stderr).not.toContain("Basic ");
  });
});
