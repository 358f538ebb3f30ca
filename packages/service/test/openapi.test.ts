import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { apiRoutes } from "../src/api-routes.ts";
import type { ApiContext } from "../src/endpoints/context.ts";
import { describeApi } from "../src/openapi/document.ts";
import { RESOLVER_METHODS } from "../src/resolver/resolver.ts";
import { createFixture, headerOf } from "./support.ts";

type Operation = Readonly<Record<string, unknown>>;
const document = describeApi("/") as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>;
};
const methodsOf = (paths: readonly string[]) =>
  [...new Set(paths.flatMap((path) => Object.keys(document.paths[path] ?? {})))]
    .map((method) => method.toUpperCase())
    .sort();
const operations = Object.values(document.paths).flatMap((item) => Object.values(item));

describe("the description of the API", () => {
  it("is OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it("has the paths and methods of the route table, and no others", () => {
    const resolver = { name: "/{handle}", match: (path: string) => path, methods: RESOLVER_METHODS };
    // All paths of the ARDC service, which answers every method itself.
    const ardc = {
      name: "/pids/{service}",
      match: (path: string) => (path.startsWith("/pids/") ? path : undefined),
      methods: RESOLVER_METHODS,
    };
    const table = [...apiRoutes({ linkBase: "" } as ApiContext), ardc, resolver];
    const routeOf = (path: string) => table.find(({ match }) => match(path) !== undefined);
    for (const route of table) {
      const { name, methods } = route;
      const paths = Object.keys(document.paths).filter((path) => routeOf(path) === route);
      expect([name, methodsOf(paths)]).toEqual([name, [...(methods ?? [])].sort()]);
    }
    console.log(
      `${Object.keys(document.paths).length} paths of ${table.length} routes, ${operations.length} operations.`,
    );
  });

  it("points to components that exist, and uses all of them", () => {
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/([^"]*)"/g)].map(
      ([, pointer]) => pointer,
    );
    const { securitySchemes, ...others } = document.components;
    const components = Object.entries(others).flatMap(([kind, members]) =>
      Object.keys(members).map((name) => `${kind}/${name}`),
    );
    expect([...new Set(pointers)].sort()).toEqual(components.sort());
    const used = operations.flatMap(({ security }) =>
      (security as readonly object[]).flatMap((each) => Object.keys(each)),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(securitySchemes ?? {}).sort());
  });

  it("names each operation once", () => {
    const names = operations.flatMap(({ operationId }) => (operationId === undefined ? [] : [operationId]));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("/api/openapi.json", () => {
  it("is the description, for everybody and for caches", async () => {
    const { call } = await createFixture();
    const answer = await call("GET", "/api/openapi.json", { headers: { origin: "https://example.org" } });
    expect([answer.status, answer.json]).toEqual([200, document]);
    expect(headerOf(answer, "Content-Type")).toBe("application/json;charset=utf-8");
    expect(headerOf(answer, "Cache-Control")).toBe("public, max-age=3600");
    expect(headerOf(answer, "Access-Control-Allow-Origin")).toBe("https://example.org");
    expect((await call("GET", "/api/openapi.json", { secure: false })).text).toBe(answer.text);
  });

  it.each([
    [{ basePath: "/hdl" }, "/hdl/api/openapi.json", "/hdl"],
    [{ publicUrl: "https://example.org/pid" }, "/api/openapi.json", "/pid"],
  ])("names the path under which clients reach the service: %j", async (options, target, url) => {
    const { call } = await createFixture(options);
    expect((await call("GET", target)).json?.servers).toEqual([{ url }]);
  });
});
