import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { createClient, type HandleClient } from "@handlekit/client";
import {
  BrokenHandleRecordException,
  checkHandleSyntax,
  EUDATHandleClient,
  GenericHandleError,
  HandleAlreadyExistsException,
  HandleAuthenticationError,
  HandleNotFoundException,
  HandleSyntaxError,
  IllegalOperationException,
  PIDClientCredentials,
  ReverseLookupException,
} from "@handlekit/client/b2handle";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";

const USER = `300:${PREFIX}/ADMIN`;

let site: Site;
/** Our client, to look and to prepare what B2HANDLE's cannot. */
let ours: HandleClient;
let client: EUDATHandleClient;
let config: { readonly httpsVerify: { readonly ca: string } };

beforeAll(async () => {
  site = await createSite();
  ours = createClient(await loadCredentials(site.credentials.password));
  const credentials = await PIDClientCredentials.loadFromJSON(site.credentials.password);
  client = await EUDATHandleClient.instantiateWithCredentials(credentials);
  config = { httpsVerify: { ca: await readFile(join(site.directory, "server-certificate.pem"), "utf8") } };
});
afterAll(async () => {
  await client?.close();
  await ours?.close();
  await site?.remove();
});

let count = 0;
/** A handle of its own for each test. */
function freshName(): string {
  count += 1;
  return `${PREFIX}/b2-${count}`;
}

/** A handle with a URL and whatever else. */
async function register(extratypes: Readonly<Record<string, string>> = {}): Promise<string> {
  return client.registerHandle(freshName(), "https://example.org/1", { extratypes });
}

/** The record as the administrator sees it: index, type and text. */
async function valuesOf(handle: string) {
  const { values } = await ours.read(handle, { authenticated: true });
  return values.map(({ index, type, data }) => [
    index,
    type,
    typeof data.value === "string" ? data.value : "…",
  ]);
}

/** The XML of the handle's locations. */
async function locOf(handle: string) {
  return (await valuesOf(handle)).filter(([, type]) => type === "10320/loc").map(([, , xml]) => xml);
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => new Error("It did not fail."),
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("S3CR3T");
  return error as Error;
}

