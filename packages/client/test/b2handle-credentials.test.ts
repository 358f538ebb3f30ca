import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  CredentialsFormatError,
  EUDATHandleClient,
  type EUDATHandleClientConfig,
  HandleNotFoundException,
  HandleSyntaxError,
  PIDClientCredentials,
} from "@handlekit/client/b2handle";
import { decodeUtf8, isHandleError, secret } from "@handlekit/core";
import { resolveCredentials } from "@handlekit/credentials/file";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../src/b2handle/read-config.ts";
import {
  ABSENT,
  ADMIN,
  type Answer,
  failureOf,
  recordOf,
  SERVER,
  scripted,
  textValue,
  USER,
} from "./b2handle-scripted.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-b2handle-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a credentials file and loads it. */
async function load(content: object | string): Promise<PIDClientCredentials> {
  const file = join(folder, "credentials.json");
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return PIDClientCredentials.loadFromJSON(file);
}

const LOGIN = { handle_server_url: SERVER, username: USER, password: "S3CR3T-é" };
const NO_LOGIN = { username: undefined, password: undefined };

describe("loadFromJSON", () => {
  it("returns the members of the file, and null for missing ones", async () => {
    const credentials = await load({ ...LOGIN, prefix: "a", handleowner: "200:0.NA/a", foo: "bar" });
    expect(credentials.getUsername()).toBe(USER);
    expect(decodeUtf8(credentials.getPassword()?.reveal() ?? new Uint8Array())).toBe("S3CR3T-é");
    expect(credentials.getServerURL()).toBe(SERVER);
    expect(credentials.getPrefix()).toBe("a");
    expect(credentials.getHandleowner()).toBe("200:0.NA/a");
    expect(credentials.getConfig()).toMatchObject({ foo: "bar" });
    expect(credentials.getReverselookupUsername()).toBe(USER);
    expect(credentials.getReverselookupPassword()).not.toBeNull();
    expect(credentials.getReverselookupBaseuri()).toBe(SERVER);
    const bare = await load(LOGIN);
    expect([bare.getPrefix(), bare.getHandleowner(), bare.getConfig()]).toEqual([null, null, null]);
  });

  it("never prints a secret (Q26)", async () => {
    const credentials = await load({ ...LOGIN, reverselookup_password: "S3CR3T-2", passwort: "S3CR3T-3" });
    const everything = inspect(credentials, { depth: 20 }) + JSON.stringify(credentials);
    expect(everything).not.toContain("S3CR3T");
  });

  it("accepts the server as baseuri, its name in the documentation (Q3)", async () => {
    const { handle_server_url: baseuri, ...login } = LOGIN;
    expect((await load({ ...login, baseuri })).getServerURL()).toBe(SERVER);
  });

  it("finds files beside the credentials file, with or without a dot (Q1, Q2)", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const certificate = await createSelfSignedCertificate({ privateKey, subject: "301:a/USER" });
    await mkdir(join(folder, "keys"), { recursive: true });
    await writeFile(join(folder, "keys", "key.pem"), privateKey.reveal(), { mode: 0o600 });
    await writeFile(join(folder, "cert.pem"), certificate);
    for (const [key, cert] of [
      ["./keys/key.pem", "./cert.pem"],
      ["keys/key.pem", "cert.pem"],
      ["keys/../keys/key.pem", "../".concat(folder.split("/").at(-1) ?? "", "/cert.pem")],
    ]) {
      const files = { handle_server_url: SERVER, private_key: key, certificate_only: cert };
      const credentials = await load(files);
      expect(credentials.getUsername()).toBeNull();
      expect(credentials.getPassword()).toBeNull();
      const client = await EUDATHandleClient.instantiateWithCredentials(credentials);
      await client.close();
    }
  });

  it.each<[string, object | string, typeof CredentialsFormatError | typeof HandleSyntaxError]>([
    ["a user without an index", { ...LOGIN, username: "a/USER" }, HandleSyntaxError],
    ["a user that is no handle", { ...LOGIN, username: "300:USER" }, HandleSyntaxError],
    ["an owner without an index", { ...LOGIN, handleowner: "a/b" }, HandleSyntaxError],
    ["no user", { ...LOGIN, username: undefined }, CredentialsFormatError],
    ["an empty user", { ...LOGIN, username: "" }, CredentialsFormatError],
    ["no password", { ...LOGIN, password: undefined }, CredentialsFormatError],
    ["no login at all", { handle_server_url: SERVER }, CredentialsFormatError],
    ["nothing", {}, CredentialsFormatError],
    ["a list", [], CredentialsFormatError],
    ["broken JSON", '{ "password": "S3CR3T" "x" }', CredentialsFormatError],
    [
      "a key that is not there",
      { private_key: "none.pem", certificate_only: "c.pem" },
      CredentialsFormatError,
    ],
  ])("refuses %s", async (_what, content, exception) => {
    const error = await failureOf(load(content));
    expect(error).toBeInstanceOf(exception);
    expect((error as Error).message).not.toBe("");
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("S3CR3T");
  });

  it("refuses a missing file", async () => {
    const error = await failureOf(PIDClientCredentials.loadFromJSON(join(folder, "none.json")));
    expect(error).toBeInstanceOf(CredentialsFormatError);
    expect(isHandleError((error as Error).cause, "invalid_credentials")).toBe(true);
  });

  it("has its counterpart for the environment: new PIDClientCredentials(await resolveCredentials({ env }))", async () => {
    const env = { HDL_SERVER: SERVER, HDL_USERNAME: USER, HDL_PASSWORD: "S3CR3T-é" };
    const credentials = new PIDClientCredentials(await resolveCredentials({ env }));
    expect([credentials.getServerURL(), credentials.getUsername()]).toEqual([SERVER, USER]);
    expect(decodeUtf8(credentials.getPassword()?.reveal() ?? new Uint8Array())).toBe("S3CR3T-é");
    const { transport, lines } = scripted([recordOf(ADMIN)]);
    await EUDATHandleClient.instantiateWithCredentials(credentials, { transport });
    expect(lines()).toEqual(["GET /api/handles/a/USER"]);
    const noIndex = resolveCredentials({ env: { ...env, HDL_USERNAME: "a/USER" } });
    await expect(noIndex).rejects.toMatchObject({ code: "invalid_credentials" });
  });

  it("takes credentials that can only search", async () => {
    const search = { reverselookup_username: "300:a/b", reverselookup_password: "S3CR3T" };
    const credentials = await load({ reverselookup_baseuri: "https://search.example", ...search });
    expect(credentials.getUsername()).toBeNull();
    expect(credentials.getReverselookupBaseuri()).toBe("https://search.example");
  });
});

