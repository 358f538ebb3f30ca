import { createArdcClient } from "@handlekit/ardc";
import { createBasicAuth } from "@handlekit/auth";
import { createClient } from "@handlekit/client";
import { isHandleError, type WireResponse } from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import { bytesTarget, type FuzzTarget, messageOf, textTarget } from "../target.ts";

const HANDLE = "20.500.12345/abc";
const JSON_TYPE = "content-type: application/json;charset=UTF-8";

/** A transport that answers each request with the same message. */
function answering(input: Uint8Array): Transport {
  const { first, headers, body } = messageOf(input);
  const status = /^[2-5]\d\d/.test(first) ? Number(first.slice(0, 3)) : 200;
  const response: WireResponse = { status, headers, body };
  return { send: async () => response, close: async () => {} } as Transport;
}

const login = { kind: "password", identity: { index: 300, handle: "20.500.12345/USER" }, password: "S3CR3T" };
const reverseLookup = { baseUrl: "https://h.example/hrls", username: "u", password: "S3CR3T" };

/** Waits for all calls, and throws an error of one of them that is no HandleError before the others. */
async function each(...calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const call of calls) await call().catch((error: unknown) => errors.push(error));
  const worst = errors.find((error) => !isHandleError(error)) ?? errors[0];
  if (worst !== undefined) throw worst;
}

async function first(items: AsyncIterable<unknown>): Promise<void> {
  let left = 100;
  for await (const _ of items) if (--left === 0) return;
}

export const clientTargets: readonly FuzzTarget[] = [
  textTarget(
    "client-arguments",
    [HANDLE, "20.500.12345", "300:20.500.12345/USER", "https://hdl.handle.net/1/%41"],
    (text) => {
      const ok = new TextEncoder().encode(
        `200\n\n{"responseCode":1,"handle":${JSON.stringify(text)},"values":[]}`,
      );
      const client = createClient({ server: "https://h.example", login, reverseLookup } as never, {
        transport: answering(ok),
      });
      return each(
        () => client.read(text),
        () => client.create(text, { URL: text }),
        () => client.modify(HANDLE, { [text]: text }),
        () => client.deleteValues(HANDLE, [text]),
        () => first(client.list(text, { onWarning: () => {} })),
        () => first(client.search({ URL: text }, { prefix: text })),
        async () => {
          createBasicAuth({ identity: text, password: text, origins: ["https://h.example"] });
        },
      );
    },
  ),
  bytesTarget(
    "client",
    [
      `200\n${JSON_TYPE}\netag: "a"\n\n{"responseCode":1,"handle":"${HANDLE}","values":[{"index":1,"type":"URL","data":{"format":"string","value":"https://example.org/"},"ttl":86400,"timestamp":"2026-01-02T03:04:05Z"},{"index":100,"type":"HS_ADMIN","data":{"format":"admin","value":{"handle":"0.NA/20.500.12345","index":200,"permissions":"011111110011"}}},{"index":2,"type":"10320/loc","data":{"format":"string","value":"<locations><location href=\\"https://a\\"/></locations>"}}]}`,
      `404\n${JSON_TYPE}\n\n{"responseCode":100,"handle":"${HANDLE}"}`,
      `201\n${JSON_TYPE}\n\n{"responseCode":1,"handle":"${HANDLE}"}`,
      `200\n${JSON_TYPE}\n\n{"responseCode":1,"prefix":"20.500.12345","totalCount":"2","page":0,"pageSize":2,"handles":["${HANDLE}","20.500.12345/b"]}`,
      `200\ncontent-type: application/json\n\n["${HANDLE}"]`,
      '401\nwww-authenticate: Basic realm="handle", Handle sessionId="a", nonce="AA=="\n\n{"responseCode":402}',
      "503\nretry-after: 5\ncontent-type: text/html\n\n<html>busy</html>",
    ],
    async (input) => {
      const client = createClient({ server: "https://h.example", login, reverseLookup } as never, {
        transport: answering(input),
      });
      await each(
        () => client.read(HANDLE),
        () => client.readText(HANDLE, "URL", { authenticated: true }),
        async () => String(await client.modify(HANDLE, { URL: "https://example.org/b" }, { dryRun: true })),
        () => client.create(HANDLE, { URL: "https://example.org/b" }),
        () => client.delete(HANDLE),
        () => client.locations.read(HANDLE),
        () => first(client.list("20.500.12345", { onWarning: () => {} })),
        () => first(client.search({ URL: "*" })),
      );
    },
  ),
  bytesTarget(
    "ardc-client",
    [
      '200\n\n<?xml version="1.0"?>\n<response type="success"><identifier handle="10378.1/2"><property index="1" type="URL" value="https://example.org/"/></identifier><timestamp>2026-01-02T03:04:05Z</timestamp><message type="user">Done</message></response>',
      '200\n\n<response type="success"><identifiers><identifier handle="10378.1/2"/><identifier handle="10378.1/3"/></identifiers><message type="user">Done</message></response>',
      '400\n\n<response type="failure"><message type="system">Authentication Failed</message></response>',
    ],
    async (input) => {
      const ardc = { appId: "a".repeat(40), sharedSecret: "S3CR3T", identifier: "I", authDomain: "D" };
      const client = createArdcClient({ ardc } as never, {
        url: "https://h.example/pids",
        transport: answering(input),
      });
      await each(
        () => client.mint({ url: "https://example.org/" }),
        () => client.getHandle("10378.1/2"),
        () => client.getHandlesByValue("a"),
        () => client.modifyValueByIndex("10378.1/2", 1, "https://example.org/b"),
        () => first(client.listHandles()),
        () => client.getOwnerHandle(),
      );
    },
  ),
];
