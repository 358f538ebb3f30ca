import { decodeUtf8 } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCredentials } from "../src/mod.ts";
import { CANARY, refusal } from "./canary.ts";

const parse = (document: object) => parseCredentials(JSON.stringify(document), { source: "c.json" });
const messageOf = (document: object) => refusal(() => parse(document)).message;
const passwordOf = (text: string): string | undefined => {
  const { login } = parseCredentials(text);
  return login?.kind === "password" ? decodeUtf8(login.password.reveal()) : undefined;
};

describe("parseCredentials", () => {
  it("reads username and password", () => {
    const document = parse({
      handle_server_url: "https://h.example:8000/",
      username: "300:foo/bar",
      password: CANARY,
    });
    expect(document.server).toBe("https://h.example:8000");
    expect(document.login).toMatchObject({ kind: "password", identity: { index: 300, handle: "foo/bar" } });
    expect(document.httpsVerify).toBe(true);
    expect(document.warnings).toEqual([]);
    expect(Object.keys(document.config)).toEqual([]);
  });

  it("reads private_key and certificate_only, the paths as written", () => {
    const document = parse({
      baseuri: "https://h.example",
      private_key: "key.pem",
      certificate_only: "../c.pem",
    });
    expect(document).toMatchObject({
      server: "https://h.example",
      login: { kind: "certificate", keyFile: "key.pem", certificateFile: "../c.pem" },
    });
    expect(parse({ certificate_and_key: "both.pem" }).login).toEqual({
      kind: "certificate",
      keyFile: "both.pem",
      certificateFile: "both.pem",
    });
  });

  it("reads the published sample with its typographic quotes, and warns", () => {
    const sample = `\n    { “baseuri”: “https://my.handle.server”, “username”: “300:foo/bar”, “password”: “${CANARY}” }\n`;
    const document = parseCredentials(sample, { source: "c.json" });
    expect(document.server).toBe("https://my.handle.server");
    expect(document.login).toMatchObject({ kind: "password", identity: { index: 300, handle: "foo/bar" } });
    expect(passwordOf(sample) === CANARY).toBe(true);
    expect(document.warnings).toEqual([
      'c.json:2:7: typographic quotes (“ ”) are read as plain ones; other programs refuse them, so replace them with "',
    ]);
  });

  it("returns any password unchanged, between plain or typographic quotes", () => {
    const readBack = (text: string) => passwordOf(`{"username": "300:foo/bar", "password": ${text}}`);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (rest) => {
        const password = `S3CR3T${rest}`;
        expect(readBack(JSON.stringify(password)) === password).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aé’” .;-'\\🔑") }), (rest) => {
        const password = `S3CR3T${rest}.`;
        expect(readBack(`“${password.replaceAll("\\", "\\\\")}”`) === password).toBe(true);
      }),
    );
  });

  it("needs no login", () => {
    for (const document of [
      {},
      { username: "", password: "" },
      { private_key: null, certificate_only: null },
    ]) {
      expect("login" in parse(document)).toBe(false);
    }
    expect(parse({})).toEqual({
      httpsVerify: true,
      clientConfig: {},
      config: {},
      found: [],
      warnings: [],
    });
  });

  it.each([
    [{ username: "300:foo/bar" }, '1:13: "username" is given, but "password" is missing'],
    [{ username: "300:foo/bar", password: "" }, '1:13: "username" is given, but "password" is missing'],
    [{ password: CANARY }, '1:13: "password" is given, but "username" is missing'],
    [{ private_key: "k.pem" }, '1:16: "private_key" is given, but "certificate_only" is missing'],
    [{ certificate_only: "c.pem" }, '1:21: "certificate_only" is given, but "private_key" is missing'],
    [
      { username: "300:foo/bar", private_key: "k.pem" },
      '1:41: "private_key" is given, but "certificate_only" is missing; "username" is given, but "password" is missing',
    ],
  ])("refuses an incomplete login and names the missing field: %#", (document, message) => {
    expect(messageOf(document)).toBe(`c.json:${message}`);
  });

  it("prefers a certificate to a password, and says so", () => {
    const both = parse({
      username: "300:foo/bar",
      password: CANARY,
      private_key: "k.pem",
      certificate_only: "c.pem",
    });
    expect(both.login).toMatchObject({ kind: "certificate", keyFile: "k.pem" });
    expect(both.warnings).toEqual([
      'c.json:1:13: "username" and "password" are ignored: "private_key" and "certificate_only" are used to log in',
    ]);
    const three = parse({
      certificate_and_key: "b.pem",
      private_key: "k.pem",
      certificate_only: "c.pem",
      password: CANARY,
    });
    expect(three.login).toMatchObject({ kind: "certificate", keyFile: "b.pem" });
    expect(three.warnings).toEqual([
      'c.json:1:46: "private_key" and "certificate_only" are ignored: "certificate_and_key" is used to log in',
      'c.json:1:92: "password" is ignored ("username" is missing): "certificate_and_key" is used to log in',
    ]);
  });

  it("warns of an incomplete certificate login beside a complete password login", () => {
    const document = parse({ username: "300:foo/bar", password: CANARY, private_key: "k.pem" });
    expect(document.login?.kind).toBe("password");
    expect(document.warnings).toEqual([
      expect.stringMatching(
        /: "private_key" is ignored \("certificate_only" is missing\): "username" and "password" are used/,
      ),
    ]);
  });

  it.each([
    [true, true],
    ["True", true],
    ["TRUE", true],
    ["", true],
    [null, true],
    ["ca/root.pem", { caFile: "ca/root.pem" }],
    ["/etc/ssl", { caFile: "/etc/ssl" }],
  ])("reads HTTPS_verify: %j", (value, expected) => {
    const document = parse({ HTTPS_verify: value });
    expect(document.httpsVerify).toEqual(expected);
    expect(document.warnings).toEqual([]);
  });

  it.each([false, "False", "false"])("obeys HTTPS_verify %j with a loud warning", (value) => {
    const document = parse({ HTTPS_verify: value });
    expect(document.httpsVerify).toBe(false);
    expect(document.warnings).toEqual([
      "c.json: TLS verification is OFF (HTTPS_verify is false in c.json): anyone on the path can pose as the server and read the password. Give the server's certificate, or its CA's, as HTTPS_verify instead, or the fingerprint of its certificate as trust.",
    ]);
  });

  it.each([
    ["https://h.example", "https://h.example"],
    ["https://h.example//", "https://h.example"],
    ["HTTPS://H.Example:443/handle/", "https://h.example/handle"],
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["https://[::1]:8000", "https://[::1]:8000"],
  ])("reads the server %s", (written, server) => {
    expect(parse({ handle_server_url: written }).server).toBe(server);
    expect(parse({ baseuri: written, handle_server_url: `${server}/` }).server).toBe(server);
  });

  it.each([
    "h.example",
    "ftp://h.example",
    "https:h.example",
    "https:///h",
    "https://",
    "//h.example",
    CANARY,
  ])("refuses a server that is not an absolute URL (%#)", (written) => {
    expect(messageOf({ baseuri: written })).toBe(
      'c.json:1:12: "baseuri" is not an absolute http or https URL',
    );
  });

  it("refuses a server with a login or a query in it, without showing it", () => {
    for (const server of [
      `https://user:${CANARY}@h.example`,
      `https://h.example/?k=${CANARY}`,
      `https://h/#${CANARY}`,
    ]) {
      expect(messageOf({ handle_server_url: server })).toMatch(
        /"handle_server_url" must be the address of the server only/,
      );
    }
  });

  it("refuses two servers and names both fields", () => {
    expect(messageOf({ baseuri: "https://a.example", handle_server_url: "https://b.example" })).toBe(
      'c.json:1:12: "handle_server_url" and "baseuri" name different servers',
    );
  });

  it("reads prefix and handleowner, and keeps unknown keys as config", () => {
    const document = parseCredentials(
      '{"prefix": "21.1", "handleowner": "200:0.NA/21.1", "client": "rest", "colour": "red", "__proto__": {"a": [1]}}',
      { source: "c.json" },
    );
    expect(document.prefix).toBe("21.1");
    expect(document.handleOwner).toEqual({ index: 200, handle: "0.NA/21.1" });
    expect(Object.keys(document.config)).toEqual(["client", "colour", "__proto__"]);
    expect(document.config.client).toBe("rest");
    expect(Object.getOwnPropertyDescriptor(document.config, "__proto__")?.value).toEqual({ a: [1] });
    expect(document.warnings).toEqual([
      'c.json:1:80: "colour" is unknown and has no effect',
      "c.json: 1 key is unknown and has no effect; a name that might be a password is not shown",
    ]);
  });

  it("warns of a known key in other letter case, and refuses toJSON", () => {
    const document = parse({ HTTPs_verify: false });
    expect(document.httpsVerify).toBe(true);
    expect(document.config.HTTPs_verify).toBe(false);
    expect(document.warnings).toEqual([
      'c.json:1:17: a key is ignored, because its letter case is not that of "HTTPS_verify"',
    ]);
    expect(messageOf({ toJSON: 1 })).toBe('c.json:1:11: a key cannot be called "toJSON"');
  });

  it.each([
    [{ password: 5318008 }, '1:13: "password" must be text in double quotes'],
    [{ username: { [CANARY]: CANARY } }, '1:13: "username" must be text in double quotes'],
    [{ baseuri: [CANARY] }, '1:12: "baseuri" must be text in double quotes'],
    [{ prefix: 21.1 }, '1:11: "prefix" must be text in double quotes'],
    [{ HTTPS_verify: 0 }, '1:17: "HTTPS_verify" must be true, false or the path of a CA file'],
    [{ HTTPS_verify: [CANARY] }, '1:17: "HTTPS_verify" must be true, false or the path of a CA file'],
  ])("refuses a value of the wrong kind: %#", (document, message) => {
    expect(messageOf(document)).toBe(`c.json:${message}`);
  });

  it.each([
    "foo/bar",
    "300:foo",
    "300foo/bar",
    ":foo/bar",
    "300:/bar",
    "300:foo/",
    "-3:foo/bar",
    "300:hdl:foo/bar",
    CANARY,
  ])("refuses a username that is not index:prefix/suffix: %#", (username) => {
    expect(messageOf({ username, password: CANARY })).toBe(
      'c.json:1:13: "username" is not of the form index:prefix/suffix',
    );
    expect(messageOf({ handleowner: username })).toBe(
      'c.json:1:16: "handleowner" is not of the form index:prefix/suffix',
    );
  });

  it("refuses an index that is too large, and lone surrogates", () => {
    expect(messageOf({ username: "2147483648:foo/bar" })).toBe(
      'c.json:1:13: "username" is not of the form index:prefix/suffix, with an index up to 2147483647',
    );
    expect(messageOf({ username: "300:foo/bar", password: "\ud800" })).toBe(
      'c.json:1:38: "password" contains a lone surrogate, which has no UTF-8 form',
    );
  });

  it("accepts a user whose suffix has colons and slashes", () => {
    expect(parse({ username: "0:foo/a:b/c d", password: CANARY }).login).toMatchObject({
      identity: { index: 0, handle: "foo/a:b/c d" },
    });
  });

  it.each(["private_key", "certificate_only", "certificate_and_key", "HTTPS_verify"])(
    "refuses key material in the place of the path of %s",
    (field) => {
      for (const value of [`-----BEGIN ${CANARY}`, `a\n${CANARY}`, `MIIE${btoa(CANARY.repeat(5))}`]) {
        expect(messageOf({ [field]: value })).toMatch(
          `"${field}" must be the path of a PEM file, not its content`,
        );
      }
    },
  );
});

it("warns of a user name that ends in a blank, which counts", () => {
  const document = JSON.stringify({
    handle_server_url: "https://handle.example.org:8000",
    username: "300:20.500.12345/USER ",
    password: "S3CR3T",
  });
  const { login, warnings } = parseCredentials(document, { source: "c.json" });
  expect(login).toMatchObject({ identity: { index: 300, handle: "20.500.12345/USER " } });
  expect(warnings).toEqual([expect.stringMatching(/^c\.json:1:\d+: "username" ends in a blank/)]);
});
