import { readdir, readFile } from "node:fs/promises";
import { encodeBasic } from "@handlekit/auth/wire";
import { encodeUtf8, parseReference } from "@handlekit/core";
import { freePort } from "../support/free-port.ts";
import { serve } from "../support/hdl.ts";
import { createSite, PASSWORD, PREFIX, type Site } from "../support/site.ts";
import { ask, type Reply, requestText } from "./wire.ts";

/** The time limits of the server, in milliseconds. */
export interface Limits {
  readonly handshake: number;
  readonly request: number;
  readonly response: number;
  readonly stop: number;
}

/** The defaults of hdl-server. */
export const DEFAULTS: Limits = { handshake: 10_000, request: 20_000, response: 120_000, stop: 10_000 };
export const SHORT: Limits = { handshake: 2000, request: 4000, response: 3000, stop: 2000 };

/** A record of one value with 900 kB. */
export const LARGE = `${PREFIX}/large`;
export const SMALL = `${PREFIX}/small`;
export const AUTHORIZATION = `Authorization: ${encodeBasic(parseReference(`300:${PREFIX}/ADMIN`), encodeUtf8(PASSWORD))}`;

/** A real hdl-server on one port for HTTP and HTTPS. */
export interface Target {
  readonly site: Site;
  readonly port: number;
  readonly limits: Limits;
  /** A request of an honest client, from another address than the attackers'. */
  honest(method: string, target: string, headers?: readonly string[], body?: string): Promise<Reply>;
  /** The resident memory of the server in MB. */
  memory(): Promise<number>;
  /** The number of its open files and sockets. */
  descriptors(): Promise<number>;
  /** Stops the server. */
  stop(): Promise<void>;
}

export function limitFlags({ handshake, request, response, stop }: Limits): string[] {
  return [
    ...["--handshake-timeout", String(handshake)],
    ...["--request-timeout", String(request)],
    ...["--idle-timeout", String(request)],
    ...["--response-timeout", String(response)],
    ...["--stop-timeout", String(stop)],
  ];
}

const value = (index: number, type: string, data: string) => ({ index, type, data });

/** Starts a server on a site whose own server has been stopped, and writes the two records. */
export async function startTarget(site: Site, limits: Limits, ...flags: readonly string[]): Promise<Target> {
  const port = await freePort();
  const ports = ["--https-port", String(port), "--http-port", String(port)];
  // Failed logins are limited otherwise, before any work is done: here the work has to be.
  const guessing = ["--failed-logins-per-identity", "0", "--failed-logins-per-address", "0"];
  const settings = [...ports, ...guessing, "--access-log", "off", ...limitFlags(limits), ...flags];
  site.server = await serve(site.directory, ...settings);
  const proc = (name: string) => `/proc/${site.server.pid}/${name}`;
  const target: Target = {
    site,
    port,
    limits,
    honest: (method, path, headers = [], body = "") =>
      ask(port, requestText(method, path, headers, body), "127.0.0.1"),
    async memory() {
      const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(await readFile(proc("status"), "utf8"))?.[1];
      return Math.round(Number(kilobytes) / 1024);
    },
    descriptors: async () => (await readdir(proc("fd"))).length,
    stop: () => site.server.stop().then(() => {}),
  };
  const put = async (handle: string, ...values: unknown[]) => {
    const body = JSON.stringify(values);
    const { status } = await target.honest("PUT", `/api/handles/${handle}`, [AUTHORIZATION], body);
    if (status !== 201 && status !== 200) throw new Error(`PUT ${handle}: ${status}`);
  };
  await put(SMALL, value(1, "URL", "https://example.org/"));
  await put(LARGE, value(1, "URL", "https://example.org/"), value(2, "BLOB", "x".repeat(900_000)));
  return target;
}

/** Creates a site without a running server. */
export async function createStoppedSite(): Promise<Site> {
  const site = await createSite();
  await site.server.stop();
  return site;
}
