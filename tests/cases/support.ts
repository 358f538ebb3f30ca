import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBasicAuth } from "@handlekit/auth/basic";
import { type ClientOptions, createClient, type HandleClient } from "@handlekit/client";
import type { HandleValueInput } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import { startConformanceServer } from "../support/conformance-server.ts";

export const HANDLE = "20.500.12345/x";
const ADMIN = { user: "300:0.NA/20.500.12345", password: "S3CR3T-of-the-cases" };

/** Reads an input of a case as text. */
export function readInput(name: string, file: string): Promise<string> {
  return readFile(new URL(`${name}/${file}`, import.meta.url), "utf8");
}

/** Reads an input of a case as JSON. */
export async function readCase<T>(name: string, file: string): Promise<T> {
  return JSON.parse(await readInput(name, file)) as T;
}

/** The body of a PUT. */
export interface RecordFile {
  readonly handle: string;
  readonly values: readonly HandleValueInput[];
}

/** A response; `json` is that of the body, if it is JSON. */
export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** A login of a request. */
export interface User {
  readonly user: string;
  readonly password: string;
}

/** A conformance server that is responsible for 20.500.12345, and an administrator of it. */
export interface CaseServer {
  readonly https: string;
  readonly http: string;
  readonly ca: string;
  log(): string;
  /** Sends a request with the login of a user. Default the administrator; null for none. */
  ask(
    method: string,
    target: string,
    how?: { readonly body?: unknown; readonly user?: User | null; readonly url?: string },
  ): Promise<Answer>;
  /** Replaces the whole record. */
  put(handle: string, values: readonly unknown[]): Promise<Answer>;
  /** The text of each value of a type, by ascending index, as the server gives it. */
  textsOf(handle: string, type: string): Promise<readonly unknown[]>;
  client(options?: ClientOptions): HandleClient;
  stop(): Promise<void>;
}

const parse = (text: string) => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
};

/** Starts a server for cases. */
export async function startCaseServer(): Promise<CaseServer> {
  const folder = await mkdtemp(join(tmpdir(), "cases-"));
  const file = join(folder, "seed.json");
  const login = {
    index: 300,
    type: "HS_SECKEY",
    data: { format: "string", value: ADMIN.password },
    permissions: "1100",
  };
  const administrator = {
    index: 100,
    type: "HS_ADMIN",
    data: {
      format: "admin",
      value: { handle: "0.NA/20.500.12345", index: 300, permissions: "111111111111" },
    },
  };
  await writeFile(
    file,
    JSON.stringify({
      homedPrefixes: ["0.NA/20.500.12345"],
      serverAdmins: [ADMIN.user],
      serverAdminFullAccess: true,
      records: { "0.NA/20.500.12345": [login, administrator] },
    }),
  );
  const server = await startConformanceServer(["--seed", file, "--store", "memory:"]);
  const transport = createTransport({ ca: server.ca });
  const clients: HandleClient[] = [];
  const strategyOf = ({ user, password }: User) =>
    createBasicAuth({ identity: user, password, origins: [new URL(server.https).origin] });

  const ask: CaseServer["ask"] = async (method, target, { body, user = ADMIN, url = server.https } = {}) => {
    const request = {
      method,
      url: `${url}${target}`,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    };
    const strategy = user === null || url === server.http ? undefined : strategyOf(user);
    const {
      status,
      headers,
      body: received,
    } = await transport.send(request, { strategy, redirect: "manual" });
    const text = new TextDecoder().decode(received);
    return { status, location: headers.location, text, json: parse(text) };
  };

  return {
    https: server.https,
    http: server.http,
    ca: server.ca,
    log: server.log,
    ask,
    put: (handle, values) =>
      ask("PUT", `/api/handles/${encodeURIComponent(handle)}?overwrite=true`, { body: values }),
    async textsOf(handle, type) {
      const { json } = await ask("GET", `/api/handles/${encodeURIComponent(handle)}`);
      const values = (json?.values ?? []) as readonly { type: string; data: { value: unknown } }[];
      return values.filter((value) => value.type === type).map(({ data }) => data.value);
    },
    client(options) {
      const client = createClient(
        {
          server: server.https,
          httpsVerify: { ca: server.ca },
          handleOwner: { index: 300, handle: "0.NA/20.500.12345" },
        },
        { strategy: strategyOf(ADMIN), ...options },
      );
      clients.push(client);
      return client;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await transport.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The code and the message of what a call fails with. */
export async function failureOf(
  run: () => unknown,
): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await run();
  } catch (error) {
    const { code, message, hint = "" } = error as { code: string; message: string; hint?: string };
    return { code, message: `${message} ${hint}` };
  }
  return { code: "none", message: "" };
}
