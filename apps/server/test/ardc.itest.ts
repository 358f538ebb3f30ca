import { randomBytes } from "node:crypto";
import { chmod, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type Logger, secret } from "@handlekit/core";
import { buildRequest, parseResponse } from "@handlekit/xml";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createClientCommands } from "../src/clients/client-commands.ts";
import { init } from "../src/init/init.ts";
import { readSettings } from "../src/read-settings.ts";
import { serve } from "../src/serve.ts";
import type { RunningServer } from "../src/start-server.ts";

const PREFIX = "10378.1";
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
let made: string;
let folder: string;
let directory: string;
let printed: string[];
let notes: string[];

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), "handlekit-"));
  await init(join(made, "data"), { prefix: PREFIX });
});
afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  directory = join(folder, "data");
  printed = [];
  notes = [];
  await cp(join(made, "data"), directory, { recursive: true });
  await configure({ ardcPrefix: PREFIX });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes config.json anew. */
async function configure(settings: object): Promise<void> {
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({ httpsPort: 0, accessLog: false, ...settings }),
  );
}

type Environment = Readonly<Record<string, string>>;
const commands = (environment: Environment = {}) =>
  createClientCommands({
    environment,
    print: (text) => printed.push(text),
    note: (text) => notes.push(text),
  });
const lastMade = () => JSON.parse(printed.at(-1) ?? "") as { appId: string; sharedSecret: string };

async function start(environment: Environment = {}): Promise<RunningServer> {
  return serve(directory, await readSettings(directory, {}, environment), silent, environment);
}

