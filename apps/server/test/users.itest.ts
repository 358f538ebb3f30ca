import { chmod } from "node:fs/promises";
import { handleKey, parseReference } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate, type KeyPair, writePublicKey } from "@handlekit/keys";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUserCommands, type UserCommands } from "../src/users/user-commands.ts";
import { ADMIN, createDirectories, type DataDirectory, PREFIX } from "./command-support.ts";
import { refusal } from "./transfer-support.ts";

const PASSWORD = "S3CR3T-of-a-user";
const user = (suffix: string, index = 300) => `${index}:${PREFIX}/${suffix}`;
let directories: Awaited<ReturnType<typeof createDirectories>>;
let keys: readonly KeyPair[];

beforeAll(async () => {
  directories = await createDirectories();
  keys = await Promise.all([createKeyPair({ bits: 2048 }), createKeyPair({ bits: 2048 })]);
});
afterAll(() => directories.remove());

describe("hdl-server user, through the running server", () => {
  let data: DataDirectory;
  let commands: UserCommands;
  let passwordFile: string;

  beforeAll(async () => {
    data = await directories.create();
    await data.start();
    commands = createUserCommands(data.context);
    passwordFile = await data.file("password", `${PASSWORD}\n`);
  });
  beforeEach(() => {
    data.printed.length = 0;
    data.notes.length = 0;
  });

  let created = 0;
  /** Creates a handle, and resolves to the status: 201 for an administrator, 403 for others, 401 without a login. */
  const createAs = async (name: string, password: string) =>
    (
      await data.call("PUT", `/api/handles/${PREFIX}/created-${++created}`, {
        user: name,
        password,
        body: [{ index: 1, type: "URL", data: "https://example.org/" }],
      })
    ).status;
  const login = async (name: string, password: string) => {
    const { json } = await data.call("POST", "/api/sessions", { user: name, password });
    const headers = { authorization: `Handle sessionId="${json.sessionId}"` };
    return async () => (await data.call("GET", "/api/sessions/this", { headers })).status === 200;
  };
  const listed = async () => {
    await commands.list(data.directory, {});
    const [, ...lines] = data.printed.at(-1)?.replace(/ +/g, " ").split("\n") ?? [];
    return lines;
  };

  it("adds an administrator, with a password that is printed once", async () => {
    await commands.add(data.directory, `${PREFIX}/alice`, { admin: true });
    const { user: name, password } = JSON.parse(data.printed[0] ?? "");
    expect(name).toBe(user("alice"));
    expect(password).toMatch(/^[A-Za-z0-9\-._~]{32}$/);
    expect(data.notes).toEqual(["This password cannot be shown again."]);
    expect(await createAs(name, password)).toBe(201);
    const { json } = await data.call("GET", `/api/handles/${PREFIX}/alice`);
    expect(json.values).toMatchObject([
      { index: 100, data: { value: { handle: `0.NA/${PREFIX}`, index: 200, permissions: "011111110011" } } },
    ]);
    expect(await listed()).toContain(`${PREFIX} ${user("alice")} HS_SECKEY`);
  });

  it("adds a user without rights, and says so", async () => {
    await commands.add(data.directory, user("bob"), { passwordFile });
    expect(data.printed).toEqual([JSON.stringify({ user: user("bob") })]);
    expect(data.notes.join()).toContain("only the rights that records give it");
    expect(await createAs(user("bob"), PASSWORD)).toBe(403);
    expect(await createAs(user("bob"), "S3CR3T-wrong")).toBe(401);
    expect((await listed()).join()).not.toContain("bob");
  });

  it("adds public keys from every kind of file, beside a password", async () => {
    const [first, second] = keys;
    if (first === undefined || second === undefined) throw new Error("There are no keys.");
    await commands.add(data.directory, user("carol"), { passwordFile });
    const files = {
      301: await data.file("key.pem", writePublicKey(first.publicKey, { format: "pem" })),
      302: await data.file("key.bin", writePublicKey(first.publicKey, { format: "bin" })),
      303: await data.file(
        "certificate.pem",
        await createSelfSignedCertificate({ privateKey: first.privateKey, subject: user("carol") }),
      ),
    };
    for (const [index, publicKey] of Object.entries(files)) {
      await commands.add(data.directory, user("carol", Number(index)), { publicKey, admin: true });
    }
    const read = async () =>
      ((await data.call("GET", `/api/handles/${PREFIX}/carol?type=HS_PUBKEY`)).json.values ??
        []) as readonly { index: number; data: { value: unknown } }[];
    expect((await read()).map(({ index, data: { value } }) => [index, value])).toEqual(
      [301, 302, 303].map((index) => [index, first.publicKey]),
    );
    expect(await listed()).toContain(`${PREFIX} ${user("carol", 302)} HS_PUBKEY`);

    const other = await data.file("other.bin", writePublicKey(second.publicKey, { format: "bin" }));
    await commands.key(data.directory, user("carol", 302), { publicKey: other });
    expect((await read()).map(({ data: { value } }) => value)).toEqual([
      first.publicKey,
      second.publicKey,
      first.publicKey,
    ]);
    expect(await refusal(commands.key(data.directory, user("carol"), { publicKey: other }))).toMatch(
      /^values_not_found: 300:.*carol has no HS_PUBKEY value but one of the type HS_SECKEY/,
    );
  });

  it("replaces a password, which ends the sessions that it opened", async () => {
    await commands.add(data.directory, user("dave"), { passwordFile, admin: true });
    const isOpen = await login(user("dave"), PASSWORD);
    expect(await isOpen()).toBe(true);
    const next = await data.file("next", "S3CR3T-new-password");
    await commands.password(data.directory, user("dave"), { passwordFile: next });
    expect(await isOpen()).toBe(false);
    expect(await createAs(user("dave"), PASSWORD)).toBe(401);
    expect(await createAs(user("dave"), "S3CR3T-new-password")).toBe(201);
    await commands.password(data.directory, user("dave"), {});
    const { password } = JSON.parse(data.printed.at(-1) ?? "");
    expect(await createAs(user("dave"), password)).toBe(201);
  });

  it("revokes a user: the key, its place in the list, and its sessions", async () => {
    await commands.add(data.directory, user("erin"), { passwordFile, admin: true });
    await commands.add(data.directory, user("erin", 310), { passwordFile });
    const isOpen = await login(user("erin"), PASSWORD);
    await commands.revoke(data.directory, user("erin"));
    expect(await isOpen()).toBe(false);
    expect(await createAs(user("erin"), PASSWORD)).toBe(401);
    expect(await listed()).not.toContain(`${PREFIX} ${user("erin")} HS_SECKEY`);
    expect(data.notes.slice(-3)).toEqual([
      `Revoked ${user("erin")}. Sessions that were ended: 1. Its record is kept.`,
      `It is no longer in the HS_VLIST of 0.NA/${PREFIX}.`,
      "The handle has another key, HS_SECKEY at 310, which is still valid.",
    ]);
    expect(await createAs(user("erin", 310), PASSWORD)).toBe(403);
    expect(await createAs(ADMIN.user, ADMIN.password)).toBe(201);
    expect(await refusal(commands.revoke(data.directory, user("erin")))).toMatch(/^values_not_found/);
  });

  it("writes every change into the audit, without secrets", async () => {
    await commands.add(data.directory, user("frank"), { passwordFile, admin: true });
    await commands.password(data.directory, user("frank"), { passwordFile });
    await commands.revoke(data.directory, user("frank"));
    const history = await data.use(async ({ store }) => [
      ...((await store.audit?.history({ key: handleKey(`${PREFIX}/frank`), limit: 10 })) ?? []),
      ...((await store.audit?.history({ key: handleKey(`0.NA/${PREFIX}`), limit: 2 })) ?? []),
    ]);
    expect(history.map(({ entry }) => [entry.scheme, entry.operation, entry.identity])).toEqual(
      ["change", "change", "create", "change", "change"].map((operation) => [
        "command",
        operation,
        undefined,
      ]),
    );
    const secrets = history.flatMap(({ entry }) =>
      [...(entry.before ?? []), ...(entry.after ?? [])].filter(({ type }) => type === "HS_SECKEY"),
    );
    expect(secrets.map(({ data, permissions }) => [data.length, permissions])).toEqual(
      Array.from({ length: 4 }, () => [0, 0b1100]),
    );
  });

  it("refuses what cannot be done, and changes nothing then", async () => {
    const weak = await data.file("weak", "S3CR3T!");
    const refused: [RegExp, () => Promise<void>][] = [
      [
        /^value_exists: .* index 300 already/,
        () => commands.add(data.directory, ADMIN.user, { passwordFile }),
      ],
      [/^prefix_not_served: .*prefix home/, () => commands.add(data.directory, "other/X", { passwordFile })],
      [
        /^handle_not_found: The prefix handle 0.NA\/other does not exist/,
        () => commands.add(data.directory, "other/X", { passwordFile, admin: true }),
      ],
      [/^invalid_reference/, () => commands.add(data.directory, "ADMIN", { passwordFile })],
      [
        /^invalid_options: .*too short/,
        () => commands.add(data.directory, user("new"), { passwordFile: weak }),
      ],
      [/^invalid_key: /, () => commands.add(data.directory, user("new"), { publicKey: weak })],
      [/^invalid_key: .*ENOENT/, () => commands.add(data.directory, user("new"), { publicKey: `${weak}.x` })],
      [/^values_not_found/, () => commands.password(data.directory, user("new"), { passwordFile })],
      [/^invalid_options: .*not a data directory/, () => commands.list(`${data.directory}-x`, {})],
    ];
    for (const [expected, run] of refused) expect(await refusal(run())).toMatch(expected);
    const record = await data.use(({ store }) => store.read(handleKey(`${PREFIX}/new`)));
    expect(record).toBeUndefined();
    expect(data.printed).toEqual([]);
  });

  it("warns of a password file that others can read", async () => {
    const open = await data.file("open", PASSWORD);
    await chmod(open, 0o644);
    await commands.password(data.directory, ADMIN.user, { passwordFile: open });
    expect(data.notes.join()).toContain("Other users of this machine have access");
  });

  it("says that nobody is left when the last administrator is revoked", async () => {
    const identities = (await listed()).map((line) => line.split(" ")[1] ?? "");
    for (const each of identities) await commands.revoke(data.directory, each);
    expect(data.notes.join("\n")).toContain(`Nobody is left there: hdl-server user add ${data.directory}`);
    expect(await listed()).toEqual([]);
    const { handle } = parseReference(ADMIN.user);
    expect(await data.use(({ store }) => store.read(handleKey(handle)))).toBeDefined();
  });
});

it("does the same while no server runs", async () => {
  const data = await directories.create();
  const commands = createUserCommands(data.context);
  const passwordFile = await data.file("password", PASSWORD);
  await commands.add(data.directory, user("alice"), { passwordFile, admin: true });
  await commands.add(data.directory, user("bob"), { passwordFile, admin: true });
  await commands.revoke(data.directory, user("bob"));
  await commands.list(data.directory, {});
  expect(data.printed.at(-1)).toContain(`${user("alice")}  HS_SECKEY`);
  expect(data.printed.at(-1)).not.toContain("bob");
  await data.start();
  const statuses = ["alice", "bob"].map(async (suffix) => {
    const how = { user: user(suffix), password: PASSWORD, body: [] };
    return (await data.call("PUT", `/api/handles/${PREFIX}/of-${suffix}`, how)).status;
  });
  expect(await Promise.all(statuses)).toEqual([201, 401]);
});
