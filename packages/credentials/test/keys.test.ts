import { decodeUtf8, type Secret } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CredentialDocument, parseCredentials } from "../src/mod.ts";
import { CANARY, leaks, printed, refusal } from "./canary.ts";

const parse = (document: object): CredentialDocument =>
  parseCredentials(JSON.stringify(document), { source: "c.json" });
const messageOf = (document: object) => refusal(() => parse(document)).message;
const holds = (held: Secret | undefined, text: string) =>
  held !== undefined && decodeUtf8(held.reveal()) === text;
const user = { username: "300:foo/bar", password: CANARY };

describe("keys that configure the client", () => {
  it.each([
    ["/api/handles/", "api/handles"],
    ["api/handles", "api/handles"],
    ["//rest/v1.0/~handles//", "rest/v1.0/~handles"],
  ])("REST_API_url_extension %j, without slashes at its ends", (written, path) => {
    const { clientConfig, warnings } = parse({ REST_API_url_extension: written });
    expect(clientConfig).toEqual({ restApiUrlExtension: path });
    expect(warnings).toEqual([]);
  });

  it.each([
    "/",
    "https://other.example/",
    "a?b",
    "a#b",
    "a b",
    "../x",
    "a//b",
    "a/./b",
    "\\x",
    "é",
    "a\u0000",
  ])("refuses a path that is none: %j", (written) => {
    expect(messageOf({ REST_API_url_extension: written })).toBe(
      'c.json:1:27: "REST_API_url_extension" is not the path of an API',
    );
    expect(messageOf({ reverselookup_url_extension: written })).toBe(
      'c.json:1:32: "reverselookup_url_extension" is not the path of an API',
    );
  });

  it("HS_ADMIN_permissions: twelve binary digits", () => {
    expect(parse({ HS_ADMIN_permissions: "011111110011" }).clientConfig).toEqual({
      adminPermissions: "011111110011",
    });
    for (const wrong of ["01111111001", "0111111100110", "011111110012", "0x7f30000000"]) {
      expect(messageOf({ HS_ADMIN_permissions: wrong })).toBe(
        'c.json:1:25: "HS_ADMIN_permissions" is not twelve binary digits',
      );
    }
    expect(messageOf({ HS_ADMIN_permissions: 111111110011 })).toMatch(/must be text in double quotes$/);
  });

  it.each([
    [true, true],
    [false, false],
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["false", false],
    ["False", false],
  ])("modify_HS_ADMIN %j", (written, meant) => {
    const { clientConfig, warnings } = parse({ modify_HS_ADMIN: written });
    expect(clientConfig).toEqual({ modifyAdmin: meant });
    expect(warnings).toEqual([]);
  });

  it.each(["yes", "0", "no", " true", 1, 0, [], {}])("refuses modify_HS_ADMIN %j", (written) => {
    expect(messageOf({ modify_HS_ADMIN: written })).toBe(
      'c.json:1:20: "modify_HS_ADMIN" must be true or false',
    );
  });

  it("10320LOC_chooseby", () => {
    expect(parse({ "10320LOC_chooseby": "locatt,weighted" }).clientConfig).toEqual({
      locChooseBy: "locatt,weighted",
    });
    expect(messageOf({ "10320LOC_chooseby": ["locatt"] })).toMatch(
      /"10320LOC_chooseby" must be text in double quotes$/,
    );
  });

  it("allowed_search_keys: a list, and an empty one allows every key", () => {
    expect(parse({ allowed_search_keys: ["URL", "EMAIL"] }).clientConfig).toEqual({
      allowedSearchKeys: ["URL", "EMAIL"],
    });
    expect(parse({ allowed_search_keys: [] }).clientConfig).toEqual({ allowedSearchKeys: [] });
    for (const wrong of ["URL,EMAIL", ["URL", 1], [""], [["URL"]], { URL: true }]) {
      expect(messageOf({ allowed_search_keys: wrong })).toBe(
        'c.json:1:24: "allowed_search_keys" must be a list of texts, such as ["URL", "CHECKSUM"]; [] allows every key',
      );
    }
  });

  it("ignores null and empty text", () => {
    const absent = {
      REST_API_url_extension: "",
      HS_ADMIN_permissions: null,
      modify_HS_ADMIN: "",
      "10320LOC_chooseby": "",
      allowed_search_keys: "",
      reverselookup_baseuri: "",
      sharedSecret: null,
      passphrase: "",
    };
    expect(parse(absent)).toEqual({
      httpsVerify: true,
      clientConfig: {},
      config: {},
      found: [],
      warnings: [],
    });
  });
});

