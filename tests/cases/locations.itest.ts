import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CaseServer, HANDLE, type RecordFile, readCase, startCaseServer } from "./support.ts";

let server: CaseServer;
beforeAll(async () => {
  server = await startCaseServer();
});
afterAll(() => server?.stop());

const FALLBACK = "https://fallback.example.org/";
const OLD = "https://old.example.org/";
const NEW = "https://new.example.org/";

async function putCase(name: string, file: string): Promise<void> {
  const { handle, values } = await readCase<RecordFile>(name, file);
  expect((await server.put(handle, values)).status).toBeLessThan(202);
}

async function putLoc(xml: string, { type = "10320/loc", url = true } = {}): Promise<void> {
  const values = [...(url ? [{ index: 1, type: "URL", data: FALLBACK }] : []), { index: 2, type, data: xml }];
  expect((await server.put(HANDLE, values)).status).toBeLessThan(202);
}

const target = async (query = "") => {
  const { status, location } = await server.ask("GET", `/${HANDLE}${query}`, { url: server.http });
  return [status, location];
};

describe("01-loc-remove-loses-templates", () => {
  const name = "01-loc-remove-loses-templates";
  it.each([
    ["record.json", "href_template="],
    ["record-include.json", "include="],
  ])("keeps what is still in effect: %s", async (file, kept) => {
    await putCase(name, file);
    const { locations } = server.client();
    await locations.remove(HANDLE, OLD);
    const [text, ...more] = await server.textsOf(HANDLE, "10320/loc");
    expect(more).toEqual([]);
    expect(text).toContain(kept);
    expect(text).not.toContain(OLD);
    expect(await locations.isEmpty(HANDLE)).toBe(false);
  });

  it.each([
    ["nshdl as attribute", '<locations nshdl="a/b">%</locations>'],
    ["overridePrefix", '<locations overridePrefix="a/b">%</locations>'],
    ["includeNamespace", '<locations includeNamespace="a/b">%</locations>'],
    ["include as element", "<locations><include>20.500.12345/c</include>%</locations>"],
    ["includeNamespace as element", "<locations><includeNamespace>a/b</includeNamespace>%</locations>"],
    [
      "a template in other case",
      '<locations><LOCATION href_template="https://t.example.org/{hdl}"/>%</locations>',
    ],
    ["loc_template", '<locations><loc_template href_template="https://t.example.org/{hdl}"/>%</locations>'],
    ["a location without href", '<locations><location rel="describedby" id="5"/>%</locations>'],
    ["an empty href", '<locations><location href="" id="5"/>%</locations>'],
  ])("keeps the rest: %s", async (_, pattern) => {
    await putLoc(pattern.replace("%", `<location id="1" href="${OLD}"/>`));
    const { locations } = server.client();
    await locations.remove(HANDLE, OLD);
    expect(await server.textsOf(HANDLE, "10320/loc")).toEqual([pattern.replace("%", "")]);
    expect(await locations.isEmpty(HANDLE)).toBe(false);
  });

  it("deletes the value when no location at all is left", async () => {
    await putLoc(`<locations chooseby="weighted"><location href="${OLD}"/></locations>`);
    const { locations } = server.client();
    await locations.remove(HANDLE, OLD);
    expect(await server.textsOf(HANDLE, "10320/loc")).toEqual([]);
    expect(await locations.isEmpty(HANDLE)).toBe(true);
  });
});