describe("a client", () => {
  it("for reading needs nothing but a server", async () => {
    const reader = EUDATHandleClient.instantiateForReadAccess(site.url, config);
    expect(await reader.getValueFromHandle(`${PREFIX}/ADMIN`, "HS_ADMIN")).toMatchObject({ index: 200 });
    const refused = await failureOf(reader.registerHandle(freshName(), "u"));
    expect(refused).toBeInstanceOf(HandleAuthenticationError);
    await reader.close();
  });

  it("with a user and a password looks for the user, and leaves the password to the first write", async () => {
    const login = (user: string, password: string) =>
      EUDATHandleClient.instantiateWithUsernameAndPassword(site.url, user, password, config);
    const writer = await login(USER, PASSWORD);
    const handle = await writer.registerHandle(freshName(), "u");
    await writer.close();

    const wrong = await login(USER, "S3CR3T-wrong");
    const error = await failureOf(wrong.modifyHandleValue(handle, { URL: "v" }));
    expect(error).toBeInstanceOf(HandleAuthenticationError);
    expect(error).toMatchObject({
      username: USER,
      handle,
      operation: "modifyHandleValue",
      response: { status: 401 },
    });
    await wrong.close();

    expect(await failureOf(login(`300:${PREFIX}/NOBODY`, PASSWORD))).toBeInstanceOf(HandleNotFoundException);
    expect(await failureOf(login(`${PREFIX}/ADMIN`, PASSWORD))).toBeInstanceOf(HandleSyntaxError);
  });

  it("with a certificate, whose files lie beside the credentials file (Q1, Q2, Q3)", async () => {
    const folder = join(site.folder, "beside");
    await mkdir(join(folder, "json"), { recursive: true });
    const given = JSON.parse(await readFile(site.credentials.certificate, "utf8")) as Record<string, string>;
    await writeFile(join(folder, "key.pem"), await readFile(given.private_key ?? ""), { mode: 0o600 });
    await writeFile(join(folder, "json", "cert.pem"), await readFile(given.certificate_only ?? ""));
    const file = join(folder, "json", "credentials.json");
    const document = {
      baseuri: site.url,
      HTTPS_verify: given.HTTPS_verify,
      private_key: "../key.pem",
      certificate_only: "cert.pem",
    };
    await writeFile(file, JSON.stringify(document), { mode: 0o600 });
    const credentials = await PIDClientCredentials.loadFromJSON(file);
    const other = await EUDATHandleClient.instantiateWithCredentials(credentials);
    const handle = await other.registerHandle(freshName(), "u");
    expect(await other.getValueFromHandle(handle, "URL")).toBe("u");
    await other.close();
  });

  it("of a user without a public value (Q19)", async () => {
    const user = freshName();
    await ours.create(user, [
      { index: 300, type: "HS_SECKEY", data: "S3CR3T-hidden", permissions: "1100" },
      {
        index: 100,
        type: "HS_ADMIN",
        permissions: "1100",
        data: {
          format: "admin",
          value: { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" },
        },
      },
    ]);
    const hidden = await EUDATHandleClient.instantiateWithUsernameAndPassword(
      site.url,
      `300:${user}`,
      "S3CR3T-hidden",
      config,
    );
    const error = await failureOf(hidden.registerHandle(freshName(), "u"));
    expect(error).toBeInstanceOf(HandleAuthenticationError);
    expect(error).toMatchObject({ response: { status: 403 } });
    await hidden.close();
  });

  it("leaves its credentials as they were (Q17)", async () => {
    const credentials = await PIDClientCredentials.loadFromJSON(site.credentials.password);
    const wrong = { restApiUrlExtension: "/nowhere" };
    expect(await failureOf(EUDATHandleClient.instantiateWithCredentials(credentials, wrong))).toBeInstanceOf(
      GenericHandleError,
    );
    const right = await EUDATHandleClient.instantiateWithCredentials(credentials);
    await right.close();
  });
});

describe("reading", () => {
  it("retrieveHandleRecordJson", async () => {
    const handle = await register();
    const record = await client.retrieveHandleRecordJson(handle);
    expect(record).toMatchObject({ responseCode: 1, handle });
    expect(record?.values.map(({ index, type }) => [index, type])).toEqual([
      [1, "URL"],
      [100, "HS_ADMIN"],
    ]);
    expect(await client.retrieveHandleRecordJson(`${PREFIX}/none`)).toBeNull();
  });

  it("retrieveHandleRecord", async () => {
    const handle = await register({ x: "y" });
    expect(await client.retrieveHandleRecord(handle)).toEqual({
      URL: "https://example.org/1",
      x: "y",
      HS_ADMIN: expect.stringContaining('"index":200'),
    });
    expect(await client.retrieveHandleRecord(`${PREFIX}/none`)).toBeNull();
  });

  it("getValueFromHandle", async () => {
    const handle = await register();
    expect(await client.getValueFromHandle(handle, "URL")).toBe("https://example.org/1");
    expect(await client.getValueFromHandle(handle, "none")).toBeNull();
    expect(await failureOf(client.getValueFromHandle(`${PREFIX}/none`, "URL"))).toBeInstanceOf(
      HandleNotFoundException,
    );
  });

  it("getHandlerecordIndicesForKey, in the list of a record", async () => {
    const handle = await register();
    await client.addHandleValue(handle, { URL: "https://example.org/2" });
    const record = await client.retrieveHandleRecordJson(handle);
    expect(client.getHandlerecordIndicesForKey("URL", record?.values ?? [])).toEqual([1, 2]);
  });

  it("a record of which nothing is public (Q14)", async () => {
    const handle = freshName();
    const value = { handle: `0.NA/${PREFIX}`, index: 200, permissions: "111111111111" };
    await ours.create(handle, [
      { index: 100, type: "HS_ADMIN", permissions: "1100", data: { format: "admin", value } },
    ]);
    expect(await client.retrieveHandleRecordJson(handle)).toEqual({ responseCode: 200, handle, values: [] });
    expect(await client.retrieveHandleRecord(handle)).toEqual({});
    await client.modifyHandleValue(handle, { URL: "u" });
    expect(await client.getValueFromHandle(handle, "URL")).toBe("u");
  });

  it("handles in any case (Q28), with colons and hdl: (Q5), and characters that mean something in a URL (Q6)", async () => {
    const name = `${PREFIX}/b2:ä #?%20&=+c/..`;
    expect(checkHandleSyntax(name)).toBe(true);
    expect(await client.registerHandle(`hdl:${name}`, "u")).toBe(name);
    expect(await client.getValueFromHandle(name, "URL")).toBe("u");
    expect(await client.retrieveHandleRecordJson(`${PREFIX}/B2:ä #?%20&=+C/..`)).not.toBeNull();
    await client.modifyHandleValue(name, { URL: "v" });
    await client.deleteHandle(name);
    expect(await client.retrieveHandleRecord(name)).toBeNull();
  });

  it("a server whose API is elsewhere (Q9)", async () => {
    const lost = EUDATHandleClient.instantiateForReadAccess(site.url, {
      ...config,
      restApiUrlExtension: "/no/api/",
    });
    const error = await failureOf(lost.retrieveHandleRecordJson(`${PREFIX}/ADMIN`));
    expect(error).toBeInstanceOf(GenericHandleError);
    await lost.close();
  });
});

describe("registering", () => {
  it("registerHandle makes B2HANDLE's record", async () => {
    const handle = freshName();
    const made = await client.registerHandle(handle, "https://example.org/1", {
      checksum: "abc",
      additionalURLs: ["https://example.org/2", "https://example.org/3"],
      extratypes: { FOO: "f", ttl: "t" },
    });
    expect(made).toBe(handle);
    expect(await valuesOf(handle)).toEqual([
      [1, "URL", "https://example.org/1"],
      [2, "CHECKSUM", "abc"],
      [3, "FOO", "f"],
      [4, "ttl", "t"],
      [
        5,
        "10320/loc",
        '<locations><location id="0" href="https://example.org/2"/><location id="1" href="https://example.org/3"/></locations>',
      ],
      [100, "HS_ADMIN", "…"],
    ]);
    expect(await client.getValueFromHandle(handle, "HS_ADMIN")).toEqual({
      handle: `0.NA/${PREFIX}`,
      index: 200,
      permissions: "011111110011",
    });
  });

  it("registerHandle takes its arguments in Python's order", async () => {
    const handle = await client.registerHandle(freshName(), "u", "c", ["v"], false, { FOO: "f" });
    expect((await valuesOf(handle)).map(([index, type]) => [index, type])).toEqual([
      [1, "URL"],
      [2, "CHECKSUM"],
      [3, "FOO"],
      [4, "10320/loc"],
      [100, "HS_ADMIN"],
    ]);
    await client.registerHandle(handle, "w", null, null, true);
    expect((await valuesOf(handle)).map(([index, type]) => [index, type])).toEqual([
      [1, "URL"],
      [100, "HS_ADMIN"],
    ]);
  });

  it("registerHandle does not replace unless overwrite is set; of many at once one comes first (Q7)", async () => {
    const handle = await register();
    const again = await failureOf(client.registerHandle(handle, "u"));
    expect(again).toBeInstanceOf(HandleAlreadyExistsException);
    await client.registerHandle(handle, "https://example.org/new", { overwrite: true });
    expect((await valuesOf(handle))[0]).toEqual([1, "URL", "https://example.org/new"]);

    const wanted = freshName();
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => client.registerHandle(wanted, `https://example.org/${i}`)),
    );
    const failures = all.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(failures).toHaveLength(7);
    for (const failure of failures) expect(failure).toBeInstanceOf(HandleAlreadyExistsException);
  });

  it("registerHandle says what the server said (Q12)", async () => {
    const error = await failureOf(client.registerHandle("20.500.99999/foreign", "u"));
    expect(error).toMatchObject({ handle: "20.500.99999/foreign", response: { status: expect.any(Number) } });
    expect(error.message).toContain("20.500.99999/foreign");
  });

  it("generateAndRegisterHandle", async () => {
    const handle = await client.generateAndRegisterHandle(PREFIX, "u", { checksum: "c" });
    expect(handle.startsWith(`${PREFIX}/`)).toBe(true);
    expect(await client.getValueFromHandle(handle, "CHECKSUM")).toBe("c");
  });

  it("registerHandleKv", async () => {
    const handle = await client.registerHandleKv(freshName(), { FOO: "f", URL: "u" });
    expect(await valuesOf(handle)).toEqual([
      [1, "URL", "u"],
      [2, "FOO", "f"],
      [100, "HS_ADMIN", "…"],
    ]);
  });

  it("registerHandleJson", async () => {
    const handle = await client.registerHandleJson(freshName(), [
      { index: 100, type: "x", data: "y" },
      { index: 5, type: "URL", data: { format: "string", value: "u" }, ttl: 7 },
    ]);
    expect(await valuesOf(handle)).toEqual([
      [5, "URL", "u"],
      [100, "x", "y"],
      [101, "HS_ADMIN", "…"],
    ]);
  });
});

