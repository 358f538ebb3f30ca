import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, type Logger, parseReference, secret } from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import type { CommandContext } from "../src/command-context.ts";
import { withDirectory } from "../src/control/with-directory.ts";
import { init } from "../src/init/init.ts";
import { readSettings } from "../src/read-settings.ts";
import { serve } from "../src/serve.ts";

export const PREFIX = "20.500.12345";
export const ADMIN = { user: `300:${PREFIX}/ADMIN`, password: "S3CR3T-of-the-administrator" };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A request to a server: Basic, or headers of its own. */
export interface Call {
  readonly user?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The answer to a {@link Call}. */
export interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A data directory, and what its commands wrote. */
export interface DataDirectory {
  readonly directory: string;
  readonly context: CommandContext;
  readonly printed: string[];
  readonly notes: string[];
  /** Starts its server. */
  start(): Promise<void>;
  /** Sends a request to the server. */
  call(method: string, path: string, how?: Call): Promise<Answer>;
  /** Uses the store, through the server if it runs. */
  use<T>(run: (open: Pick<OpenedStore, "store" | "state">) => Promise<T>): Promise<T>;
  /** Writes a file with a secret beside the directory. */
  file(name: string, content: string | Uint8Array): Promise<string>;
}

async function send(url: string, ca: Buffer, method: string, how: Call): Promise<Answer> {
  const { user, password = "", headers = {}, body } = how;
  const login = user && { authorization: encodeBasic(parseReference(user), encodeUtf8(password)) };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const options = { method, ca, agent: false, headers: { ...type, ...(login || {}), ...headers } };
    const sent = request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, json: text.startsWith("{") ? JSON.parse(text) : {} }),
      );
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body === undefined ? "" : JSON.stringify(body));
  });
}

/** Makes the data directories of one file of tests, from one that is created once. */
export async function createDirectories(): Promise<{
  create(): Promise<DataDirectory>;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const made = join(folder, "made");
  await init(made, { prefix: PREFIX, password: secret(ADMIN.password) });
  await writeFile(join(made, "config.json"), '{"httpsPort":0,"accessLog":false}', { mode: 0o600 });
  const endings: (() => Promise<void>)[] = [];
  let count = 0;

  return {
    async create() {
      const name = `data${++count}`;
      const directory = join(folder, name);
      await cp(made, directory, { recursive: true });
      const [printed, notes]: [string[], string[]] = [[], []];
      let url: string | undefined;
      return {
        directory,
        context: {
          environment: {},
          print: (text) => void printed.push(text),
          note: (text) => void notes.push(text),
        },
        printed,
        notes,
        async start() {
          const server = await serve(directory, await readSettings(directory, {}, {}), silent, {});
          endings.push(server.close);
          url = server.urls[0];
        },
        async call(method, path, how = {}) {
          const ca = await readFile(join(directory, "server-certificate.pem"));
          return send(`${url}${path}`, ca, method, how);
        },
        use: (run) => withDirectory(directory, {}, run),
        async file(end, content) {
          const path = join(folder, `${name}-${end}`);
          await writeFile(path, content, { mode: 0o600 });
          return path;
        },
      };
    },
    async remove() {
      for (const end of endings) await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