describe("configuration in a call", () => {
  it("changes the user or the password of credentials, and leaves the other", () => {
    const given = {
      server: "https://h.example",
      login: {
        kind: "password" as const,
        identity: { index: 300, handle: "a/USER" },
        password: secret("S3CR3T-one"),
      },
    };
    const loginOf = (config: EUDATHandleClientConfig) => {
      const { login } = readConfig(given, config).credentials;
      if (login?.kind !== "password") throw new Error("no password login");
      return [login.identity.index, decodeUtf8(login.password.reveal())];
    };
    expect(loginOf({ username: "301:a/USER" })).toEqual([301, "S3CR3T-one"]);
    expect(loginOf({ password: "S3CR3T-two" })).toEqual([300, "S3CR3T-two"]);
    expect(loginOf({ username: "301:a/USER", password: "S3CR3T-two" })).toEqual([301, "S3CR3T-two"]);
  });
});

describe("a client with credentials", () => {
  const USER_RECORD: Answer = [200, { responseCode: 1, handle: "a/USER", values: [textValue(1, "x", "y")] }];

  it("checks that the user exists, and uses the configuration of the file", async () => {
    const credentials = await load({
      ...LOGIN,
      REST_API_url_extension: "/api/v2",
      HS_ADMIN_permissions: "111111111111",
      allowed_search_keys: [],
    });
    const { transport, lines, written } = scripted([USER_RECORD, [201, { responseCode: 1 }], [200, ["a/b"]]]);
    const client = await EUDATHandleClient.instantiateWithCredentials(credentials, { transport });
    await client.registerHandle("a/b", "u");
    expect(JSON.stringify(written())).toContain('"permissions":"111111111111"');
    expect(await client.searchHandle({ EMAIL: "x" })).toEqual(["a/b"]);
    expect(lines()).toEqual([
      "GET /api/v2/a/USER",
      "PUT /api/v2/a/b?overwrite=false as user",
      "GET /hrls/handles?EMAIL=x&limit=1000&page=0 as user",
    ]);
  });

  it("lets the configuration of a call take precedence, and leaves the credentials unchanged (Q17)", async () => {
    const credentials = await load({ ...LOGIN, REST_API_url_extension: "/api/v2" });
    const { transport, lines } = scripted([USER_RECORD, USER_RECORD]);
    const config = { transport, restApiUrlExtension: "bar/bar/bar" };
    await EUDATHandleClient.instantiateWithCredentials(credentials, config);
    await EUDATHandleClient.instantiateWithCredentials(credentials, { transport });
    expect(lines()).toEqual(["GET /bar/bar/bar/a/USER", "GET /api/v2/a/USER"]);
  });

  it("is refused when the user is not there", async () => {
    const credentials = await load(LOGIN);
    const { transport } = scripted([ABSENT]);
    const error = await failureOf(EUDATHandleClient.instantiateWithCredentials(credentials, { transport }));
    expect(error).toBeInstanceOf(HandleNotFoundException);
    expect((error as Error).message).toContain(USER);
  });

  it("is accepted if the user has no public value (Q19)", async () => {
    const { transport } = scripted([[200, { responseCode: 200, handle: "a/USER" }]]);
    const login = [SERVER, USER, "S3CR3T"] as const;
    const client = await EUDATHandleClient.instantiateWithUsernameAndPassword(...login, { transport });
    expect(client).toBeInstanceOf(EUDATHandleClient);
  });
});

