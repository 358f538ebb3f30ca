import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HandleError, parseHandle, type Secret } from "@handlekit/core";
import { randomPassword } from "../random-password.ts";
import { fillDirectory } from "./fill-directory.ts";

/** What `hdl-server init` is told. */
export interface InitOptions {
  /** Such as `20.500.12345`. */
  readonly prefix: string;
  /** The suffix of the administrator's handle. Default "ADMIN". */
  readonly user?: string;
  /** The address clients will use. Default `https://127.0.0.1:8000`. */
  readonly url?: string;
  /** Of the administrator; made at random when not given. */
  readonly password?: Secret;
}

/** What was made. */
export interface InitResult {
  readonly directory: string;
  /** Absolute paths of the two credentials files. */
  readonly passwordCredentials: string;
  readonly certificateCredentials: string;
}

function readUrl(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // said below
  }
  if (url?.protocol !== "https:" || url.pathname !== "/") {
    throw new HandleError("invalid_options", {
      message: `The address ${JSON.stringify(text)} is not of the form https://host:port.`,
    });
  }
  return url;
}

async function assertFree(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new HandleError("invalid_options", {
      message: `${directory} cannot be used as a data directory.`,
      cause: error,
    });
  });
  if (entries.length > 0) {
    throw new HandleError("invalid_options", {
      message: `${directory} is not empty; nothing was changed.`,
      hint: "Name a directory that does not exist yet.",
    });
  }
}

/**
 * Makes a data directory: a store with the prefix and one administrator, a self-signed server certificate, the
 * administrator's key and certificate, and two credentials files that Handlekit and B2HANDLE read alike. It is built
 * beside its place and moved there whole; all files are readable by their owner alone.
 *
 * @throws HandleError `invalid_options` when the directory is not empty or the address is not https;
 *   `invalid_handle` when the prefix cannot be one
 */
export async function init(target: string, options: InitOptions): Promise<InitResult> {
  const directory = resolve(target);
  const url = readUrl(options.url ?? "https://127.0.0.1:8000");
  const user = `${options.prefix}/${options.user ?? "ADMIN"}`;
  if (parseHandle(user).prefix !== options.prefix) {
    throw new HandleError("invalid_handle", {
      message: `${JSON.stringify(options.prefix)} is not a prefix.`,
      hint: "A prefix has no slash, for example 20.500.12345.",
    });
  }
  await assertFree(directory);
  await mkdir(dirname(directory), { recursive: true });
  const building = `${directory}.init-${process.pid}`;
  await mkdir(building, { mode: 0o700 });
  try {
    const password = options.password ?? randomPassword();
    await fillDirectory(building, { directory, url, prefix: options.prefix, user, password });
    await rm(directory, { recursive: true, force: true });
    await rename(building, directory);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  return {
    directory,
    passwordCredentials: join(directory, "credentials-password.json"),
    certificateCredentials: join(directory, "credentials-certificate.json"),
  };
}
