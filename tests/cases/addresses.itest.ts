import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { loadCredentials } from "@handlekit/credentials/file";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hdl } from "../support/hdl.ts";
import { type CaseServer, failureOf, HANDLE, readInput, startCaseServer } from "./support.ts";

let server: CaseServer;
let folder: string;
beforeAll(async () => {
  server = await startCaseServer();
  folder = await mkdtemp(join(tmpdir(), "addresses-"));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const handles = async () =>
  (await server.ask("GET", "/api/handles?prefix=20.500.12345&page=0&pageSize=1000")).json
    ?.handles as string[];

describe("24-list-prefix-with-slash", () => {
  it("is refused as Handle.Net refuses it", async () => {
    const lines = (await readInput("24-list-prefix-with-slash", "requests.txt")).trim().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const [method = "", target = ""] = line.split(" ");
      const { status, json } = await server.ask(method, target);
      expect([status, json?.responseCode]).toEqual([400, 301]);
    }
  });

  it.each([
    "20.500.12345/",
    "20.500.12345/abc",
    "0.NA/20.500.12345/",
    "",
    "/",
    "20.500.1234",
    "20.500.12345 ",
    "hdl:20.500.12345/",
  ])("is one of many prefixes that list nothing: %j", async (prefix) => {
    const { status, json } = await server.ask("GET", `/api/handles?prefix=${encodeURIComponent(prefix)}`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(json?.responseCode).not.toBe(1);
    const client = server.client();
    expect((await failureOf(() => client.count(prefix))).code).not.toBe("none");
    expect(
      (
        await failureOf(async () => {
          for await (const _ of client.list(prefix));
        })
      ).code,
    ).not.toBe("none");
  });
});

describe("25-server-url-with-api-path", () => {
  const name = "25-server-url-with-api-path";

  const attempt = async (file: string) => {
    const client = createClient(await loadCredentials(file), { transport: { ca: server.ca } });
    try {
      await client.read(HANDLE).catch((error: { code: string }) => {
        if (error.code !== "handle_not_found") throw error;
      });
      await client.create(HANDLE, { URL: "https://example.org/" });
    } finally {
      await client.close();
    }
  };

  it.each(["credentials.json", "credentials-prefix.json"])("creates nothing elsewhere: %s", async (input) => {
    const text = (await readInput(name, input)).replace("https://127.0.0.1:8000", server.https);
    const given = JSON.parse(text) as Record<string, string>;
    const { HTTPS_verify: _, ...rest } = given;
    const file = join(folder, input);
    const login = { ...rest, username: "300:0.NA/20.500.12345", password: "S3CR3T-of-the-cases" };
    await writeFile(file, JSON.stringify(login), { mode: 0o600 });
    await server.ask("DELETE", `/api/handles/${HANDLE}`);
    const { code, message } = await failureOf(() => attempt(file));
    if (code !== "none") expect(message).toContain("/api/handles");
    const made = (await handles()).map((handle) => handle.toUpperCase());
    expect(made.filter((handle) => handle.includes("API/HANDLES"))).toEqual([]);
    // Mended, or refused.
    expect(made.includes(HANDLE.toUpperCase())).toBe(code === "none");
  });

  it.each([
    ["/api/handles", true],
    ["/api/handles/", true],
    ["//api/handles//", true],
    ["/API/HANDLES", true],
    ["/api/handles?", true],
    ["/api/handles#top", true],
    ["/api/handles/20.500.12345", false],
    ["/api/handles/20.500.12345/x", false],
    ["/api/", false],
    ["/20.500.12345", false],
    ["/hdl:20.500.12345/x", false],
  ])("is one of many addresses: %s", async (path, works) => {
    await server.put(HANDLE, [{ index: 1, type: "URL", data: "https://example.org/" }]);
    const { code, message } = await failureOf(async () => {
      const client = createClient({ server: `${server.http}${path}` });
      const text = await client.readText(HANDLE, "URL").finally(() => client.close());
      expect(text).toBe("https://example.org/");
    });
    if (works) expect(message).toBe("");
    else
      expect([code, message]).toEqual([expect.not.stringMatching("none"), expect.stringMatching(/address/)]);
  });

  it("is mended by hdl, too", async () => {
    await server.put(HANDLE, [{ index: 1, type: "URL", data: "https://example.org/" }]);
    const { code, stdout } = await hdl("get", HANDLE, "--server", `${server.http}/api/handles/`);
    expect([code, stdout]).toEqual([0, expect.stringContaining("https://example.org/")]);
  });
});
