import { formatReference } from "@handlekit/core";
import { openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import {
  alias,
  createFixture,
  elementsOf,
  LATER,
  loc,
  path,
  readPage,
  textOf,
  url,
} from "./resolver-support.ts";
import { PREFIX } from "./support.ts";

const LOC =
  '<locations chooseby="locatt,weighted">' +
  '<location id="0" href="https://loc.example/a" weight="0.25"/>' +
  '<location id="1" href="https://loc.example/b" weight="0.75" view="alt" lang="de"/></locations>';

describe("where a handle leads", () => {
  it.each([
    ["the lowest index", [url("https://b.example/", 7), url("https://a.example/", 3)], "https://a.example/"],
    ["a subtype", [{ index: 1, type: "url.de", data: "https://a.example/" }], "https://a.example/"],
    ["no other type", [{ index: 1, type: "URLS", data: "https://a.example/" }], undefined],
    ["ftp", [url("ftp://a.example/file")], "ftp://a.example/file"],
    ["white space around", [url(" https://a.example/\n")], "https://a.example/"],
    ["only public values", [{ ...url("https://a.example/"), permissions: "1100" }], undefined],
    ["javascript:", [url("javascript:alert(1)")], undefined],
    ["javascript: with a host", [url("javascript://a.example/%0aalert(1)")], undefined],
    ["another scheme", [url("ldap://a.example/")], undefined],
    ["data:", [url("data:text/html,<script>alert(1)</script>")], undefined],
    ["no scheme", [url("//a.example/")], undefined],
    ["no host", [url("https://")], undefined],
    ["a host that is none", [url("https://[a/")], undefined],
    ["the first that is followed", [url("JavaScript:1"), url("HTTPS://A.example", 2)], "HTTPS://A.example"],
  ])("%s", async (_what, values, expected) => {
    const sorted = [...values].sort((a, b) => a.index - b.index);
    const { ask } = await createFixture({ x: sorted });
    const answer = await ask(path("x"));
    expect([answer.status, answer.header("Location")]).toEqual([expected ? 302 : 200, expected]);
  });

  it("percent-encodes what a header cannot hold, and gives a host its ASCII form", async () => {
    const { ask } = await createFixture({
      path: [url("https://a.example/é ☃\r\nSet-Cookie: a=b")],
      host: [url("https://bücher.example/ä")],
    });
    const answer = await ask(path("path"));
    expect(answer.header("Location")).toBe("https://a.example/%C3%A9%20%E2%98%83%0D%0ASet-Cookie:%20a=b");
    expect(answer.headers.map(([name]) => name)).not.toContain("Set-Cookie");
    expect((await ask(path("host"))).header("Location")).toBe("https://xn--bcher-kva.example/%C3%A4");
  });

  it.each([
    [{}, LATER],
    [{ ttl: 60 }, "Sat, 21 Nov 2026 19:22:28 GMT"],
    [{ ttl: 0 }, "Sat, 21 Nov 2026 19:21:28 GMT"],
    [{ ttl: -5 }, "Sat, 21 Nov 2026 19:21:28 GMT"],
    [{ ttl: 172_801 }, "Mon, 23 Nov 2026 19:21:28 GMT"],
    [{ ttl: "2030-01-02T03:04:05Z" }, "Mon, 23 Nov 2026 19:21:28 GMT"],
    [{ ttl: "2026-11-22T03:04:05Z" }, "Sun, 22 Nov 2026 03:04:05 GMT"],
    [{ ttl: "2020-01-02T03:04:05Z" }, "Thu, 02 Jan 2020 03:04:05 GMT"],
  ])("expires with the ttl %j", async (ttl, expected) => {
    const { ask } = await createFixture({ x: [{ ...url("https://a.example/"), ...ttl }] });
    expect((await ask(path("x"))).header("Expires")).toBe(expected);
  });

  it.each([
    ["?auth&cert&nocert", "https://a.example/"],
    ["?type=URL.DE", "https://a.example/de"],
    ["?index=2&index=3", "https://a.example/de"],
    ["?type=EMAIL", undefined],
    ["?noredirect=false", undefined],
    ["?action=redirect&noredirect", "https://a.example/"],
    ["?action=SHOWVALUES", undefined],
    ["?action=else", "https://a.example/"],
    ["?NOREDIRECT", "https://a.example/"],
    ["?index=abc", "https://a.example/"],
    ["?index=3&index=99999999999", "https://a.example/"],
    ["?type=URL.de;urlappend=%3Fa+b", "https://a.example/de?a+b"],
    ["?urlappend=x#y", "https://a.example/x"],
    ["?noredirect=YES", undefined],
    ["?urlappend=%3Fq%3D1%20%C3%A9", "https://a.example/?q=1%20%C3%A9"],
    ["?urlappend=%0D%0AX-Evil:1", "https://a.example/%0D%0AX-Evil:1"],
  ])("with the parameters %s", async (query, expected) => {
    const { ask } = await createFixture({
      x: [
        url("https://a.example/"),
        { index: 2, type: "EMAIL", data: "a@example.org" },
        { index: 3, type: "URL.de", data: "https://a.example/de" },
      ],
    });
    const answer = await ask(path("x") + query);
    expect([answer.status, answer.header("Location")]).toEqual([expected ? 302 : 200, expected]);
  });

  it.each(["@evil.example/", ".evil.example", ":8443/"])("refuses %s behind a bare host", async (append) => {
    const { ask } = await createFixture({ x: [url("https://a.example")] });
    const answer = await ask(`${path("x")}?urlappend=${encodeURIComponent(append)}`);
    expect([answer.status, answer.header("Location")]).toEqual([400, undefined]);
    expect((await ask(`${path("x")}?urlappend=/b`)).header("Location")).toBe("https://a.example/b");
  });

  it.each([
    ["GET", `/hdl:${PREFIX}/a+b%2Fc`],
    ["GET", `/HDL:${PREFIX}%2fA+B/c`],
    ["HEAD", path("a+b/c")],
    ["GET", `/?hdl=${PREFIX}/a%2Bb/c`],
    ["GET", `http://hdl.example:8000${path("a+b/c")}`],
    ["POST", path("a+b/c")],
  ])("%s %s", async (method, target) => {
    const { ask } = await createFixture({ "a+b/c": [url("https://a.example/")] });
    expect((await ask(target, { method })).header("Location")).toBe("https://a.example/");
  });

  it("keeps dot segments and a slash at the end", async () => {
    const { ask } = await createFixture({ "a/../b/": [url("https://a.example/")] });
    expect((await ask(path("a/../b/"))).status).toBe(302);
    expect((await ask(path("b/"))).status).toBe(404);
  });

  it("takes the handle and the parameters of a form", async () => {
    const { ask } = await createFixture({ x: [url("https://a.example/")] });
    const form = { "content-type": "application/x-www-form-urlencoded;charset=utf-8" };
    const post = (body: string, target = "/") => ask(target, { method: "POST", body, headers: form });
    expect((await post(`hdl=+hdl%3A${PREFIX}%2Fx+`)).header("Location")).toBe("https://a.example/");
    expect((await post(`hdl=${PREFIX}/x&noredirect=`)).status).toBe(200);
    expect((await post("noredirect=true", path("x"))).status).toBe(200);
    expect((await post("")).text).toContain('name="hdl"');
    const json = { method: "POST", body: "{", headers: { "content-type": "application/json" } };
    expect((await ask(path("x"), json)).status).toBe(302);
  });
});

describe("10320/loc", () => {
  it.each([
    [0, "https://loc.example/a"],
    [0.24, "https://loc.example/a"],
    [0.26, "https://loc.example/b"],
    [0.999, "https://loc.example/b"],
  ])("chance %d by weight, never a URL value", async (chance, expected) => {
    const { ask } = await createFixture(
      { x: [url("https://a.example/"), loc(LOC)] },
      { random: () => chance },
    );
    expect((await ask(path("x"))).header("Location")).toBe(expected);
  });

  it.each([
    ["locatt=id:1", "b"],
    ["locatt=view:alt&locatt=lang:de", "b"],
    ["locatt=view:alt&locatt=lang:fr", "b"],
    ["locatt=nothing", "a"],
    ["locatt=id:0", "a"],
  ])("?%s", async (query, expected) => {
    const { ask } = await createFixture({ x: [loc(LOC)] }, { random: () => 0 });
    expect((await ask(`${path("x")}?${query}`)).header("Location")).toBe(`https://loc.example/${expected}`);
  });

  it("counts in capitals too, with its own ttl, and filters take it away", async () => {
    const { ask } = await createFixture({
      x: [url("https://a.example/"), { ...loc(LOC), type: "10320/LOC", ttl: 60 }],
    });
    const answer = await ask(`${path("x")}?locatt=id:1`);
    expect(answer.header("Location")).toBe("https://loc.example/b");
    expect(answer.header("Expires")).toBe("Sat, 21 Nov 2026 19:22:28 GMT");
    expect((await ask(`${path("x")}?type=URL`)).header("Location")).toBe("https://a.example/");
  });

  it.each(["", "<other/>", '<!DOCTYPE a [<!ENTITY b "c">]><locations/>'])(
    "without locations is no hindrance: %j",
    async (xml) => {
      const { ask, log } = await createFixture({ x: [loc(xml, 1), url("https://a.example/", 2)] });
      expect((await ask(path("x"))).header("Location")).toBe("https://a.example/");
      expect(log.messages).toEqual([]);
    },
  );

  it.each(["<locations", "<l><location href='https://b.example/'/><location href='https://c"])(
    "that breaks off is left out, and the log names handle and place: %j",
    async (xml) => {
      const { ask, log } = await createFixture({ x: [loc(xml, 7), url("https://a.example/", 8)] });
      expect((await ask(path("x"))).header("Location")).toBe("https://a.example/");
      expect(log.messages).toEqual(["a 10320/loc value cannot be read and is left out"]);
      const [fields] = log.fields;
      expect(fields).toMatchObject({ handle: `${PREFIX}/x`, index: 7 });
      expect(fields?.reason).toMatch(/^line 1, column \d+: /);
      expect(JSON.stringify(fields)).not.toContain("stack");
    },
  );

  it("is left out when it is hidden", async () => {
    const { ask } = await createFixture({
      x: [url("https://a.example/"), { ...loc(LOC), permissions: "1100" }],
    });
    expect((await ask(path("x"))).header("Location")).toBe("https://a.example/");
  });

  it("never leads to another scheme, nor lists it", async () => {
    const xml = '<locations><location href="javascript:1"/><location href="https://b.example/"/></locations>';
    const { ask } = await createFixture({
      x: [loc(xml)],
      y: [loc('<locations><location href="data:,"/></locations>')],
    });
    expect((await ask(path("x"))).header("Location")).toBe("https://b.example/");
    expect((await ask(`${path("x")}?action=showurls`)).text).toBe(
      '<locations><location href="https://b.example/"/></locations>',
    );
    expect((await ask(path("y"))).status).toBe(200);
    expect((await ask(`${path("y")}?action=showurls`)).text).toContain("Handle record");
  });

  it("lists URL values with characters that XML has no form for", async () => {
    const { ask } = await createFixture({ x: [url("https://a.example/\u0001\uffff<&\"'")] });
    const list = elementsOf(readPage((await ask(`${path("x")}?action=showurls`)).text));
    expect(list[1]?.attributes.get("href")).toBe("https://a.example/%01%EF%BF%BF%3C&%22'");
  });
});

describe("HS_ALIAS", () => {
  const target = { target: [url("https://a.example/")] };

  it("is 301 on the host and the scheme of the request, parameters kept", async () => {
    const { ask } = await createFixture({ x: [alias(`${PREFIX}/target`)], ...target });
    const answer = await ask(`${path("x")}?locatt=id:1&urlappend=%2Fa`, { secure: true });
    expect(answer.status).toBe(301);
    expect(answer.header("Location")).toBe(
      `https://hdl.example:8000${path("target")}?locatt=id:1&urlappend=%2Fa`,
    );
    expect(answer.header("Expires")).toBe(LATER);
    expect(answer.text).toBe("");
  });

  it("drops hdl from the parameters of a form", async () => {
    const { ask } = await createFixture({ x: [alias(`${PREFIX}/target`)], ...target });
    const answer = await ask(`/?hdl=${PREFIX}/x&locatt=id:1`);
    expect(answer.header("Location")).toBe(`http://hdl.example:8000${path("target")}?locatt=id%3A1`);
  });

  it.each(["evil.example/x", "a b", "a\r\nX: y", "user@evil.example", "a:b", '"', ""])(
    "is relative when the host is %j",
    async (host) => {
      const { ask } = await createFixture({ x: [alias(`${PREFIX}/target`)], ...target });
      expect((await ask(path("x"), { headers: { host } })).header("Location")).toBe(path("target"));
    },
  );

  it.each(["[::1]:8000", "hdl.example", "127.0.0.1:8000"])("is absolute on %s", async (host) => {
    const { ask } = await createFixture({ x: [alias(`${PREFIX}/target`)], ...target });
    const answer = await ask(path("x"), { headers: { host } });
    expect(answer.header("Location")).toBe(`http://${host}${path("target")}`);
  });

  it("encodes the handle it leads to", async () => {
    const suffix = "a b?c#d%e/../é\r\nx";
    const { ask } = await createFixture({
      x: [alias(`${PREFIX}/${suffix}`)],
      [suffix]: [url("https://a.example/")],
    });
    const location = (await ask(path("x"))).header("Location") ?? "";
    expect(location).toMatch(/^[\x21-\x7e]+$/);
    expect((await ask(new URL(location).pathname)).header("Location")).toBe("https://a.example/");
  });

  it("is not followed with ignore_aliases, and inside with noredirect", async () => {
    const { ask } = await createFixture({
      x: [alias(`${PREFIX}/target`), url("https://own.example/", 2)],
      ...target,
    });
    expect((await ask(`${path("x")}?ignore_aliases`)).header("Location")).toBe("https://own.example/");
    expect((await ask(`${path("x")}?type=URL`)).header("Location")).toBe("https://own.example/");
    const page = textOf(readPage((await ask(`${path("x")}?noredirect`)).text));
    expect(page).toContain(`${PREFIX}/target`);
    expect(page).toContain("https://a.example/");
    expect(page).not.toContain("https://own.example/");
    const own = await ask(`${path("x")}?noredirect&ignore_aliases`);
    expect(textOf(readPage(own.text))).toContain("https://own.example/");
  });

  /** c1 leads to c2, and so on; the last of `count` to `end`. */
  const chain = (count: number, end: string) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `c${i + 1}`,
        [alias(`${PREFIX}/${i + 1 === count ? end : `c${i + 2}`}`)],
      ]),
    );

  it.each([1, 2, 12])("ends a loop of %d with 404", async (count) => {
    const { ask } = await createFixture(chain(count, "c1"));
    for (const query of ["", "?noredirect", "?action=showurls"]) {
      const answer = await ask(path("c1") + query);
      expect(answer.status).toBe(404);
      expect(answer.text).toContain("Alias chain too long");
    }
  });

  it.each([
    [20, 301],
    [21, 404],
  ])("follows a chain of %d with %d, straight to its end", async (count, status) => {
    const { ask } = await createFixture({ ...chain(count, "target"), ...target });
    const answer = await ask(path("c1"));
    expect(answer.status).toBe(status);
    if (status === 301) expect(answer.header("Location")).toBe(`http://hdl.example:8000${path("target")}`);
  });

  it.each([
    [`${PREFIX}/gone`, 404],
    ["9999/x", 400],
    [`hdl:${PREFIX}/target`, 400],
  ])("names the handle %s that it leads to in vain", async (to, status) => {
    const { ask } = await createFixture({ x: [alias(to)] });
    const answer = await ask(path("x"));
    expect([answer.status, textOf(readPage(answer.text)).includes(to)]).toEqual([status, true]);
  });
});

