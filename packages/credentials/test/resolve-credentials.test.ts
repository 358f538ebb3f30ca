import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { decodeUtf8 } from "@handlekit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveCredentials } from "../src/file.ts";
import { CANARY, leaks, printed, rejection } from "./canary.ts";
import { createTestCertificate, createTestKey } from "./certificates.ts";

let directory: string;
let file: string;

/** All variables except those of a certificate. */
const ENV = {
  HDL_SERVER: "https://env.example",
  HDL_USERNAME: "300:env/user",
  HDL_PASSWORD: `env-${CANARY}`,
  ARDC_APP_ID: "e0123456789",
  ARDC_SHARED_SECRET: `env-${CANARY}`,
  ARDC_IDENTIFIER: "env-jane",
  ARDC_AUTH_DOMAIN: "env.example.org",
};

const resolveWith = async (document: object, env: Record<string, string | undefined> = ENV) => {
  await writeFile(file, JSON.stringify(document), { mode: 0o600 });
  return resolveCredentials({ file, env });
};
const warning = (text: string) => `environment: ${text} ignored: ${file} takes precedence`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handlekit-credentials-"));
  file = join(directory, "credentials.json");
  const key = await createTestKey();
  const certificate = await createTestCertificate(key, { cn: "301:foo/bar" });
  await mkdir(join(directory, "sub"));
  for (const folder of [directory, join(directory, "sub")]) {
    await writeFile(join(folder, "key.pem"), key.pem, { mode: 0o600 });
    await writeFile(join(folder, "certificate.pem"), certificate);
    await writeFile(join(folder, "both.pem"), key.pem + certificate, { mode: 0o600 });
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("resolveCredentials", () => {
  it("does not warn of the same server with a slash at its end", async () => {
    const { server, warnings } = await resolveWith(
      { handle_server_url: "https://h.example:8000" },
      { HDL_SERVER: "https://h.example:8000/" },
    );
    expect([server, warnings]).toEqual(["https://h.example:8000", []]);
  });

  it("takes everything from the environment when there is no file", async () => {
    const credentials = await resolveCredentials({ env: ENV });
    const { login, ardc } = credentials;
    expect(credentials).toMatchObject({
      source: "environment",
      server: "https://env.example",
      login: { kind: "password", identity: { index: 300, handle: "env/user" } },
      httpsVerify: true,
      ardc: { appId: "e0123456789", identifier: "env-jane", authDomain: "env.example.org" },
      warnings: [],
    });
    expect(login?.kind === "password" && decodeUtf8(login.password.reveal()) === ENV.HDL_PASSWORD).toBe(true);
    expect(ardc?.sharedSecret && decodeUtf8(ardc.sharedSecret.reveal()) === ENV.HDL_PASSWORD).toBe(true);
    expect(leaks(printed(credentials))).toBe(false);
  });

  it("takes from the environment what the file does not have", async () => {
    const credentials = await resolveWith({ prefix: "21.1", handleowner: "200:0.NA/21.1" });
    expect(credentials).toMatchObject({
      source: file,
      server: "https://env.example",
      prefix: "21.1",
      login: { kind: "password", identity: { handle: "env/user" } },
      ardc: { appId: "e0123456789" },
      warnings: [],
    });
    expect(credentials.found.map(({ where }) => where.replace(file, "FILE"))).toEqual([
      "FILE:1:11",
      "FILE:1:32",
      ...Object.keys(ENV),
    ]);
  });

  it("prefers the file's server", async () => {
    for (const key of ["handle_server_url", "baseuri"]) {
      const { server, login, warnings } = await resolveWith({ [key]: "https://file.example" });
      expect(server).toBe("https://file.example");
      expect(login).toMatchObject({ identity: { handle: "env/user" } });
      expect(warnings).toEqual([warning('"HDL_SERVER" is')]);
    }
  });

  it.each([
    [{ username: "300:file/user", password: CANARY }, "password"],
    [{ private_key: "key.pem", certificate_only: "certificate.pem" }, "certificate"],
    [{ certificate_and_key: "both.pem" }, "certificate"],
  ])("lets the file's login go first, whole: %#", async (document, kind) => {
    const certificate = { HDL_CERTIFICATE: "none.pem", HDL_PRIVATE_KEY: "none.pem" };
    const { login, reverseLookup, found, warnings } = await resolveWith(document, { ...ENV, ...certificate });
    expect(login?.kind).toBe(kind);
    expect(warnings).toEqual([
      warning('"HDL_USERNAME", "HDL_PASSWORD", "HDL_PRIVATE_KEY" and "HDL_CERTIFICATE" are'),
    ]);
    expect(reverseLookup?.username).toBe(kind === "password" ? "300:file/user" : undefined);
    expect(found.filter(({ ignored }) => ignored)).toEqual([
      { key: "username", where: "HDL_USERNAME", ignored: true },
      { key: "password", where: "HDL_PASSWORD", ignored: true },
      { key: "private_key", where: "HDL_PRIVATE_KEY", ignored: true },
      { key: "certificate_only", where: "HDL_CERTIFICATE", ignored: true },
    ]);
  });

  it.each([
    [
      { username: "300:file/user" },
      { HDL_PASSWORD: CANARY },
      '"username" is given, but "password" is missing',
    ],
    [{ password: CANARY }, { HDL_USERNAME: "300:a/b" }, '"password" is given, but "username" is missing'],
    [
      { private_key: "key.pem" },
      { HDL_CERTIFICATE: "certificate.pem" },
      '"private_key" is given, but "certificate_only" is missing',
    ],
  ])("does not combine parts of two logins: %#", async (document, env, message) => {
    expect((await rejection(resolveWith(document, env))).message).toContain(message);
  });

  it("does not read variables that it does not use", async () => {
    const broken = {
      HDL_SERVER: CANARY,
      HDL_USERNAME: CANARY,
      HDL_PRIVATE_KEY: `-----BEGIN ${CANARY}`,
      ARDC_SHARED_SECRET: "\ud800",
    };
    const credentials = await resolveWith(
      { baseuri: "https://file.example", username: "300:file/user", password: CANARY, appId: "f0" },
      broken,
    );
    expect(leaks(printed(credentials))).toBe(false);
    expect(credentials.warnings).toEqual([
      warning('"HDL_SERVER" is'),
      warning('"HDL_USERNAME" and "HDL_PRIVATE_KEY" are'),
      warning('"ARDC_SHARED_SECRET" is'),
    ]);
  });

  it("takes ARDC's application and owner from one source each", async () => {
    const application = await resolveWith({ appId: "f0" });
    expect(application.ardc).toEqual({
      appId: "f0",
      identifier: "env-jane",
      authDomain: "env.example.org",
    });
    expect(application.warnings).toEqual([warning('"ARDC_APP_ID" and "ARDC_SHARED_SECRET" are')]);
    const owner = await resolveWith({ identifier: "file-jane" });
    expect(owner.ardc).toMatchObject({ appId: "e0123456789", identifier: "file-jane" });
    expect(owner.ardc && "authDomain" in owner.ardc).toBe(false);
    expect(owner.warnings).toEqual([warning('"ARDC_IDENTIFIER" and "ARDC_AUTH_DOMAIN" are')]);
  });

  it("does not warn when both have the same value", async () => {
    const same = { baseuri: ENV.HDL_SERVER, username: ENV.HDL_USERNAME, password: ENV.HDL_PASSWORD };
    expect((await resolveWith(same)).warnings).toEqual([]);
    expect((await resolveWith({ ...same, password: CANARY })).warnings).toEqual([
      warning('"HDL_PASSWORD" is'),
    ]);
  });

  it("searches with the login of the environment, but not with a part of it", async () => {
    const whole = await resolveWith({ reverselookup_baseuri: "https://env.example/search" });
    expect(whole.reverseLookup).toMatchObject({
      baseUrl: "https://env.example/search",
      username: "300:env/user",
    });
    const half = await resolveWith({ reverselookup_username: "searcher" });
    expect(Object.keys(half.reverseLookup ?? {})).toEqual(["baseUrl", "username"]);
    expect(half.warnings).toEqual([expect.stringMatching(/is missing, and searching needs both$/)]);
  });

  it("uses the file's passphrase only for the file's key", async () => {
    const env = { HDL_CERTIFICATE: join(directory, "both.pem") };
    const { login, found, warnings } = await resolveWith({ passphrase: CANARY }, env);
    expect(login?.kind).toBe("certificate");
    expect(warnings).toEqual([`${file}:1:15: "passphrase" is ignored: the login is not from ${file}`]);
    expect(found[0]).toEqual({ key: "passphrase", where: `${file}:1:15`, ignored: true });
  });

  it("resolves paths of the file from its directory, paths of variables from the working directory", async () => {
    const here = (name: string) => relative(process.cwd(), join(directory, "sub", name));
    const { login } = await resolveWith({}, { HDL_CERTIFICATE: here("both.pem") });
    expect(login?.kind).toBe("certificate");
    const pair = { HDL_CERTIFICATE: here("certificate.pem"), HDL_PRIVATE_KEY: here("key.pem") };
    expect((await resolveWith({}, pair)).login?.kind).toBe("certificate");
    expect((await resolveWith({ certificate_and_key: "sub/both.pem" }, {})).login?.kind).toBe("certificate");

    const { message, hint } = await rejection(resolveWith({}, { HDL_CERTIFICATE: "handlekit-none.pem" }));
    expect(message).toBe(
      `environment: "HDL_CERTIFICATE" names ${join(process.cwd(), "handlekit-none.pem")}, which does not exist`,
    );
    expect(hint).toBe(`A path is relative to the working directory, ${process.cwd()}.`);
  });

  it("says that HDL_CERTIFICATE alone must contain the key too", async () => {
    const { message, hint } = await rejection(
      resolveCredentials({ env: { HDL_CERTIFICATE: join(directory, "certificate.pem") } }),
    );
    expect(message).toMatch(/"HDL_CERTIFICATE" names .*, which holds a certificate, but no private key$/);
    expect(hint).toMatch(/HDL_PRIVATE_KEY names a separate file for it\.$/);
  });

  it("reads no environment without the option", async () => {
    expect(await resolveCredentials({})).toEqual({
      source: "environment",
      httpsVerify: true,
      clientConfig: {},
      config: {},
      found: [],
      warnings: [],
    });
  });
});