describe("02-loc-bare-ampersand", () => {
  const name = "02-loc-bare-ampersand";
  it("redirects as Handle.Net does", async () => {
    await putCase(name, "record.json");
    expect(await target()).toEqual([302, "https://example.org/d?a=1&b=2"]);
    await putCase(name, "record-template.json");
    expect(await target()).toEqual([302, "https://data.example.org/20.500.12345%2Fx"]);
  });

  it("can be read and edited", async () => {
    await putCase(name, "record.json");
    const { locations } = server.client();
    expect(await locations.isEmpty(HANDLE)).toBe(false);
    const read = await locations.read(HANDLE);
    expect(read?.entries.map(({ href }) => href)).toEqual(["https://example.org/d?a=1&b=2"]);
    expect(JSON.stringify(read?.warnings)).toContain("&");
    await locations.add(HANDLE, NEW);
    await locations.exchange(HANDLE, "https://example.org/d?a=1&b=2", "https://example.org/e?a=1&b=2");
    const hrefs = (await locations.read(HANDLE))?.entries.map(({ href }) => href);
    expect(hrefs).toEqual(["https://example.org/e?a=1&b=2", NEW]);
  });

  const A = "https://a.example.org/";
  it.each([
    ["unquoted attributes", `<locations><location href=${A} weight=1 /></locations>`],
    ["single quotes, no blanks", `<locations><location href='${A}'weight='1'/></locations>`],
    ["another root", `<Anything xmlns="x"><LOCATION href="${A}"></LOCATION></Anything>`],
    ["text of Python's bytes", `b'<locations><location href="${A}" /></locations>'`],
    [
      "a BOM and a declaration",
      `\ufeff<?xml version="1.0"?>\n<locations><location href="${A}"/></locations>`,
    ],
    ["a DOCTYPE", `<!DOCTYPE locations [<!ENTITY x "y">]><locations><location href="${A}"/></locations>`],
    ["no end of the root", `<locations><location href="${A}"/>`],
    ["garbage behind", `<locations><location href="${A}"/></locations>\0<<garbage`],
    ["a location without an end", `<locations><location href="${A}"></locations>`],
    ["a foreign end tag", `<locations></x><location href="${A}"/></locations>`],
    ["an unknown entity", `<locations><location href="${A}" label="&nbsp;&copy;"/></locations>`],
    ["< in a value", `<locations><location href="${A}" label="a < b"/></locations>`],
    ["a repeated attribute", `<locations><location href="https://z.example.org/" href="${A}"/></locations>`],
    ["an attribute without a value", `<locations><location primary href="${A}"/></locations>`],
  ])("is one of many: %s", async (_, xml) => {
    await putLoc(xml);
    expect(await target()).toEqual([302, A]);
    const { locations } = server.client();
    expect(await locations.contains(HANDLE, A)).toBe(true);
    expect(await locations.isEmpty(HANDLE)).toBe(false);
    await locations.add(HANDLE, NEW);
    await locations.exchange(HANDLE, A, OLD);
    // The new one is not inside of an element without an end tag, so it may be the first.
    expect((await locations.read(HANDLE))?.entries.map(({ href }) => href).sort()).toEqual([NEW, OLD]);
    await locations.remove(HANDLE, [OLD, NEW]);
    expect(await locations.isEmpty(HANDLE)).toBe(true);
  });
});

describe("04-loc-href-template", () => {
  const name = "04-loc-href-template";
  it.each(["record.json", "record-with-url.json"])("is filled in: %s", async (file) => {
    await putCase(name, file);
    expect(await target()).toEqual([302, "https://example.org/view?id=20.500.12345%2Fx"]);
    const appended = [302, "https://example.org/view?id=20.500.12345%2Fx&x=1"];
    expect(await target("?urlappend=%26x=1")).toEqual(appended);
  });

  it.each([
    ['http_sc="301"', "", [301, "https://a.example.org/"]],
    ['http_sc="303"', 'http_sc="307"', [307, "https://a.example.org/"]],
    ['http_sc="200"', "", [302, "https://a.example.org/"]],
    ['no_legacy="true" urlWeight="1000000"', 'weight="0"', [302, "https://a.example.org/"]],
    ['urlWeight="1"', 'weight="0"', [302, FALLBACK]],
    ['chooseby="locatt"', 'id="5"', [302, "https://a.example.org/"], "?locatt=id:5"],
    ["", 'score="1" weight="0"', [302, "https://a.example.org/"]],
    ["", 'addresses="127.0.0.0/8,::1" weight="0"', [302, "https://a.example.org/"]],
  ])(
    "is one of the obeyed attributes: root %s, location %s",
    async (root, location, expected, query = "") => {
      await putLoc(`<locations ${root}><location href="https://a.example.org/" ${location}/></locations>`);
      expect(await target(query)).toEqual(expected);
    },
  );

  it("has two encodings of the handle", async () => {
    await putLoc(
      '<locations><location href_template="https://a.example.org/{hdl:path}?{hdl}{x}"/></locations>',
    );
    expect(await target()).toEqual([302, "https://a.example.org/20.500.12345/x?20.500.12345%2Fx%7Bx%7D"]);
  });
});

describe("06-loc-empty-value", () => {
  const name = "06-loc-empty-value";
  const empty = async () => {
    const { locations } = server.client();
    expect(await locations.isEmpty(HANDLE)).toBe(true);
    expect(await locations.contains(HANDLE, NEW)).toBe(false);
    const [type = "10320/loc"] = (await server.client().read(HANDLE)).values
      .map((value) => value.type)
      .filter((each) => each !== "URL");
    await locations.add(HANDLE, NEW);
    return server.textsOf(HANDLE, type);
  };
  const LIST = `<locations><location id="0" href="${NEW}"/></locations>`;

  it.each(["record.json", "record-blank.json"])("holds no locations: %s", async (file) => {
    await putCase(name, file);
    expect(await target()).toEqual([302, FALLBACK]);
    expect(await empty()).toEqual([LIST]);
    await putCase(name, file);
    await server.client().locations.remove(HANDLE, NEW);
    expect(await target()).toEqual([302, FALLBACK]);
  });

  it.each(["<locations/>", "<locations></locations>", "<locations>\n</locations>", "\n\n", "\t", "\ufeff"])(
    "nor does %j",
    async (xml) => {
      await putLoc(xml);
      expect(await target()).toEqual([302, FALLBACK]);
      expect((await empty())[0]).toContain(`<location id="0" href="${NEW}"/>`);
    },
  );

  it.each(["null", "None", "https://example.org/", "b''"])(
    "text without a tag, such as %j, is edited too",
    async (text) => {
      await putLoc(text);
      expect(await target()).toEqual([302, FALLBACK]);
      expect(await server.client().locations.isEmpty(HANDLE)).toBe(true);
      await server.client().locations.add(HANDLE, NEW);
      expect(await target()).toEqual([302, NEW]);
    },
  );
});

