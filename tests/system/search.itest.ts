// Our clients search with hdl-server: over TLS, as an identity and with the account of the settings.
import { createClient, type HandleClient } from "@handlekit/client";
import { EUDATHandleClient, ReverseLookupException } from "@handlekit/client/b2handle";
import { isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hdl } from "../support/hdl.ts";
import {
  ADMIN,
  createSearchSite,
  ELSEWHERE,
  OTHER,
  READER,
  type SearchSite,
  STORES,
} from "../support/search-site.ts";
import { PASSWORD, PREFIX } from "../support/site.ts";

const asAdmin = { username: ADMIN, password: PASSWORD };
const asReader = { reverselookup_username: READER.username, reverselookup_password: READER.password };

describe.each(STORES)("searching a server with a store in %s", (_, open) => {
  let site: SearchSite;
  const clients: HandleClient[] = [];
  beforeAll(async () => {
    site = await createSearchSite(open);
  });
  afterAll(async () => {
    await Promise.all(clients.map((each) => each.close()));
    await site?.remove();
  });

  async function clientOf(login: object): Promise<HandleClient> {
    const client = createClient(await loadCredentials(await site.credentials("client.json", login)));
    clients.push(client);
    return client;
  }

  async function found(
    client: HandleClient,
    ...given: Parameters<HandleClient["search"]>
  ): Promise<string[]> {
    const handles = [];
    for await (const handle of client.search(...given)) handles.push(handle);
    return handles;
  }

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "no error",
      (error: unknown) => (isHandleError(error) ? error.code : error),
    );

  it("finds handles as an identity, in the prefixes that it may list", async () => {
    const client = await clientOf(asAdmin);
    expect(await found(client, { URL: "*example.org*" })).toEqual([`${PREFIX}/1`, `${PREFIX}/2`]);
    expect(await found(client, { URL: "https://example.org/a?x=1&y=2" })).toEqual([`${PREFIX}/1`]);
    expect(await found(client, { URL: "*b c", CHECKSUM: "abc" })).toEqual([`${PREFIX}/2`]);
    expect(await found(client, { URL: "*é", NOTE: "100% of a_b" })).toEqual([`${PREFIX}/3`]);
    expect(await found(client, { NOTE: "100% of axb" })).toEqual([]);
    expect(await found(client, { URL: "*" }, { prefix: PREFIX, pageSize: 2 })).toHaveLength(3);
    expect(await codeOf(found(client, { URL: "*" }, { prefix: ELSEWHERE }))).toBe("permission_denied");
  });

  it("finds handles with the read-only account, in all prefixes", async () => {
    const client = await clientOf(asReader);
    const all = [`${PREFIX}/1`, `${PREFIX}/2`, `${ELSEWHERE}/4`];
    expect(await found(client, { URL: "*example.org*" })).toEqual(all);
    expect(await found(client, { URL: "*example.org*" }, { pageSize: 1 })).toEqual(all);
    expect(await found(client, { URL: "*" }, { prefix: ELSEWHERE })).toEqual([`${ELSEWHERE}/4`]);
  });

  it("says why it refuses", async () => {
    expect(await codeOf(found(await clientOf({ ...asAdmin, password: "S3CR3T" }), { URL: "*" }))).toBe(
      "authentication_failed",
    );
    expect(await codeOf(found(await clientOf(OTHER), { URL: "*" }))).toBe("permission_denied");
    const client = await clientOf(asReader);
    expect(await codeOf(found(client, { HS_SECKEY: "*" }))).toBe("invalid_options");
  });

  it("finds handles by B2HANDLE's names", async () => {
    const searcher = EUDATHandleClient.instantiateForReadAndSearch(
      site.url,
      READER.username,
      READER.password,
      {
        httpsVerify: { ca: site.ca },
      },
    );
    expect(await searcher.searchHandle({ URL: "*example.org*" })).toHaveLength(3);
    expect(await searcher.searchHandle("*example.org*", ELSEWHERE)).toEqual([`${ELSEWHERE}/4`]);
    expect(await searcher.searchHandle({ URL: "*", CHECKSUM: "abc" }, { limit: 1, page: 1 })).toEqual([
      `${PREFIX}/2`,
    ]);
    await searcher.close();
    const wrong = EUDATHandleClient.instantiateForReadAndSearch(site.url, READER.username, READER.password, {
      httpsVerify: { ca: site.ca },
      reverselookupUrlExtension: "/api/handles",
    });
    await expect(wrong.searchHandle({ URL: "*" })).rejects.toBeInstanceOf(ReverseLookupException);
    await wrong.close();
  });

  it("finds handles by hdl search", async () => {
    const admin = await site.credentials("admin.json", asAdmin);
    const reader = await site.credentials("reader.json", asReader);
    const search = (credentials: string, ...args: readonly string[]) =>
      hdl("search", ...args, "--credentials", credentials);
    expect(await search(admin, "URL=*example.org*", "CHECKSUM=abc")).toMatchObject({
      code: 0,
      stdout: `${PREFIX}/1\n${PREFIX}/2\n`,
    });
    expect(await search(reader, "URL=*", "--prefix", ELSEWHERE, "--json")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`"handle":"${ELSEWHERE}/4"`),
    });
    expect(await search(admin, "URL=*", "--prefix", ELSEWHERE)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("may not list the handles of this prefix"),
    });
  });

  it("takes no login over plain HTTP", async () => {
    const login = Buffer.from(`${READER.username}:${encodeURIComponent(READER.password)}`).toString("base64");
    const response = await fetch(`${site.http}/hrls/handles?URL=*`, {
      headers: { authorization: `Basic ${login}` },
    });
    expect([response.status, await response.json()]).toEqual([
      403,
      "A search needs a login, which is only accepted over HTTPS",
    ]);
  });
});
