import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, type Logger, parseReference, secret } from "@handlekit/core";
import type { OpenedStore } from "@handlekit/core/store";
import { createHandleService } from "@handlekit/service";
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
  /** Sends a request to the running server, or to a service on the store if none runs. */
  call(method: string, path: string, how?: Call): Promise<Answer>;
  /** Uses the store, through the running server if there is one. */
  use<T>(run: (open: Pick<OpenedStore, "store" | "state">) => Promise<T>): Promise<T>;
  /** Writes a file with a secret beside the directory. */
  file(name: string, content: string | Uint8Array): Promise<string>;
}

type Sent = { readonly headers: Record<string, string>; readonly body: string };

function toSent({ user, password = "", headers = {}, body }: Call): Sent {
  const login = user === undefined ? {} : { authorization: encodeBasic(parseReference(user), encodeUtf8(password)) };
  const text = body === undefined ? "" : JSON.stringify(body);
  return {
    headers: { ...(text && { "content-type": "application/json" }), ...login, ...headers },
    body: text,
  };
}

async function overHttps(url: string, ca: Buffer, method: string, { headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ca, agent: false, headers }, (response) => {
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
    sent.end(body);
  });
}

/** Makes the data directories of one file of tests, from one that is created once. */
export async function createDirectories(): Promise<{
  create(isServed: boolean): Promise<DataDirectory>;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  const made = join(folder, "made");
  await init(made, { prefix: PREFIX, password: secret(ADMIN.password) });
  await writeFile(join(made, "config.json"), '{"httpsPort":0,"accessLog":false}', { mode: 0o600 });
  const endings: (() => Promise<void>)[] = [];
  let count = 0;

  return {
    async create(isServed) {
      const directory = join(folder, `data${++count}`);
      await cp(made, directory, { recursive: true });
      const [printed, notes]: [string[], string[]] = [[], []];
      const context: CommandContext = {
        environment: {},
        print: (text) => void printed.push(text),
        note: (text) => void notes.push(text),
      };
      const use: DataDirectory["use"] = (run) => withDirectory(directory, {}, run);
      const common = {
        directory,
        context,
        printed,
        notes,
        use,
        async file(name: string, content: string | Uint8Array) {
          const path = join(folder, `${count}-${name}`);
          await writeFile(path, content, { mode: 0o600 });
          return path;
        },
      };
      if (!isServed) {
        return {
          ...common,
          call: (method, path, how = {}) =>
            use(async ({ store, state }) => {
              const service = createHandleService({ store, state, sessionKey: new Uint8Array(32) });
              const { headers, body } = toSent(how);
              const response = await service.respond({
                method,
                target: path,
                headers,
                body: encodeUtf8(body),
                connection: { secure: true },
              });
              const text = new TextDecoder().decode(response.body);
              return { status: response.status, json: text.startsWith("{") ? JSON.parse(text) : {} };
            }),
        };
      }
      const server = await serve(directory, await readSettings(directory, {}, {}), silent, {});
      endings.push(server.close);
      const ca = await readFile(join(directory, "server-certificate.pem"));
      return {
        ...common,
        call: (method, path, how = {}) => overHttps(`${server.urls[0]}${path}`, ca, method, toSent(how)),
      };
    },
    async remove() {
      for (const end of endings) await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Both ways in which a command reaches the store. */
export const WAYS: readonly [string, boolean][] = [
  ["while no server runs", false],
  ["through the running server", true],
];