/** Mints over HTTPS and gives the message. */
async function mint(server: RunningServer, who: { appId: string; sharedSecret?: string }): Promise<string> {
  const { appId, sharedSecret } = who;
  const ca = await readFile(join(directory, "server-certificate.pem"));
  const body = buildRequest({
    properties: {
      appId,
      sharedSecret: sharedSecret === undefined ? undefined : secret(sharedSecret),
      identifier: "ExampleUser",
      authDomain: "example.org",
    },
  });
  const text = await new Promise<string>((resolve, reject) => {
    const sent = request(
      `${server.urls[0]}/pids/mint?type=DESC&value=x`,
      { method: "POST", ca, agent: false },
      (answer) => {
        let received = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          received += chunk;
        });
        answer.on("end", () => resolve(received));
        answer.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
  const { identifier, message } = parseResponse(text);
  return identifier?.handle ?? message.text;
}

describe("hdl-server clients", () => {
  it("registers, rotates and revokes a client while its server runs", async () => {
    const server = await start();
    try {
      await commands().add(directory, { description: "Example library", secret: true });
      const old = lastMade();
      expect(old.appId).toMatch(/^[0-9a-f]{40}$/);
      expect(old.sharedSecret).toMatch(/^[A-Za-z0-9._~-]{32}$/);
      expect(notes).toEqual(["This secret cannot be shown again."]);
      expect(await mint(server, old)).toBe(`${PREFIX}/2`);

      await commands().rotate(directory, old.appId, {});
      const changed = lastMade();
      expect(changed.appId).toBe(old.appId);
      expect([await mint(server, old), await mint(server, changed)]).toEqual([`${PREFIX}/3`, `${PREFIX}/4`]);
      await commands().rotate(directory, old.appId, { finish: true });
      expect(await mint(server, old)).toBe("Authentication Failed");
      expect(await mint(server, changed)).toBe(`${PREFIX}/5`);

      await commands().list(directory);
      expect(printed.at(-1)).toContain(old.appId);
      expect(printed.at(-1)).not.toContain(changed.sharedSecret);
      await commands().revoke(directory, old.appId, {});
      expect(await mint(server, changed)).toBe("Authentication Failed");
      await commands().list(directory);
      expect(printed.at(-1)).toBe("APP ID  NO  SECRETS  ADDRESSES  DESCRIPTION");
    } finally {
      await server.close();
    }
  });

  it("registers addresses without a secret, and a second registration of an App Id", async () => {
    const server = await start();
    try {
      await commands().add(directory, { description: "one", secret: false, address: ["127.0.0.1", "::1"] });
      const { appId, sharedSecret } = lastMade();
      expect(sharedSecret).toBe(undefined);
      expect(await mint(server, { appId })).toBe(`${PREFIX}/2`);
      await commands().add(directory, { description: "two\u001b[2J", secret: true, appId });
      await commands().list(directory);
      const today = new Date().toISOString().slice(0, 10);
      expect(printed.at(-1)?.split("\n").slice(1)).toEqual([
        `${appId}  1   none        127.0.0.1, ::1  one`,
        `${appId}  2   ${today}  none            two\ufffd[2J`,
      ]);
      await expect(commands().rotate(directory, appId, {})).rejects.toMatchObject({
        code: "invalid_options",
      });
      await commands().revoke(directory, appId, { number: 1 });
      expect(await mint(server, { appId })).toBe("Authentication Failed");
    } finally {
      await server.close();
    }
  });

  it("grants an identity to another client", async () => {
    const server = await start();
    try {
      await commands().add(directory, { description: "one", secret: true });
      const one = lastMade();
      await commands().add(directory, { description: "two", secret: true });
      const two = lastMade();
      expect(await mint(server, one)).toBe(`${PREFIX}/2`);
      expect(await mint(server, two)).toBe("Authentication Failed");
      await commands().grant(directory, two.appId, "ExampleUser", "example.org");
      expect(await mint(server, two)).toBe(`${PREFIX}/3`);
    } finally {
      await server.close();
    }
  });

  it("grants a new identity to two clients at once, and says which is not registered", async () => {
    const server = await start();
    try {
      const made: { appId: string; sharedSecret: string }[] = [];
      for (const description of ["one", "two"]) {
        await commands().add(directory, { description, secret: true });
        made.push(lastMade());
      }
      const [one, two] = made as [(typeof made)[0], (typeof made)[0]];
      notes = [];
      await commands().grant(directory, one.appId, "ExampleUser", "example.org", {
        appId: [two.appId, "later"],
      });
      expect(notes).toEqual(["Granted.", 'There is no client with the App Id "later" yet.']);
      expect([await mint(server, two), await mint(server, one)]).toEqual([`${PREFIX}/2`, `${PREFIX}/3`]);
    } finally {
      await server.close();
    }
  });

  it("takes over an App Id with its secret from another installation, without printing it", async () => {
    const old = { appId: "0123456789abcdef0123456789abcdef01234567", sharedSecret: "S3CR3T_k9" };
    const secretFile = join(folder, "secret");
    await writeFile(secretFile, `${old.sharedSecret}\r\n`, { mode: 0o600 });
    await commands().add(directory, { description: "x", appId: old.appId, secret: true, secretFile });
    expect([printed, notes]).toEqual([[JSON.stringify({ appId: old.appId })], []]);
    const server = await start();
    try {
      expect(await mint(server, { ...old, sharedSecret: "S3CR3T_k8" })).toBe("Authentication Failed");
      expect(await mint(server, old)).toBe(`${PREFIX}/2`);
    } finally {
      await server.close();
    }
    await chmod(secretFile, 0o640);
    await commands().add(directory, { description: "x", secret: true, secretFile });
    expect(notes).toEqual([
      `Other users of this machine have access to ${secretFile}. Run: chmod 600 ${secretFile}`,
    ]);
  });

  it.each<[why: string, content: string | Uint8Array]>([
    ["is empty", "\n"],
    ["contains a line break or a control character", "S3CR3T\n\n"],
    ["contains a line break or a control character", "S3CR3T\u0000"],
    ["is not UTF-8", Uint8Array.of(0x53, 0xff)],
    ["has more than 1024 bytes", "S3CR3T".repeat(200_000)],
  ])("refuses a secret file that %s, and registers nothing", async (why, content) => {
    const secretFile = join(folder, "secret");
    await writeFile(secretFile, content, { mode: 0o600 });
    const failure = await commands()
      .add(directory, { description: "x", secret: true, secretFile })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "invalid_options",
      message: `The secret file ${secretFile} ${why}.`,
    });
    expect(inspect(failure)).not.toContain("S3CR3T");
    await commands().list(directory);
    expect(printed).toEqual(["APP ID  NO  SECRETS  ADDRESSES  DESCRIPTION"]);
  });

  it.each(["missing", "."])("refuses the secret file %j, which cannot be read", async (secretFile) => {
    await expect(
      commands().add(directory, { description: "x", secret: true, secretFile: join(folder, secretFile) }),
    ).rejects.toMatchObject({
      code: "invalid_options",
      message: expect.stringMatching(/cannot be read \(E/),
    });
  });

  it("keeps no secret in the directory", async () => {
    await commands().add(directory, { description: "x", secret: true });
    const { sharedSecret } = lastMade();
    for (const name of ["store.sqlite", "ardc.key", "config.json"]) {
      expect((await readFile(join(directory, name))).includes(sharedSecret)).toBe(false);
    }
  });

  it("is refused where the ARDC service is not served, and where the key is another", async () => {
    await commands().add(directory, { description: "x", secret: true });
    const other = { HDL_SERVER_ARDC_SECRET_KEY: randomBytes(32).toString("base64") };
    await expect(commands(other).list(directory)).rejects.toMatchObject({ code: "invalid_key" });
    await expect(start(other)).rejects.toMatchObject({ code: "invalid_key" });
    await configure({});
    await expect(commands().list(directory)).rejects.toMatchObject({
      code: "invalid_options",
      hint: expect.stringContaining("ardcPrefix"),
    });
  });
});

describe("the key of the clients' secrets", () => {
  it("is made once, for its owner alone", async () => {
    const keys: Buffer[] = [];
    await Promise.all([1, 2, 3].map(() => commands().list(directory)));
    for (let i = 0; i < 2; i++) {
      await commands().list(directory);
      keys.push(await readFile(join(directory, "ardc.key")));
    }
    expect(keys[0]?.length).toBe(32);
    expect(keys[0]?.equals(keys[1] ?? Buffer.of())).toBe(true);
    expect((await stat(join(directory, "ardc.key"))).mode & 0o777).toBe(0o600);
  });

  it("may come from the environment, and then there is no file", async () => {
    const environment = { HDL_SERVER_ARDC_SECRET_KEY: randomBytes(48).toString("base64") };
    await commands(environment).add(directory, { description: "x", secret: true });
    const server = await start(environment);
    try {
      expect(await mint(server, lastMade())).toBe(`${PREFIX}/2`);
    } finally {
      await server.close();
    }
    await expect(stat(join(directory, "ardc.key"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each(["short", "!", Buffer.alloc(31).toString("base64")])("is refused: %j", async (text) => {
    const environment = { HDL_SERVER_ARDC_SECRET_KEY: text };
    await expect(commands(environment).list(directory)).rejects.toMatchObject({
      code: "invalid_key",
      message: "HDL_SERVER_ARDC_SECRET_KEY is not the base64 of at least 32 bytes.",
    });
  });

  it("is refused when its file is damaged", async () => {
    await writeFile(join(directory, "ardc.key"), "damaged");
    await expect(start()).rejects.toMatchObject({
      code: "invalid_key",
      message: expect.stringContaining("32 bytes"),
    });
  });
});

describe("the clients of a data directory", () => {
  it("outlive the server", async () => {
    let server = await start();
    await commands().add(directory, { description: "x", secret: true });
    const client = lastMade();
    expect(await mint(server, client)).toBe(`${PREFIX}/2`);
    await server.close();
    server = await start();
    try {
      expect(await mint(server, client)).toBe(`${PREFIX}/3`);
    } finally {
      await server.close();
    }
  });

  it("are not served at a prefix that is not homed, which the log says", async () => {
    await configure({ ardcPrefix: "10378.2" });
    const lines: string[] = [];
    const log = { ...silent, warn: (message: string) => lines.push(message) };
    const server = await serve(directory, await readSettings(directory, {}, {}), log, {});
    try {
      expect(lines.join()).toContain("not homed");
      expect(await mint(server, { appId: "x" })).toBe("That prefix doesn't live here");
    } finally {
      await server.close();
    }
  });
});