describe("modifying", () => {
  it("modifyHandleValue changes, adds, ignores, and sets the ttl (Q25)", async () => {
    const handle = await register({ x: "old" });
    await client.modifyHandleValue(handle, { x: "new", y: "added" }, { ttl: 7 });
    await client.modifyHandleValue(handle, { z: "never" }, { addIfNotExist: false });
    const record = await client.retrieveHandleRecordJson(handle);
    expect(record?.values.slice(1, 3).map(({ timestamp: _, ...value }) => value)).toEqual([
      { index: 2, type: "x", data: { format: "string", value: "new" }, ttl: 7 },
      { index: 3, type: "y", data: { format: "string", value: "added" }, ttl: 7 },
    ]);
    expect(record?.values).toHaveLength(4);
    expect(await failureOf(client.modifyHandleValue(`${PREFIX}/none`, { x: "y" }))).toBeInstanceOf(
      HandleNotFoundException,
    );
  });

  it("modifyHandleValue of two values of a type needs an index (Q25)", async () => {
    const handle = await register({ x: "first" });
    await client.addHandleValue(handle, { x: "second" });
    const error = await failureOf(client.modifyHandleValue(handle, { x: "new" }));
    expect(error).toBeInstanceOf(BrokenHandleRecordException);
    await client.modifyHandleValue(handle, [{ index: 3, type: "x", data: "new" }]);
    expect((await valuesOf(handle)).slice(1, 3)).toEqual([
      [2, "x", "first"],
      [3, "x", "new"],
    ]);
  });

  it("modifyHandleValue leaves what is hidden where it is (Q21)", async () => {
    const handle = await register();
    await ours.modify(handle, [{ index: 2, type: "HS_SECKEY", data: "S3CR3T-kept", permissions: "1100" }]);
    await client.modifyHandleValue(handle, { x: "y" });
    expect((await valuesOf(handle)).map(([index, type]) => [index, type])).toEqual([
      [1, "URL"],
      [2, "HS_SECKEY"],
      [3, "x"],
      [100, "HS_ADMIN"],
    ]);
  });

  it("modifyHandleValue of HS_ADMIN, where that is allowed (Q15)", async () => {
    const handle = await register();
    const HS_ADMIN = { handle: `${PREFIX}/ADMIN`, index: 300 };
    expect(await failureOf(client.modifyHandleValue(handle, { HS_ADMIN }))).toBeInstanceOf(
      IllegalOperationException,
    );
    const credentials = await PIDClientCredentials.loadFromJSON(site.credentials.password);
    const allowed = await EUDATHandleClient.instantiateWithCredentials(credentials, { modifyHsAdmin: true });
    await allowed.modifyHandleValue(handle, { HS_ADMIN });
    await allowed.close();
    expect(await client.getValueFromHandle(handle, "HS_ADMIN")).toEqual({
      ...HS_ADMIN,
      permissions: "011111110011",
    });
  });

  it("modifyOrAddHandleValue, modifyHandleValueNotAdd, addHandleValue", async () => {
    const handle = await register();
    expect(await client.modifyOrAddHandleValue(handle, { x: "y" })).toBe(handle);
    expect(await client.modifyHandleValueNotAdd(handle, { x: "z", other: "o" })).toBe(handle);
    expect(await client.addHandleValue(handle, { x: "more" })).toBe(handle);
    expect((await valuesOf(handle)).slice(1, -1)).toEqual([
      [2, "x", "z"],
      [3, "x", "more"],
    ]);
  });
});

