import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@handlekit/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { init } from "../src/init/init.ts";
import { readSettings } from "../src/read-settings.ts";
import { serve } from "../src/serve.ts";
import type { RunningServer } from "../src/start-server.ts";

const PREFIX = "20.500.12345";
const READER = "S3CR3T of the reader";
let made: string;
let folder: string;
let directory: string;
let warnings: string[];

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), "handlekit-"));
  await init(join(made, "data"), { prefix: PREFIX });
});
afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = join(folder, "data");
  warnings = [];
  await cp(join(made, "data"), directory, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function start(settings: object): Promise<RunningServer> {
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({ httpsPort: 0, accessLog: false, ...settings }),
  );
  const warn = (message: string) => {
    if (message !== "request") warnings.push(message);
  };
  const log: Logger = { debug() {}, info() {}, warn, error() {} };
  return serve(directory, await readSettings(directory, {}, {}), log, {});
}

const writePassword = (text: string, name = "search-password") =>
  writeFile(join(directory, name), text, { mode: 0o600 });

/** Returns the status of /hrls/ping, or of a search in a prefix. */
async function statusOf(server: RunningServer, login: string, path = "/hrls/ping"): Promise<number> {
  const ca = await readFile(join(directory, "server-certificate.pem"));
  return new Promise((resolve, reject) => {
    const authorization = `Basic ${Buffer.from(login).toString("base64")}`;
    request(`${server.urls[0]}${path}`, { ca, agent: false, headers: { authorization } }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", reject)
      .end();
  });
}

describe("the account that searches", () => {
  it("has its password in a file, and its prefixes in the settings", async () => {
    await writePassword(`${READER}\n`);
    const server = await start({ searchUser: "reader", searchPrefixes: "0.NA" });
    try {
      const search = `/hrls/handles/${PREFIX}?URL=*`;
      expect(await statusOf(server, `reader:${READER}`)).toBe(200);
      expect(await statusOf(server, "reader:S3CR3T-wrong")).toBe(401);
      expect(await statusOf(server, `reader:${READER}`, "/hrls/handles/0.NA?URL=*")).toBe(200);
      expect(await statusOf(server, `reader:${READER}`, search)).toBe(403);
      const { username, password } = JSON.parse(
        await readFile(join(directory, "credentials-password.json"), "utf8"),
      ) as Record<string, string>;
      const admin = `${encodeURIComponent(username ?? "")}:${password}`;
      expect(await statusOf(server, admin, search)).toBe(200);
    } finally {
      await server.close();
    }
    expect(warnings).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("warns of a password that other users can read", async () => {
    await writePassword(READER, "other.txt");
    await chmod(join(directory, "other.txt"), 0o644);
    const server = await start({ searchUser: "reader", searchPasswordFile: "other.txt" });
    await server.close();
    expect(warnings).toEqual([expect.stringContaining("other.txt")]);
  });

  it.each([
    ["no file", undefined, "ENOENT"],
    ["an empty file", "\n", "is empty"],
    ["two lines", `${READER}\nmore`, "line break"],
    ["1025 bytes", "S3CR3T".padEnd(1025, "x"), "more than 1024 bytes"],
  ])("cannot have %s", async (_, text, reason) => {
    if (text !== undefined) await writePassword(text);
    const error: unknown = await start({ searchUser: "reader" }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: "invalid_options",
      message: expect.stringMatching(/password of searchUser .*search-password/),
    });
    expect(String(error)).toContain(reason);
    expect(String(error)).not.toContain("S3CR3T");
  });

  it.each(["", "a/b", "300:a", "a%41"])("cannot be named %j", async (searchUser) => {
    await writePassword(READER);
    await expect(start({ searchUser })).rejects.toMatchObject({
      code: "invalid_options",
      message: expect.stringContaining("The setting searchUser"),
    });
  });

  it("needs no file if there is none", async () => {
    const server = await start({});
    await server.close();
  });
});
