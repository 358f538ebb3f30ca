import { createHash } from "node:crypto";
import { encodeBase64, encodeUtf8, type HandleValueInput } from "@handlekit/core";
import { createHandleService } from "@handlekit/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html } from "../src/resolver/pages/html.ts";
import {
  alias,
  createFixture,
  elementsOf,
  LATER,
  loc,
  NOW,
  path,
  readPage,
  textOf,
  url,
  wellFormed,
} from "./resolver-support.ts";
import { admin } from "./support.ts";

const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</style></title><svg/onload=1>",
  "<!--",
  "-->",
  "]]>",
  "&lt;b&gt;",
  "&#60;",
  "javascript:alert(1)",
  'https://a.example/"><script>',
  "https://a.example/'onclick='1",
  "\r\nSet-Cookie: a=b",
  "\u202egnp.exe",
  "\u0000",
  "\ufffe",
  "/../",
  "//evil.example/",
  "%3Cscript%3E",
  "?noredirect#x",
];

/** Text of any characters, mixed with what is known to break pages. */
const text = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 4 })
  .map((parts) => parts.join(""));

const type = fc.oneof(
  fc.constantFrom("URL", "EMAIL", "10320/loc", "HS_ALIAS.x", "HS_ADMIN", "HS_SITE", "HS_PUBKEY", "21.T1/x"),
  text,
);

const data = fc.oneof(
  text,
  fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => ({ format: "base64" as const, value: encodeBase64(bytes) })),
);

const record = fc
  .array(fc.record({ type, data }), { maxLength: 4 })
  .map((values): HandleValueInput[] => values.map((value, i) => ({ index: i + 1, ...value })));

const ELEMENTS = new Set(
  (
    "html head meta title style body header main footer p h1 ul li a bdi div table thead tbody tr th td time span " +
    "dl dt dd details summary strong form label input button"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "lang charset name content class href rel role scope id datetime dir for action method type required " +
    "autocomplete autocapitalize spellcheck placeholder value"
  ).split(" "),
);

/** Fails when a page holds an element, an attribute or an address that no template of ours could have written. */
function expectHarmless(page: string): void {
  for (const { name, attributes } of elementsOf(readPage(page))) {
    expect(ELEMENTS).toContain(name);
    for (const attribute of attributes.keys()) expect(ATTRIBUTES).toContain(attribute);
    const href = attributes.get("href");
    if (href !== undefined) expect(href).toMatch(/^(\/(?!\/)|https?:\/\/|ftp:\/\/)/i);
  }
}

/** A text as a page shows it: separators of lines and paragraphs cannot be seen, and are named. */
const named = (shown: string) => shown.replaceAll("\u2028", "[U+2028]").replaceAll("\u2029", "[U+2029]");

const isPage = (answer: { header(name: string): string | undefined }) =>
  answer.header("Content-Type")?.startsWith("text/html") ?? false;