describe("deleting", () => {
  it("deleteHandleValue", async () => {
    const handle = await register({ x: "1", y: "2", z: "3" });
    await client.addHandleValue(handle, { x: "4" });
    await client.deleteHandleValue(handle, "x");
    await client.deleteHandleValue(handle, ["y", "none"]);
    await client.deleteHandleValue(handle, "none");
    expect((await valuesOf(handle)).map(([, type]) => type)).toEqual(["URL", "z", "HS_ADMIN"]);
    expect(await failureOf(client.deleteHandleValue(handle, "HS_ADMIN"))).toBeInstanceOf(
      IllegalOperationException,
    );
    expect(await failureOf(client.deleteHandleValue(`${PREFIX}/none`, "x"))).toBeInstanceOf(
      HandleNotFoundException,
    );
  });

  it("deleteHandle", async () => {
    const handle = await register();
    await client.deleteHandle(handle);
    expect(await client.retrieveHandleRecordJson(handle)).toBeNull();
    expect(await failureOf(client.deleteHandle(handle))).toBeInstanceOf(HandleNotFoundException);
  });
});

describe("10320/loc", () => {
  it("is10320LOCEmpty and isURLContainedIn10320LOC", async () => {
    const handle = await register();
    expect(await client.is10320LOCEmpty(handle)).toBe(true);
    expect(await client.isURLContainedIn10320LOC(handle, "https://example.org/2")).toBe(false);
    await client.addAdditionalURL(handle, "https://example.org/2");
    expect(await client.is10320LOCEmpty(handle)).toBe(false);
    expect(await client.isURLContainedIn10320LOC(handle, "https://example.org/2")).toBe(true);
    expect(await failureOf(client.is10320LOCEmpty(`${PREFIX}/none`))).toBeInstanceOf(HandleNotFoundException);
  });

  it("addAdditionalURL, with attributes (Q20); a URL that is there changes nothing", async () => {
    const handle = await register();
    await client.addAdditionalURL(handle, ["u", "v"]);
    await client.addAdditionalURL(handle, "v", { weight: 0 });
    await client.addAdditionalURL(handle, "u");
    expect(await locOf(handle)).toEqual([
      '<locations><location id="0" href="u"/><location id="1" href="v" weight="0"/></locations>',
    ]);
  });

  it("exchangeAdditionalURL", async () => {
    const handle = await register();
    await client.addAdditionalURL(handle, "u", { weight: 1 });
    await client.exchangeAdditionalURL(handle, "u", "w");
    await client.exchangeAdditionalURL(handle, "not there", "x");
    expect(await locOf(handle)).toEqual(['<locations><location id="0" href="w" weight="1"/></locations>']);
  });

  it("removeAdditionalURL, and the value with the last one", async () => {
    const handle = await register();
    await client.addAdditionalURL(handle, ["u", "v"]);
    await client.removeAdditionalURL(handle, "u");
    expect(await locOf(handle)).toEqual(['<locations><location id="1" href="v"/></locations>']);
    await client.removeAdditionalURL(handle, "v", "w");
    expect(await locOf(handle)).toEqual([]);
    await client.removeAdditionalURL(handle, "u");
    expect((await valuesOf(handle)).map(([, type]) => type)).toEqual(["URL", "HS_ADMIN"]);
  });

  it("edits touch no value that is hidden, and none that another client changes (Q21)", async () => {
    const handle = await register({ x: "old" });
    await ours.modify(handle, [{ index: 300, type: "HS_SECKEY", data: "S3CR3T-kept", permissions: "1100" }]);
    await Promise.all([client.addAdditionalURL(handle, "u"), ours.modify(handle, { x: "theirs" })]);
    await client.exchangeAdditionalURL(handle, "u", "v");
    await client.removeAdditionalURL(handle, "v");
    const values = await valuesOf(handle);
    expect(values.map(([index, type]) => [index, type])).toEqual([
      [1, "URL"],
      [2, "x"],
      [100, "HS_ADMIN"],
      [300, "HS_SECKEY"],
    ]);
    expect(values[1]).toEqual([2, "x", "theirs"]);
  });

  it("made by B2HANDLE as 10320/LOC stays one value (Q16)", async () => {
    const handle = freshName();
    await client.registerHandle(handle, "u", {
      extratypes: { "10320/LOC": '<locations><location id="0" href="a" /></locations>' },
    });
    await client.addAdditionalURL(handle, "b");
    expect(await client.isURLContainedIn10320LOC(handle, "a")).toBe(true);
    expect(await client.isURLContainedIn10320LOC(handle, "b")).toBe(true);
    expect((await valuesOf(handle)).map(([, type]) => type)).toEqual(["URL", "10320/LOC", "HS_ADMIN"]);
    await client.deleteHandleValue(handle, "10320/loc");
    expect((await valuesOf(handle)).map(([, type]) => type)).toEqual(["URL", "HS_ADMIN"]);
  });
});

describe("searching", () => {
  it("searchHandle does not take the API of handles for a servlet (Q34)", async () => {
    const searcher = EUDATHandleClient.instantiateForReadAndSearch(site.url, USER, PASSWORD, {
      ...config,
      reverselookupUrlExtension: "/api/handles/",
    });
    const error = await failureOf(searcher.searchHandle({ URL: "*" }));
    expect(error).toBeInstanceOf(ReverseLookupException);
    expect(error).toMatchObject({ query: { URL: "*" }, response: { status: 400 } });
    expect(await failureOf(client.searchHandle({ EMAIL: "*" }))).toBeInstanceOf(ReverseLookupException);
    await searcher.close();
  });
});
