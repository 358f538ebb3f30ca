// `hdl why` against real servers: it names what is missing, and the one change that it names, once it is made, grants the
// operation on the server.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuth } from "@handlekit/auth";
import { createClient, type HandleClient } from "@handlekit/client";
import { type HandleValue, parseReference, secret } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { createTransport, type Transport } from "@handlekit/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, list, secretKey } from "../support/handle-values.ts";
import { type Finished, hdl } from "../support/hdl.ts";
import { createSite, PREFIX, type Site } from "../support/site.ts";
import { whyCases } from "./why-cases.ts";

const PASSWORD = "S3CR3T-of-the-user";

const CASES = whyCases("20.600");

interface Answer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly change: { readonly kind: string; readonly handle: string; readonly value: HandleValue } | null;
  readonly notes: readonly string[];
  readonly unread: readonly { readonly handle: string; readonly why: string }[];
}

/** The administrator may do everything. */
let site: Site;
let transport: Transport;
let root: HandleClient;

beforeAll(async () => {
  site = await createSite("--server-admins", `300:${PREFIX}/ADMIN`, "--server-admin-full-access", "on");
  const credentials = { ...(await loadCredentials(site.credentials.password)), server: site.url };
  const ca = await readFile(join(site.directory, "server-certificate.pem"), "utf8");
  transport = createTransport({ ca });
  root = createClient(credentials, { transport, modifyAdmin: true });
  for (const [i] of CASES.entries()) {
    const strategy = createAuth(credentials);
    const request = { method: "POST", url: `${site.url}/api/prefixes/0.NA/20.600.${i}`, headers: {} };
    const { status } = await transport.send(request, { strategy });
    expect(status).toBe(200);
  }
});
afterAll(async () => {
  await root?.close();
  await transport?.close();
  await site?.remove();
});

const ca = () => join(site.directory, "server-certificate.pem");
const why = (...args: readonly string[]) => hdl("why", ...args, "--json");
const online = (...args: readonly string[]) => why(...args, "--server", site.url, "--ca", ca());
const answer = ({ stdout, stderr }: Finished) => {
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Answer;
};

/** Writes a record as it is, with no HS_ADMIN value that it does not have. */
async function write(handle: string, values: Parameters<HandleClient["create"]>[1] & readonly object[]) {
  const without = values.every((value) => !("type" in value) || value.type !== "HS_ADMIN");
  await root.create(handle, values, { overwrite: true });
  if (without) await root.deleteValues(handle, ["HS_ADMIN"]);
}

describe("the one change", () => {
  it.each(CASES.map(({ name }, i) => [name, i] as const))("%s", async (_, i) => {
    const prefix = `20.600.${i}`;
    const found = whyCases(prefix)[i];
    if (found === undefined) throw new Error("there is no such case");
    const user = `300:${prefix}/USER`;
    await write(`${prefix}/USER`, [secretKey(300, PASSWORD), admin(100, user)]);
    for (const [handle, values] of Object.entries(found.records)) await write(handle, values);
    const login = {
      kind: "password",
      identity: parseReference(user),
      password: secret(PASSWORD),
    } as const;
    const client = createClient({ server: site.url, login }, { transport, modifyAdmin: true, owner: user });

    await expect(found.act(client)).rejects.toMatchObject({ code: "permission_denied" });
    const before = await online(user, ...found.ask);
    const { allowed, reason, change, notes, unread } = answer(before);
    expect({ code: before.code, allowed, reason }).toEqual({
      code: 5,
      allowed: false,
      reason: found.reason,
    });
    expect([change?.kind, change?.handle, change?.value.index]).toEqual(found.change);
    const said = [...notes, ...unread.map((each) => `${each.handle} ${each.why}`)].join("\n");
    expect(said).toContain(found.note ?? "");
    expect(said === "").toBe(found.note === undefined);

    if (change === null) throw new Error("there is no change");
    if (change.kind === "create_record") await root.create(change.handle, [change.value]);
    else await root.modify(change.handle, [change.value]);
    const after = await online(user, ...found.ask);
    expect({ code: after.code, ...answer(after) }).toMatchObject({ code: 0, allowed: true, change: null });
    await found.act(client);
    await client.close();
  });
});

describe("hdl why", () => {
  it("answers the same from a file of records", async () => {
    const prefix = "20.600.0";
    const handles = [`0.NA/${prefix}`, `${prefix}/GROUP`, `${prefix}/a`];
    await write(`0.NA/${prefix}`, [admin(100, `200:0.NA/${prefix}`), list(200, `200:${prefix}/GROUP`)]);
    await write(`${prefix}/GROUP`, [list(200, `300:${prefix}/MEMBER`), admin(100, `200:0.NA/${prefix}`)]);
    await write(`${prefix}/a`, [admin(100, `200:0.NA/${prefix}`, "010000000000")]);
    const exported = await hdl("get", ...handles, "--server", site.url, "--ca", ca(), "--json");
    const lines = join(site.folder, "records.jsonl");
    const array = join(site.folder, "records.json");
    await writeFile(lines, exported.stdout);
    await writeFile(
      array,
      JSON.stringify(
        exported.stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ),
    );
    for (const asked of [
      [`300:${prefix}/MEMBER`, `${prefix}/new`, "create"],
      [`300:${prefix}/MEMBER`, `${prefix}/a`, "delete"],
      [`301:${prefix}/MEMBER`, `${prefix}/a`],
    ]) {
      const expected = await online(...asked);
      expect(answer(expected).reason).toMatch(/granted|permission_missing|not_listed/);
      for (const file of [lines, array]) expect(await why(...asked, "--records", file)).toEqual(expected);
    }
  });

  it("says of a file what is not in it", async () => {
    const file = join(site.folder, "empty.jsonl");
    await writeFile(file, "\n");
    const asked = await why("300:20.600.0/USER", "20.600.0/new", "create", "--records", file);
    expect(answer(asked)).toMatchObject({
      reason: "no_record",
      change: null,
      unread: [{ handle: "0.NA/20.600.0", why: `is not in ${file}` }],
    });
    await writeFile(file, '{"handle":"20.600.0/a"}\n');
    const wrong = await why("300:20.600.0/USER", "20.600.0/new", "--records", file);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("Line 1 of");
  });

  it("reads with the login what is hidden", async () => {
    const prefix = "20.600.1";
    const admins = `200:${prefix}/HIDDEN`;
    await write(`${prefix}/HIDDEN`, [
      { ...list(200, `300:${prefix}/USER`), permissions: "1100" },
      admin(100, `300:${PREFIX}/ADMIN`),
    ]);
    await write(`0.NA/${prefix}`, [admin(100, admins)]);
    const asked = [`300:${prefix}/USER`, `${prefix}/new`, "create"];
    expect(answer(await online(...asked))).toMatchObject({
      allowed: false,
      notes: [`Only the public values of ${prefix}/HIDDEN were seen.`],
    });
    const seen = await why(...asked, "--credentials", site.credentials.password);
    expect(answer(seen)).toMatchObject({ allowed: true });
  });
});
