import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  HandleError,
  invalidOptions,
  parseHandle,
  parseUrl,
  quoteForMessage,
  type Secret,
} from "@handlekit/core";
import { assertEmpty, placeDirectory } from "../new-directory.ts";
import { randomPassword } from "../random-password.ts";
import { fillDirectory, hostOf, portOf } from "./fill-directory.ts";

/** Options of {@link init}. */
export interface InitOptions {
  /** Such as `20.500.12345`. */
  readonly prefix: string;
  /** The suffix of the administrator's handle. Default "ADMIN". */
  readonly user?: string | undefined;
  /** The URL that clients will use. Default `https://127.0.0.1:8000`. */
  readonly url?: string | undefined;
  /** The address to listen on. Default 127.0.0.1, or ::1 if that is the host of the URL. */
  readonly host?: string | undefined;
  /** The administrator's password. Default random. */
  readonly password?: Secret | undefined;
}

/** A new data directory: its paths, and where its server will listen. */
export interface InitResult {
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  /** False if the URL names a host that others can reach, and the address to listen on does not. */
  readonly reachable: boolean;
  /** Absolute paths of the two credentials files. */
  readonly passwordCredentials: string;
  readonly certificateCredentials: string;
}

function readUrl(text: string): URL {
  const url = parseUrl(text);
  if (url?.protocol !== "https:" || url.pathname !== "/") {
    throw invalidOptions(
      `The URL ${JSON.stringify(text)} is not of the form https://host:port.`,
      "Write --url https://handle.example.org:8000, without a path.",
    );
  }
  return url;
}

function readHost(text: string): string {
  if (/^[\w.:%-]+$/.test(text)) return text;
  throw invalidOptions(
    `${quoteForMessage(text)} is not an address to listen on.`,
    "Write --host 127.0.0.1 for this machine alone, or --host 0.0.0.0 for every IPv4 address of this machine.",
  );
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\..*|::1)$/.test(host);
}

/**
 * Creates a data directory: a store with the prefix and one administrator, a self-signed server certificate, the
 * administrator's key and certificate, and two credentials files for Handlekit and B2HANDLE. It is built in a temporary
 * directory and then renamed, so that it is complete or does not exist. Only its owner can read the files.
 *
 * @throws HandleError `invalid_options` if the directory is not empty, the URL is not https or the host not an address;
 *   `invalid_handle` if the prefix is not a prefix
 */
export async function init(target: string, options: InitOptions): Promise<InitResult> {
  const directory = resolve(target);
  const url = readUrl(options.url ?? "https://127.0.0.1:8000");
  const host = readHost(options.host ?? (hostOf(url) === "::1" ? "::1" : "127.0.0.1"));
  const user = `${options.prefix}/${options.user ?? "ADMIN"}`;
  if (parseHandle(user).prefix !== options.prefix) {
    throw new HandleError("invalid_handle", {
      message: `${JSON.stringify(options.prefix)} is not a prefix.`,
      hint: "A prefix has no slash, for example 20.500.12345.",
    });
  }
  await assertEmpty(directory);
  await mkdir(dirname(directory), { recursive: true });
  const building = `${directory}.init-${process.pid}`;
  await mkdir(building, { mode: 0o700 });
  try {
    const password = options.password ?? randomPassword();
    await fillDirectory(building, { directory, url, host, prefix: options.prefix, user, password });
    await placeDirectory(building, directory);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  return {
    directory,
    host,
    port: portOf(url),
    reachable: isLoopback(hostOf(url)) || !isLoopback(host),
    passwordCredentials: join(directory, "credentials-password.json"),
    certificateCredentials: join(directory, "credentials-certificate.json"),
  };
}