describe("what is no redirect", () => {
  it.each([
    [path("none"), 404],
    ["/9999/x", 400],
    ["/9999", 404],
    ["/a%zz", 400],
    [`${path("x")}?index=9`, 200],
    [path("a%ff"), 404],
    ["/", 200],
    ["/hdl:", 200],
    ["/?hdl=", 200],
    ["*", 404],
    ["", 200],
  ])("GET %s is a page with status %d", async (target, status) => {
    const { ask, log } = await createFixture({ x: [url("https://a.example/")] });
    const answer = await ask(target);
    expect([answer.status, answer.header("Content-Type")]).toEqual([status, "text/html;charset=utf-8"]);
    expect(() => readPage(answer.text)).not.toThrow();
    expect(log.messages).toEqual([]);
  });

  it.each(["PUT", "DELETE", "OPTIONS"])("%s is not allowed", async (method) => {
    const { ask } = await createFixture();
    const answer = await ask(path("x"), { method });
    expect([answer.status, answer.header("Allow")]).toEqual([405, "GET, HEAD, POST"]);
  });

  it.each(["PATCH", "get", ""])('"%s" is no method that the server knows', async (method) => {
    const { ask } = await createFixture();
    const answer = await ask(path("x"), { method });
    expect([answer.status, answer.text]).toEqual([
      501,
      `{"responseCode":4,"message":"Unknown method ${method}"}`,
    ]);
  });

  it("says that a handle is missing in the words that clients look for", async () => {
    const { ask } = await createFixture();
    expect((await ask(path("none"))).text).toMatch(/The handle you requested.+cannot be found/);
  });

  it("shows the record of a prefix, its list linked", async () => {
    const { ask, store } = await createFixture();
    const { encodeValue, handleKey } = await import("@handlekit/core");
    const list = [{ handle: `${PREFIX}/USER`, index: 300 }];
    const value = encodeValue({ index: 200, type: "HS_VLIST", data: { format: "vlist", value: list } });
    await store.commit(handleKey(`0.NA/${PREFIX}`), "absent", [value]);
    const answer = await ask(`/${PREFIX}`);
    expect(answer.status).toBe(200);
    const links = elementsOf(readPage(answer.text)).filter(({ name }) => name === "a");
    const found = links.find((link) => list[0] && textOf(link) === formatReference(list[0]));
    expect(found?.attributes.get("href")).toBe(`${path("USER")}?noredirect#value-300`);
  });

  it("is an error page when the store fails", async () => {
    const store = openMemory().store;
    const { ask, log } = await createFixture({}, { store });
    await store.close();
    const answer = await ask(path("x"));
    expect([answer.status, log.messages]).toEqual([500, ["unexpected error"]]);
    expect(answer.text).not.toContain("closed");
  });
});