describe("reverselookup_ keys", () => {
  const own = {
    reverselookup_baseuri: "https://search.example/",
    reverselookup_url_extension: "/hrls/handles/",
    reverselookup_username: "searcher",
    reverselookup_password: `own-${CANARY}`,
  };

  it("are read as written, without a handle server", () => {
    const { reverseLookup, warnings } = parse(own);
    expect(reverseLookup).toMatchObject({
      baseUrl: "https://search.example",
      urlExtension: "hrls/handles",
      username: "searcher",
    });
    expect(holds(reverseLookup?.password, `own-${CANARY}`)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("take precedence over the server and the login, each by itself", () => {
    const { reverseLookup } = parse({ baseuri: "https://h.example", ...user, ...own });
    expect(reverseLookup).toMatchObject({ baseUrl: "https://search.example", username: "searcher" });
    expect(holds(reverseLookup?.password, `own-${CANARY}`)).toBe(true);

    const half = parse({ baseuri: "https://h.example", ...user, reverselookup_username: "searcher" });
    expect(half.reverseLookup).toMatchObject({ baseUrl: "https://h.example", username: "searcher" });
    expect(holds(half.reverseLookup?.password, CANARY)).toBe(true);
    expect(half.warnings).toEqual([
      'c.json:1:113: "reverselookup_username" is given, but "reverselookup_password" is missing: "password" is used to search',
    ]);
    const other = parse({ baseuri: "https://h.example", ...user, reverselookup_password: CANARY });
    expect(other.reverseLookup?.username).toBe("300:foo/bar");
    expect(other.warnings[0]).toMatch(/"reverselookup_username" is missing: "username" is used to search$/);
  });

  it("are taken from the server and a password login when there are none", () => {
    const { reverseLookup, warnings } = parse({ baseuri: "https://h.example/", ...user });
    expect(reverseLookup).toMatchObject({ baseUrl: "https://h.example", username: "300:foo/bar" });
    expect(Object.keys(reverseLookup ?? {})).toEqual(["baseUrl", "username", "password"]);
    expect(holds(reverseLookup?.password, CANARY)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("search with the password when the certificate logs in, which is then not ignored", () => {
    const { login, reverseLookup, found } = parse({
      baseuri: "https://h.example",
      ...user,
      certificate_and_key: "b.pem",
    });
    expect(login?.kind).toBe("certificate");
    expect(reverseLookup?.username).toBe("300:foo/bar");
    expect(found.filter(({ ignored }) => ignored)).toEqual([]);
  });

  it("are absent when searching is not possible and none is given, and partial when one is", () => {
    expect("reverseLookup" in parse(user)).toBe(false);
    expect("reverseLookup" in parse({ baseuri: "https://h.example", certificate_and_key: "b.pem" })).toBe(
      false,
    );
    expect(parse({ reverselookup_url_extension: "hrls" }).reverseLookup).toEqual({ urlExtension: "hrls" });
    const alone = parse({ reverselookup_username: "searcher" });
    expect(alone.reverseLookup).toEqual({ username: "searcher" });
    expect(alone.warnings).toEqual([
      'c.json:1:27: "reverselookup_username" is given, but "reverselookup_password" is missing, and searching needs both',
    ]);
  });

  it("warn when the password of the handle server goes to another server", () => {
    const server = { baseuri: "https://h.example", ...user };
    expect(parse({ ...server, reverselookup_baseuri: "https://search.example" }).warnings).toEqual([
      'c.json:1:112: searching sends the password of the handle server to another server, that of "reverselookup_baseuri"',
    ]);
    expect(parse({ ...server, reverselookup_baseuri: "https://h.example:443/search" }).warnings).toEqual([]);
    expect(parse({ ...server, ...own }).warnings).toEqual([]);
  });

  it("must be URLs", () => {
    expect(messageOf({ reverselookup_baseuri: "search.example" })).toBe(
      'c.json:1:26: "reverselookup_baseuri" is not an absolute http or https URL',
    );
    expect(messageOf({ reverselookup_baseuri: `https://u:${CANARY}@search.example` })).toMatch(
      /"reverselookup_baseuri" must be the address of the server only/,
    );
  });
});

describe("ARDC's keys", () => {
  const account = {
    appId: "0123456789abcdef0123456789abcdef01234567",
    sharedSecret: CANARY,
    identifier: "jane",
    authDomain: "example.org",
  };

  it("are read, and the shared secret is one", () => {
    const { ardc, warnings } = parse(account);
    expect(ardc).toMatchObject({
      appId: account.appId,
      identifier: "jane",
      authDomain: "example.org",
    });
    expect(holds(ardc?.sharedSecret, CANARY)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it.each(["appId", "sharedSecret", "identifier", "authDomain"] as const)("may lack %s", (missing) => {
    const { [missing]: _, ...rest } = account;
    const { ardc, warnings } = parse(rest);
    expect(Object.keys(ardc ?? {})).toEqual(Object.keys(rest));
    expect(warnings).toEqual([]);
    expect(Object.keys(parse({ [missing]: account[missing] }).ardc ?? {})).toEqual([missing]);
  });

  it("are absent without any of them, and must be text", () => {
    expect("ardc" in parse(user)).toBe(false);
    expect(messageOf({ appId: 12 })).toBe('c.json:1:10: "appId" must be text in double quotes');
  });
});

describe("passphrase", () => {
  it("belongs to the certificate login", () => {
    for (const files of [
      { certificate_and_key: "b.pem" },
      { private_key: "k.pem", certificate_only: "c.pem" },
    ]) {
      const { login, warnings } = parse({ ...files, passphrase: CANARY });
      expect(login?.kind === "certificate" && holds(login.passphrase, CANARY)).toBe(true);
      expect(warnings).toEqual([]);
    }
  });

  it("is ignored with a warning where there is no key", () => {
    const { login, warnings } = parse({ ...user, passphrase: CANARY });
    expect(login?.kind).toBe("password");
    expect(warnings).toEqual(['c.json:1:71: "passphrase" is ignored: no private key is used to log in']);
  });
});

describe("secrets", () => {
  it.each(["password", "passphrase", "reverselookup_password", "sharedSecret"])(
    "%s is not shown, and must not contain a lone surrogate",
    (key) => {
      const document = parse({ username: "300:foo/bar", password: CANARY, [key]: CANARY });
      expect(leaks(printed(document))).toBe(false);
      expect(messageOf({ username: "300:foo/bar", password: CANARY, [key]: "\udc00" })).toMatch(
        new RegExp(`"${key}" contains a lone surrogate, which has no UTF-8 form$`),
      );
    },
  );
});

describe("keys of other programs", () => {
  it.each(["rest", "", null])("client %j needs no warning", (client) => {
    expect(parse({ client }).warnings).toEqual([]);
  });

  it.each(["db", "batch", "REST", 1])("client %j is warned about", (client) => {
    const { config, warnings } = parse({ client });
    expect(config.client).toBe(client);
    expect(warnings).toEqual([
      'c.json:1:11: "client" is not "rest", but only the settings for REST are used here',
    ]);
  });

  it.each([
    [["db_host"], '"db_host" is'],
    [["db_user", "db_password"], '"db_user" and "db_password" are'],
    [
      ["db_host", "db_user", "db_password", "db_name"],
      '"db_host", "db_user", "db_password" and "db_name" are',
    ],
  ])("%j are warned about, with what to use instead", (keys, names) => {
    const { config, warnings } = parse(Object.fromEntries(keys.map((key) => [key, CANARY])));
    expect(Object.keys(config)).toEqual(keys);
    expect(warnings).toEqual([
      expect.stringContaining(`: ${names} ignored: only the database client of PYHANDLE uses them`),
    ]);
  });

  it.each([
    ["reverse_username", "reverselookup_username"],
    ["reverse_password", "reverselookup_password"],
  ])("%s is ignored, and the warning gives its right name", (alias, name) => {
    const document = parse({ [alias]: CANARY });
    expect("reverseLookup" in document).toBe(false);
    expect(document.config[alias] === CANARY).toBe(true);
    expect(document.warnings).toEqual([
      expect.stringMatching(new RegExp(`"${alias}" is ignored: the name of this key is "${name}"$`)),
    ]);
    expect(leaks(printed(document))).toBe(false);
  });
});

describe("unknown keys", () => {
  it.each(["colour", "handle_owner", "10320LOC_chosby", "retry2", "my.key-name/x", "timeoutMs"])(
    "%s is kept and named",
    (key) => {
      const { config, warnings } = parse({ [key]: CANARY });
      expect(config[key] === CANARY).toBe(true);
      expect(warnings).toEqual([expect.stringContaining(`: "${key}" is unknown and has no effect`)]);
    },
  );

  it("are counted when a name might be a password", () => {
    const names = [
      CANARY,
      "xK9fQ2mZ",
      "0123456789abcdef",
      "correct horse",
      "a:b",
      "é",
      "_x",
      "-----BEGIN",
      "",
    ];
    const document = parse(Object.fromEntries(names.map((name) => [name, 1])));
    expect(Object.keys(document.config).sort()).toEqual(names.sort());
    expect(document.warnings).toEqual([
      `c.json: ${names.length} keys are unknown and have no effect; a name that might be a password is not shown`,
    ]);
    expect(leaks(printed(document))).toBe(false);
  });

  it("are not named by anything but plain words of 40 characters at most", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abcXYZ019_./- :'\n") }), (rest) => {
        const key = `q${rest}`;
        const { warnings } = parse({ [key]: 1 });
        const named = warnings.some((warning) => warning.includes(`"${key}"`));
        if (named) expect(key).toMatch(/^[A-Za-z0-9_./-]{1,40}$/);
        expect(warnings.length).toBe(1);
      }),
    );
  });
});

describe("found", () => {
  it("lists each known key, its position and its value, but no secret", () => {
    const { found } = parseCredentials(
      `{"baseuri": "https://h.example",\n "username": "300:foo/bar", "password": "${CANARY}",\n "certificate_and_key": "b\\u001b.pem", "allowed_search_keys": [], "modify_HS_ADMIN": false, "appId": "0123456789abcdef"}`,
      { source: "c.json" },
    );
    expect(found).toEqual([
      { key: "baseuri", where: "c.json:1:13", shown: "https://h.example" },
      { key: "username", where: "c.json:2:14", shown: "300:foo/bar" },
      { key: "password", where: "c.json:2:41" },
      { key: "certificate_and_key", where: "c.json:3:25", shown: "b\\u001b.pem" },
      { key: "appId", where: "c.json:3:102", shown: "01234567…" },
      { key: "modify_HS_ADMIN", where: "c.json:3:86", shown: "false" },
      { key: "allowed_search_keys", where: "c.json:3:63", shown: "every key" },
    ]);
  });

  it("escapes characters that cannot be seen or move text on a terminal", () => {
    const { found } = parse({
      prefix: "a\u001b\u202e\u200b",
      allowed_search_keys: ["b\u0007", "c"],
      appId: "d\n",
    });
    expect(found.map(({ shown }) => shown)).toEqual(["a\\u001b\\u202e\\u200b", "d\\n", "b\\u0007, c"]);
    expect(parse({ appId: "\u{1f600}".repeat(9) }).found[0]?.shown).toBe(`${"\u{1f600}".repeat(8)}…`);
  });

  it("escapes them in the name of the source, and in messages", () => {
    const source = "c\u202e\u200b\u001b.json";
    const { found, warnings } = parseCredentials('{"prefix": "21.1", "HTTPS_verify": false}', { source });
    expect(found[0]?.where).toBe("c\\u202e\\u200b\\u001b.json:1:12");
    expect(warnings[0]).toMatch(/^c\\u202e\\u200b\\u001b\.json: TLS verification is OFF/);
    const { message } = refusal(() => parseCredentials("[]", { source }));
    expect(message).toMatch(/^c\\u202e\\u200b\\u001b\.json:1:1: /);
  });

  it("marks what is not used", () => {
    const { found } = parse({ ...user, private_key: "k.pem", certificate_and_key: "b.pem" });
    expect(found.filter(({ ignored }) => ignored).map(({ key }) => key)).toEqual([
      "username",
      "password",
      "private_key",
    ]);
  });
});

it("throws nothing but HandleError, whatever the known keys hold", () => {
  const key = fc.constantFrom(
    ...["HTTPS_verify", "modify_HS_ADMIN", "allowed_search_keys", "REST_API_url_extension", "handleowner"],
    ...[
      "reverselookup_baseuri",
      "reverselookup_username",
      "HS_ADMIN_permissions",
      "trust",
      "passphrase",
      "client",
    ],
  );
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (document) => {
      const text = JSON.stringify({ ...document, ...user });
      try {
        parseCredentials(text);
      } catch {
        refusal(() => parseCredentials(text));
      }
    }),
    { numRuns: 500 },
  );
});