describe("whatever stands in a record", () => {
  it("reaches a page as text, and no header", async () => {
    await fc.assert(
      fc.asyncProperty(record, text, async (values, suffix) => {
        // Blanks and characters without width are cut off at the ends of a handle.
        const name = `${suffix}x`;
        const { ask, log } = await createFixture({ [name]: values });
        const target = `${path(encodeURIComponent(wellFormed(name)))}`;
        for (const query of ["", "?noredirect", "?action=showurls", "?urlappend=x"]) {
          const answer = await ask(target + query);
          expect([200, 302, 400, 404]).toContain(answer.status);
          for (const [, value] of answer.headers) expect(value).toMatch(/^[\x20-\x7e]*$/);
          if (answer.status === 302) expect(answer.header("Location")).toMatch(/^(https?|ftp):\/\//i);
          if (isPage(answer)) expectHarmless(answer.text);
        }
        expect(log.messages.filter((message) => message === "unexpected error")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("is shown to the last character", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1 }), async (shown) => {
        const { ask } = await createFixture({ x: [{ index: 1, type: shown, data: shown }] });
        const page = readPage((await ask(`${path("x")}?noredirect`)).text);
        const cells = elementsOf(page).filter(({ attributes }) =>
          /^(type|text)$/.test(attributes.get("class") ?? ""),
        );
        expect(cells.map(textOf)).toEqual([named(shown), named(shown)]);
      }),
      { examples: [["<b>"], ["&amp;"], ["'\""], ["a\u2028b\u2029"]] },
    );
  });

  it("does not change the tags of the page", async () => {
    const tags = async (suffix: string, shown: string) => {
      const { ask } = await createFixture({ [`${suffix}x`]: [{ index: 1, type: "NOTE", data: shown }] });
      const answer = await ask(`${path(encodeURIComponent(`${suffix}x`))}?noredirect`);
      return elementsOf(readPage(answer.text)).map(({ name, attributes }) => [name, [...attributes.keys()]]);
    };
    const plain = await tags("x", "x");
    // An address becomes a link, and NUL makes the data binary.
    for (const hostile of HOSTILE.filter((one) => !/^https:|\0/.test(one))) {
      expect(await tags(hostile, hostile)).toEqual(plain);
    }
  });
});

describe("whatever is asked", () => {
  it("as any bytes of a 10320/loc value is an answer, and never hides the URL", async () => {
    const markup = fc
      .string({
        unit: fc.constantFrom(
          "<locations",
          "<location",
          ' href="https://a.example/"',
          "/>",
          ">",
          "&",
          '"',
          "<!-- ",
          "\0",
          "é",
        ),
      })
      .map((text) => Buffer.from(text));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      markup,
      fc.tuple(markup, fc.uint8Array()).map(Buffer.concat),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (value) => {
        const data = { format: "base64", value: Buffer.from(value).toString("base64") } as const;
        const { ask, log } = await createFixture({
          x: [url("https://u.example/"), { index: 2, type: "10320/loc", data }],
        });
        const { status, header } = await ask(path("x"));
        expect(status).toBe(302);
        expect(header("location")).toMatch(/^https:\/\/[ua]\.example\//);
        for (const field of log.fields) expect(field).toMatchObject({ handle: path("x").slice(1), index: 2 });
        expect((await ask(`${path("x")}?noredirect`)).status).toBe(200);
      }),
      { numRuns: 300 },
    );
  });

  it("gets an answer, never an error of ours", async () => {
    const { ask, log } = await createFixture({ x: [alias("9999/\r\n<")], y: [url("https://a.example/")] });
    const target = fc.oneof(
      text,
      text.map((rest) => `/${rest}`),
      text.map((rest) => path(`y${rest}`)),
      text.map((rest) => `${path("y")}?${rest}`),
      fc
        .tuple(fc.constantFrom("index", "type", "urlappend", "locatt", "action", "hdl"), text)
        .map(([name, value]) => `${path("y")}?${name}=${encodeURIComponent(wellFormed(value))}`),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
    );
    await fc.assert(
      fc.asyncProperty(target, text, fc.constantFrom("GET", "POST"), async (asked, body, method) => {
        const headers = { "content-type": "application/x-www-form-urlencoded", host: body };
        const answer = await ask(asked, { method, body, headers });
        expect(answer.status).toBeLessThan(500);
        for (const [, value] of answer.headers) expect(value).toMatch(/^[\x20-\x7e]*$/);
        if (isPage(answer)) expectHarmless(answer.text);
      }),
      { numRuns: 500 },
    );
    expect(log.messages).toEqual([]);
  });
});

describe("a page", () => {
  it.each(["/", path("none"), path("x"), "/9999/x", "/%zz"])(
    "%s runs nothing and loads nothing",
    async (target) => {
      const { ask } = await createFixture({ x: [] });
      const answer = await ask(target);
      const style = /<style>([^<]*)<\/style>/.exec(answer.text)?.[1] ?? "";
      const hash = createHash("sha256").update(style).digest("base64");
      const form = target === "/" ? "'self' http: https: ftp:" : "'self'";
      expect(answer.header("Content-Security-Policy")).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action ${form}; base-uri 'none'; frame-ancestors 'none'`,
      );
      expect(answer.header("X-Content-Type-Options")).toBe("nosniff");
      expect(answer.header("Referrer-Policy")).toBe("strict-origin-when-cross-origin");
    },
  );

  it("goes with a redirect, without a policy on referrers", async () => {
    const { ask } = await createFixture({ x: [url("https://a.example/?a=1&b='<>\"")] });
    const answer = await ask(path("x"));
    expect(answer.header("Content-Security-Policy")).toMatch(/^default-src 'none'; form-action/);
    expect(answer.header("Referrer-Policy")).toBeUndefined();
    expect(textOf(readPage(answer.text))).toContain("https://a.example/?a=1&b='<>\"");
  });

  it("never shows what is not public, and no secret key at all", async () => {
    const { ask } = await createFixture({
      x: [
        { index: 1, type: "NOTE", data: "seen" },
        { index: 2, type: "NOTE", data: "concealed", permissions: "1100" },
        { index: 3, type: "hs_seckey", data: "S3CR3T-key" },
      ],
    });
    for (const query of ["", "?noredirect", "?index=3", "?type=HS_SECKEY", "?index=2"]) {
      const { text: shown } = await ask(path("x") + query);
      // No comparison of the whole text: a failure would print it.
      expect([shown.includes("S3CR3T"), shown.includes("concealed")]).toEqual([false, false]);
    }
    expect((await ask(path("x"))).text).toContain("seen");
  });

  it("takes apart what has a structure", async () => {
    const site = {
      version: 1,
      protocolVersion: "2.11",
      serialNumber: 7,
      primarySite: true,
      multiPrimary: false,
      attributes: [{ name: "desc", value: "<b>here</b>" }],
      servers: [
        {
          serverId: 3,
          address: "192.0.2.7",
          interfaces: [{ query: true, admin: true, protocol: "HTTPS" as const, port: 8001 }],
        },
      ],
    };
    const n = `${"_".repeat(342)}`;
    const { ask } = await createFixture({
      x: [
        { index: 1, type: "HS_SITE", data: { format: "site", value: site } },
        { index: 2, type: "HS_PUBKEY", data: { format: "key", value: { kty: "RSA", n, e: "AQAB" } } },
        loc('<locations chooseby="weighted"><location id="4" href="https://a.example/"/></locations>', 3),
        { index: 4, type: "BYTES", data: { format: "base64", value: encodeBase64(new Uint8Array(5000)) } },
        { index: 5, type: "LONG", data: `${"word ".repeat(200)}end` },
        { index: 6, type: "21.T11148/abc", data: "typed", ttl: "2030-01-02T03:04:05Z" },
        { index: 7, type: "FROM", data: "x", references: [{ handle: "9999/ref", index: 5 }] },
        { index: 8, type: "NOTE", data: "x", ttl: 0 },
        admin(),
      ],
    });
    const page = readPage((await ask(`${path("x")}?noredirect`)).text);
    const cells = new Map(
      elementsOf(page)
        .filter(({ name }) => name === "tr")
        .map((row) => [row.attributes.get("id"), textOf(row).replace(/\s+/g, " ")]),
    );
    for (const [index, shown] of [
      [1, "primary"],
      [1, "3 at 192.0.2.7"],
      [1, "HTTPS 8001: queries, administration"],
      [1, "<b>here</b>"],
      [2, "RSA public key, 2048 bits"],
      [3, "id: 4"],
      [3, "chosen by weighted"],
      [4, "5,000 bytes, in base64"],
      [5, "(1,003 characters)"],
      [5, "word end"],
      [6, "until 2030-01-02 03:04:05 UTC"],
      [7, "refers to5:9999/ref"],
      [8, "0 seconds"],
      [100, "add handle, delete handle, modify value"],
      [100, "1 day"],
      [100, "2023-11-14 22:13:20 UTC"],
    ] as const) {
      expect(cells.get(`value-${index}`)).toContain(shown);
    }
    expect(cells.get("value-4")?.length).toBeLessThan(300);
    const links = elementsOf(page).map(({ attributes }) => attributes.get("href"));
    expect(links).toContain("/21.T11148/abc?noredirect");
    expect(links).toContain("/0.NA/20.500.12345?noredirect#value-200");
  });

  it("marks links off the server, and characters that cannot be seen", async () => {
    const { ask } = await createFixture({
      x: [url("https://a.example/"), { index: 2, type: "NOTE\u202e", data: "a\u200bb\u000bc" }],
    });
    const page = readPage((await ask(`${path("x")}?noredirect`)).text);
    const link = elementsOf(page).find(({ attributes }) => attributes.get("href") === "https://a.example/");
    expect(link?.attributes.get("rel")).toBe("noopener noreferrer nofollow");
    for (const shown of ["NOTE[U+202E]", "a[U+200B]b[U+000B]c"]) expect(textOf(page)).toContain(shown);
  });

  it("links to the REST API only where there is one", async () => {
    const { ask, store, log } = await createFixture({ "a b": [] });
    const asked = `${path("a%20b")}`;
    expect((await ask(asked)).text).not.toContain("/api/handles");
    const answer = await createHandleService({ store, log, now: () => NOW }).respond({
      method: "GET",
      target: asked,
      headers: {},
      body: encodeUtf8(""),
      connection: { secure: true },
    });
    const links = elementsOf(readPage(new TextDecoder().decode(answer.body)));
    expect(links.map(({ attributes }) => attributes.get("href"))).toContain(
      `/api/handles${path("a%20b")}?pretty`,
    );
  });

  it("is whole for HEAD: the adapter leaves the body out", async () => {
    const { ask } = await createFixture({ x: [url("https://a.example/")] });
    const [head, get] = [await ask(path("x"), { method: "HEAD" }), await ask(path("x"))];
    const headers = get.headers.filter(([name]) => name !== "Vary");
    expect([head.status, head.headers, head.text]).toEqual([get.status, headers, get.text]);
    expect(head.header("Expires")).toBe(LATER);
  });
});

describe("html", () => {
  it("escapes every part but markup", () => {
    const inner = html`<b>${"<&>"}</b>`;
    expect(html`<i title="${`"'`}">${[inner, 1, undefined, "a"]}</i>`.html).toBe(
      '<i title="&quot;&#39;"><b>&lt;&amp;&gt;</b>1a</i>',
    );
  });
});