describe("a client without credentials", () => {
  it("can be created without a server, and with any", () => {
    for (const server of [undefined, null, "https://other.example/x/"]) {
      expect(EUDATHandleClient.instantiateForReadAccess(server)).toBeInstanceOf(EUDATHandleClient);
    }
  });

  it("searches at the given server", async () => {
    const { transport, lines } = scripted([[200, []]], NO_LOGIN);
    const search = [USER, "S3CR3T", { transport }] as const;
    await EUDATHandleClient.instantiateForReadAndSearch(SERVER, ...search).searchHandle({ URL: "x" });
    expect(lines()).toEqual(["GET /hrls/handles?URL=x&limit=1000&page=0 as user"]);
  });

  it.each<[string, () => unknown, new (message: string) => Error]>([
    [
      "a login without a server",
      () => new EUDATHandleClient(null, { username: USER, password: "S3CR3T" }),
      TypeError,
    ],
    [
      "a search without a server",
      () => EUDATHandleClient.instantiateForReadAndSearch(null, USER, "S3CR3T"),
      TypeError,
    ],
    ["a user alone (Q18)", () => new EUDATHandleClient(SERVER, { username: USER }), CredentialsFormatError],
    [
      "a password alone (Q18)",
      () => new EUDATHandleClient(SERVER, { password: "S3CR3T" }),
      CredentialsFormatError,
    ],
    [
      "an empty password",
      () => new EUDATHandleClient(SERVER, { username: USER, password: "" }),
      CredentialsFormatError,
    ],
    [
      "a login over plain HTTP",
      () => new EUDATHandleClient("http://h.example", { username: USER, password: "S3CR3T" }),
      CredentialsFormatError,
    ],
    ["a server that is no URL", () => new EUDATHandleClient("h.example"), CredentialsFormatError],
    [
      "permissions that are none",
      () => new EUDATHandleClient(SERVER, { hsAdminPermissions: "yes" }),
      CredentialsFormatError,
    ],
    [
      "an owner without an index",
      () => new EUDATHandleClient(SERVER, { handleowner: "a/b" }),
      HandleSyntaxError,
    ],
    [
      "a user without an index",
      () => new EUDATHandleClient(SERVER, { username: "a/b", password: "S3CR3T" }),
      HandleSyntaxError,
    ],
  ])("is refused: %s", async (_what, make, exception) => {
    const error = await failureOf(make);
    expect(error).toBeInstanceOf(exception);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("S3CR3T");
  });
});
