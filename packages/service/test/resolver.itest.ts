import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHandleResolver, openMemory } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PREFIX, seed } from "./support.ts";

describe("the resolver alone on node:http", () => {
  const store = openMemory().store;
  const server = createServer(createNodeListener(createHandleResolver({ store })));
  let origin = "";

  beforeAll(async () => {
    await store.home(PREFIX);
    await seed(store, `${PREFIX}/x`, [{ index: 1, type: "URL", data: "https://a.example/\r\nX-Evil: ☃" }]);
    await seed(store, `${PREFIX}/y`, [{ index: 1, type: "HS_ALIAS", data: `${PREFIX}/x` }]);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it.each(["GET", "HEAD", "POST"])("redirects %s", async (method) => {
    const answer = await fetch(`${origin}/${PREFIX}/x`, { method, redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("https://a.example/%0D%0AX-Evil:%20%E2%98%83");
    expect(answer.headers.has("x-evil")).toBe(false);
    expect((await answer.text()) === "").toBe(method === "HEAD");
  });

  it("leads from an alias to its record", async () => {
    const answer = await fetch(`${origin}/${PREFIX}/y`, { redirect: "manual" });
    expect(answer.headers.get("location")).toBe(`${origin}/${PREFIX}/x`);
    const page = await fetch(`${origin}/${PREFIX}/y?noredirect`);
    expect([page.status, (await page.text()).includes(`<bdi>${PREFIX}/x</bdi>`)]).toEqual([200, true]);
  });

  it("has no REST API", async () => {
    expect((await fetch(`${origin}/api/handles/${PREFIX}/x`)).status).toBe(400);
    expect((await fetch(`${origin}/${PREFIX}/x`, { method: "PUT", body: "[]" })).status).toBe(405);
  });
});
