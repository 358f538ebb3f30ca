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
import { isDatabase, openDatabase } from "../open-database.ts";
import { randomPassword } from "../random-password.ts";
import { settingsSchema } from "../settings.ts";
import { type DirectoryContent, fillDirectory, hostOf, portOf } from "./fill-directory.ts";
import { assertNoRecords, createFirstRecords } from "./first-records.ts";

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
  /** The address of a PostgreSQL database for the records. Default none: a SQLite file in the directory. */
  readonly store?: string | undefined;
  /** A file with the password of the database. */
  readonly storePasswordFile?: string | undefined;
  /** Called with a warning if other users can read that file. Default ignored. */
  readonly warn?: ((text: string) => void) | undefined;
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

/** Returns the settings of the database; undefined for a SQLite file. */
function readDatabase({ store, storePasswordFile }: InitOptions): DirectoryContent["database"] {
  if (store === undefined) {
    if (storePasswordFile === undefined) return undefined;
    throw invalidOptions(
      "--store-password-file is given without --store.",
      "Add --store postgres://user@host/name.",
    );
  }
  const parsed = settingsSchema.shape.store.safeParse(store);
  const why = parsed.success ? "it is not the address of a database" : parsed.error.issues[0]?.message;
  if (!parsed.success || !isDatabase(store)) {
    throw invalidOptions(`--store cannot be used: ${why}.`, "Write --store postgres://user@host/name.");
  }
  return storePasswordFile === undefined
    ? { store }
    : { store, storePasswordFile: resolve(storePasswordFile) };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\..*|::1)$/.test(host);
}

/** Builds a data directory under another name, and then gives it its own. */
async function build(content: DirectoryContent): ReturnType<typeof fillDirectory> {
  const { directory } = content;
  await mkdir(dirname(directory), { recursive: true });
  const building = `${directory}.init-${process.pid}`;
  await mkdir(building, { mode: 0o700 });
  try {
    const first = await fillDirectory(building, content);
    await placeDirectory(building, directory);
    return first;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

/** The records come last: they name an administrator whose password is only in the directory. */
async function buildWithDatabase(
  content: DirectoryContent & Required<Pick<DirectoryContent, "database">>,
  warn: (text: string) => void,
): Promise<void> {
  const settings = settingsSchema.parse(content.database);
  const { store, close } = await openDatabase(content.directory, settings, { warn });
  try {
    await assertNoRecords(store, content);
    const first = await build(content);
    try {
      await createFirstRecords(store, first);
    } catch (error) {
      await rm(content.directory, { recursive: true, force: true });
      throw error;
    }
  } finally {
    await close();
  }
}

/**
 * Creates a data directory: a store with the prefix and one administrator, a self-signed server certificate, the
 * administrator's key and certificate, and two credentials files for Handlekit and B2HANDLE. It is built in a temporary
 * directory and then renamed, so that it is complete or does not exist. Only its owner can read the files. With `store`
 * the records are written to a database, once the directory is complete.
 *
 * @throws HandleError `invalid_options` if the directory is not empty, the URL is not https, the host not an address, or
 *   the database has the records; `invalid_handle` if the prefix is not a prefix; `store_failed` if the database cannot be
 *   used
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
  const password = options.password ?? randomPassword();
  const content = { directory, url, host, prefix: options.prefix, user, password };
  await assertEmpty(directory);
  const database = readDatabase(options);
  if (database === undefined) await build(content);
  else await buildWithDatabase({ ...content, database }, options.warn ?? (() => undefined));
  return {
    directory,
    host,
    port: portOf(url),
    reachable: isLoopback(hostOf(url)) || !isLoopback(host),
    passwordCredentials: join(directory, "credentials-password.json"),
    certificateCredentials: join(directory, "credentials-certificate.json"),
  };
}
