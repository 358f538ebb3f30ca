import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeSite, type Site } from "@handlekit/core";
import { createKeyPair } from "@handlekit/keys";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createConfigCommand } from "../src/config/config-command.ts";
import { settingNames } from "../src/settings.ts";
import { createSiteinfoCommand } from "../src/siteinfo/siteinfo-command.ts";
import { createDirectories, type DataDirectory } from "./command-support.ts";
import { refusal } from "./transfer-support.ts";

let directories: Awaited<ReturnType<typeof createDirectories>>;

beforeAll(async () => {
  directories = await createDirectories();
});
afterAll(() => directories.remove());

const configure = ({ directory }: DataDirectory, settings: object | string) =>
  writeFile(
    join(directory, "config.json"),
    typeof settings === "string" ? settings : JSON.stringify(settings),
    { mode: 0o600 },
  );

describe("hdl-server config", () => {
  let data: DataDirectory;

  beforeEach(async () => {
    data = await directories.create();
    await configure(data, { httpsPort: 0 });
  });

  const inspect = async (environment: Readonly<Record<string, string>> = {}) => {
    const isGood = await createConfigCommand({ ...data.context, environment })(data.directory, {
      json: true,
    });
    return { isGood, ...JSON.parse(data.printed.at(-1) ?? "") };
  };

  it("shows every setting, its value, and where it was set", async () => {
    await configure(data, { httpsPort: 8001, serverAdmins: ["300:a/b", "301:a/b"], accessLog: false });
    const environment = { HDL_SERVER_HTTP_PORT: "8002" };
    const isGood = await createConfigCommand({ ...data.context, environment })(data.directory, {});
    expect(isGood).toBe(true);
    expect(data.notes).toEqual([]);
    const lines = data.printed[0]?.split("\n").map((line) => line.split(/ {2,}/)) ?? [];
    expect(lines.slice(1).map(([name]) => name)).toEqual(settingNames().map(({ name }) => name));
    for (const line of [
      ["SETTING", "FROM", "VALUE"],
      ["host", "default", "127.0.0.1"],
      ["httpsPort", "config.json", "8001"],
      ["httpPort", "HDL_SERVER_HTTP_PORT", "8002"],
      ["serverAdmins", "config.json", "300:a/b, 301:a/b"],
      ["accessLog", "config.json", "off"],
      ["publicUrl", "default", "none"],
      ["tlsKey", "default", "server-key.pem"],
    ]) {
      expect(lines).toContainEqual(line);
    }
  });

  it("prints JSON", async () => {
    const { settings, ...rest } = await inspect({ HDL_SERVER_HTTP_PORT: "8002" });
    expect(rest).toEqual({ isGood: true, warnings: [], problem: null });
    expect(settings).toContainEqual({ name: "httpPort", value: 8002, source: "HDL_SERVER_HTTP_PORT" });
    expect(settings).toContainEqual({ name: "hstsMaxAge", value: null, source: "default" });
  });

  it.each<[string, object | string, RegExp]>([
    ["an unknown setting", { httpsport: 1 }, /"httpsport" \(config\.json\) cannot be used/],
    ["a value that cannot be used", { httpsPort: "x" }, /httpsPort \(config\.json\) cannot be used/],
    ["a file that is no JSON", "{", /config\.json is not a JSON object/],
    ["a certificate that is missing", { tlsCertificate: "none.pem" }, /none\.pem cannot be read \(ENOENT\)/],
    ["an account without a password", { searchUser: "reader" }, /search-password cannot be read \(ENOENT\)/],
    ["a URL that is none", { publicUrl: "here" }, /publicUrl/],
    ["an administrator that is none", { serverAdmins: "ADMIN" }, /"ADMIN" is not of the form/],
    ["cipher suites that are unknown", { tlsCiphers: "NONE" }, /tlsCiphers/],
    [
      "a store in a folder that does not exist",
      { store: "store.sqlite/x" },
      /cannot be read and written \(ENOTDIR\)/,
    ],
  ])("finds what keeps serve from starting: %s", async (_what, settings, expected) => {
    await configure(data, settings);
    const { isGood, problem } = await inspect();
    expect(isGood).toBe(false);
    expect(problem.message).toMatch(expected);
  });

  it("says so in words", async () => {
    await configure(data, { tlsCertificate: "none.pem" });
    expect(await createConfigCommand(data.context)(data.directory, {})).toBe(false);
    expect(data.notes).toEqual([
      expect.stringMatching(/^The server would not start: The server certificate .*none\.pem cannot be read/),
      "Check the path in the settings and the permissions of the file.",
    ]);
  });

  it("finds a key of another certificate, and a damaged session key", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const keyFile = join(data.directory, "server-key.pem");
    const right = await readFile(keyFile);
    await writeFile(keyFile, privateKey.reveal());
    expect((await inspect()).problem).toMatchObject({ code: "invalid_key" });
    await writeFile(keyFile, right);
    await writeFile(join(data.directory, "session.key"), "S3CR3T", { mode: 0o600 });
    const { problem } = await inspect();
    expect(problem.message).toMatch(/session key .* is not 32 bytes long/);
  });

  it("warns of what others can read, and of a store that is missing; it writes nothing", async () => {
    for (const name of ["server-key.pem", "config.json"]) await chmod(join(data.directory, name), 0o644);
    await chmod(data.directory, 0o755);
    await rm(join(data.directory, "store.sqlite"));
    await configure(data, { httpsPort: 0, ardcPrefix: "10378.1" });
    const before = await readdir(data.directory);
    const { isGood, warnings } = await inspect();
    expect(isGood).toBe(true);
    expect(warnings.join("\n")).toMatch(
      /data directory.*\n.*the server key.*server-key\.pem\n.*store\.sqlite does not exist/,
    );
    expect(await readdir(data.directory)).toEqual(before);
  });
});