describe("09-loc-country-parameter", () => {
  const name = "09-loc-country-parameter";
  it("is handed to the choice", async () => {
    await putCase(name, "record.json");
    for (const country of ["gb", "GB"]) {
      expect(await target(`?country=${country}`)).toEqual([302, "https://uk.example.org/"]);
    }
    expect(await target("?country=fr")).toEqual([302, "https://www1.example.org/"]);
    expect(await target("?country=gb&country=fr")).toEqual([302, "https://uk.example.org/"]);
  });

  it.each([
    ["?locatt=country:gb", "https://uk.example.org/"],
    ["?locatt=id:0", "https://uk.example.org/"],
    ["?locatt=id:7", "https://www1.example.org/"],
    ["?type=10320/loc&country=gb", "https://uk.example.org/"],
    ["?country=gb&urlappend=x", "https://uk.example.org/x"],
    ["?noredirect=false&country=gb", undefined],
  ])("is one of the parameters: %s", async (query, location) => {
    await putCase(name, "record.json");
    expect((await target(query))[1]).toBe(location);
  });
});

describe("22-url-before-subtype", () => {
  const name = "22-url-before-subtype";
  it("goes to URL", async () => {
    await putCase(name, "record.json");
    expect(await target()).toEqual([302, "https://plain.example.org/"]);
  });

  it.each([
    [["URL.EN", "URL.DE"], "https://0.example.org/"],
    [["URL.EN", "0.TYPE/URL", "URL"], "https://1.example.org/"],
    [["URL.", "uRL"], "https://1.example.org/"],
    [["URLX", "URL.X"], "https://1.example.org/"],
    [["EMAIL", "URI", "URN"], undefined],
  ])("chooses among %j", async (types, location) => {
    await server.put(
      HANDLE,
      types.map((type, i) => ({ index: i + 1, type, data: `https://${i}.example.org/` })),
    );
    expect((await target())[1]).toBe(location);
  });

  it("gives a subtype no weight beside 10320/loc and URL, and beside 10320/loc alone that of URL", async () => {
    const list = (weight: number) => ({
      index: 9,
      type: "10320/loc",
      data: `<locations><location href="https://a.example.org/" weight="${weight}"/></locations>`,
    });
    const english = { index: 1, type: "URL.EN", data: "https://en.example.org/" };
    await server.put(HANDLE, [english, { index: 2, type: "URL", data: FALLBACK }, list(1)]);
    for (let i = 0; i < 20; i++) expect(await target()).toEqual([302, "https://a.example.org/"]);
    await server.put(HANDLE, [english, list(1)]);
    for (let i = 0; i < 20; i++) expect(await target()).toEqual([302, "https://a.example.org/"]);
  });
});

describe("30-loc-warning-names-no-handle", () => {
  const name = "30-loc-warning-names-no-handle";
  const linesFor = (from: number) =>
    server
      .log()
      .slice(from)
      .split("\n")
      .filter((line) => line.includes("10320/loc"));

  it("names handle and index, on one line without a stack", async () => {
    await putCase(name, "record.json");
    const from = server.log().length;
    expect(await target()).toEqual([302, FALLBACK]);
    await target();
    const lines = linesFor(from);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ level: "warn", handle: HANDLE, index: 2 });
      expect(line).not.toMatch(/stack|\bat .*\.[jt]s/);
    }
  });

  it.each([
    ["that is not UTF-8", { format: "base64", value: "/v8=" }],
    ["that ends in a comment", '<locations><!-- <location href="https://a.example.org/"/>'],
    ["that ends in a quoted value", '<locations><location href="https://a.example.org/'],
  ])("also for a value %s", async (_, data) => {
    await server.put(HANDLE, [
      { index: 1, type: "URL", data: FALLBACK },
      { index: 2, type: "10320/loc", data },
    ]);
    const from = server.log().length;
    expect(await target()).toEqual([302, FALLBACK]);
    const lines = linesFor(from);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      lines.map(() => ({ handle: HANDLE, index: 2 })),
    );
    expect(lines.length).toBeLessThan(2);
  });
});
