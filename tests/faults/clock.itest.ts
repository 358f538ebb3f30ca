// The clock of the server jumps a day forward and two days back between requests.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, encodeValues, handleKey, parseReference } from "@handlekit/core";
import { createHandleService } from "@handlekit/service";
import { openSqlite } from "@handlekit/store-sqlite";
import { expect, it } from "vitest";

const PREFIX = "20.500.12345";
const PASSWORD = "S3CR3T-of-the-clock";
const DAY = 24 * 3600 * 1000;
const NOON = Date.UTC(2026, 5, 1, 12);

it("writes, reads and logs in whatever the clock does, and no revision is used twice", async () => {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const { store, state, close } = await openSqlite({ file: join(folder, "store.sqlite") });
  let now = NOON;
  try {
    const value = { handle: `${PREFIX}/USER`, index: 300, permissions: "111111111111" };
    const admin = { index: 100, type: "HS_ADMIN", data: { format: "admin", value } } as const;
    const key = { index: 300, type: "HS_SECKEY", data: PASSWORD, permissions: "1100" } as const;
    await store.home(PREFIX);
    await store.commit(handleKey(`0.NA/${PREFIX}`), "absent", encodeValues([admin]));
    await store.commit(handleKey(`${PREFIX}/USER`), "absent", encodeValues([admin, key]));
    const service = createHandleService({ store, state, now: () => now });
    const basic = encodeBasic(parseReference(`300:${PREFIX}/USER`), encodeUtf8(PASSWORD));
    const ask = async (
      method: string,
      target: string,
      authorization?: string,
      values?: readonly object[],
    ) => {
      const { status, headers, body } = await service.respond({
        method,
        target,
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          ...(values === undefined ? {} : { "content-type": "application/json" }),
        },
        body: values === undefined ? new Uint8Array() : encodeUtf8(JSON.stringify({ values })),
        connection: { secure: true },
      });
      const text = new TextDecoder().decode(body);
      return { status, etag: headers.find(([name]) => name === "ETag")?.[1], text };
    };
    const path = `/api/handles/${PREFIX}/clock`;
    const revisions = new Set<string | undefined>();
    let session: string | undefined;
    for (const [i, jump] of [0, DAY, -2 * DAY, DAY, 365 * DAY, -400 * DAY].entries()) {
      now += jump;
      const written = await ask("PUT", path, basic, [
        admin,
        { index: 1, type: "URL", data: `https://x.org/${i}` },
      ]);
      expect(written.status).toBe(i === 0 ? 201 : 200);
      const read = await ask("GET", path);
      expect(read.text).toContain(`https://x.org/${i}`);
      expect(revisions.has(read.etag)).toBe(false);
      revisions.add(read.etag);

      // A session of before is either still good, or the login is asked for; never an error.
      if (session !== undefined) {
        const used = await ask("GET", path, `Handle sessionId="${session}"`);
        expect([200, 401]).toContain(used.status);
      }
      const opened = await ask("POST", "/api/sessions", basic);
      expect(opened.status).toBe(201);
      session = (JSON.parse(opened.text) as { sessionId: string }).sessionId;
      const used = await ask("GET", "/api/sessions/this", `Handle sessionId="${session}"`);
      expect([used.status, JSON.parse(used.text)]).toMatchObject([200, { authenticated: true }]);
    }
    expect((await ask("DELETE", path, basic)).status).toBe(200);
    expect((await ask("GET", path)).status).toBe(404);
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
});