describe("hdl-server siteinfo", () => {
  let data: DataDirectory;

  beforeEach(async () => {
    data = await directories.create();
  });

  const siteinfo = (options: { output?: string; address?: string; force?: boolean }) =>
    createSiteinfoCommand(data.context)(data.directory, { output: "-", ...options });
  const printed = () => JSON.parse(data.printed.at(-1) ?? "") as Site;

  it("is the site that the server shows, at the address that others use", async () => {
    const served = await directories.create();
    await served.start();
    const { json } = await served.call("GET", "/api/site");
    const [shown] = (json.site as Site).servers;
    await configure(data, { httpsPort: 8443, httpPort: 8080 });
    await siteinfo({ address: "192.0.2.7" });
    expect(printed()).toEqual({
      ...(json.site as Site),
      servers: [
        {
          serverId: 1,
          address: "192.0.2.7",
          publicKey: shown?.publicKey,
          interfaces: [
            { query: true, admin: true, protocol: "HTTPS", port: 8443 },
            { query: true, admin: false, protocol: "HTTP", port: 8080 },
          ],
        },
      ],
    });
    expect(encodeSite(printed()).length).toBeGreaterThan(300);
  });

  it.each<[string, string | undefined, string, number]>([
    ["https://192.0.2.7", undefined, "192.0.2.7", 443],
    ["https://[2001:db8::7]:8000/", undefined, "2001:db8::7", 8000],
    ["https://handle.example.org:8443", "192.0.2.9", "192.0.2.9", 8443],
  ])("takes the address and the port of the public URL %s", async (publicUrl, address, expected, port) => {
    await configure(data, { publicUrl });
    await siteinfo({ ...(address && { address }) });
    expect(printed().servers).toMatchObject([
      { address: expected, interfaces: [{ protocol: "HTTPS", port, admin: true }] },
    ]);
  });

  it("writes a new file", async () => {
    await configure(data, { httpsPort: 8000 });
    const output = join(data.directory, "siteinfo.json");
    await siteinfo({ output, address: "192.0.2.7" });
    expect(JSON.parse(await readFile(output, "utf8"))).toMatchObject({ protocolVersion: "2.11" });
    expect(await refusal(siteinfo({ output, address: "192.0.2.7" }))).toMatch(/^invalid_options: .*exists/);
  });

  it.each<[string, object, { address?: string }, RegExp]>([
    ["no address", {}, {}, /publicUrl is missing/],
    ["a host name", { publicUrl: "https://handle.example.org" }, {}, /is not an IP address/],
    ["this machine", {}, { address: "127.0.0.1" }, /--force/],
    ["every interface", {}, { address: "0.0.0.0" }, /--force/],
    ["this machine over IPv6", {}, { address: "::1" }, /--force/],
    ["a private network", {}, { address: "192.168.1.7" }, /--force/],
    ["a port that is chosen later", { httpsPort: 0 }, { address: "192.0.2.7" }, /httpsPort/],
  ])("refuses %s", async (_what, settings, options, expected) => {
    await configure(data, settings);
    expect(await refusal(siteinfo(options))).toMatch(expected);
  });

  it("takes any address with --force", async () => {
    await configure(data, {});
    await siteinfo({ address: "127.0.0.1", force: true });
    expect(printed().servers).toMatchObject([{ address: "127.0.0.1" }]);
  });
});
