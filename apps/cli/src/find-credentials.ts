import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { printable } from "@handlekit/core";
import type { CommonFlags } from "./common-options.ts";
import { usageError } from "./usage-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The credentials that a command uses. */
export interface FoundCredentials {
  /** The file, if there is one. */
  readonly file?: string | undefined;
  /** The variables that fill what the file does not have. */
  readonly env: Environment;
  /** Says why this one, for --verbose and `hdl auth show`. */
  readonly why: string;
}

/** The name of a project's file. */
export const PROJECT_FILE = "hdl.json";
const DEFAULT_PROFILE = "default";
const LOGIN_VARIABLES = ["HDL_SERVER", "HDL_USERNAME", "HDL_PASSWORD", "HDL_PRIVATE_KEY", "HDL_CERTIFICATE"];

/** The folder of saved credentials: `$XDG_CONFIG_HOME/handlekit`, or `%APPDATA%\handlekit` on Windows. */
export function profileFolder(env: Environment): string {
  const base = env.XDG_CONFIG_HOME || (process.platform === "win32" ? env.APPDATA : "");
  return join(base || join(homedir(), ".config"), "handlekit");
}

/**
 * Returns the file of a profile.
 *
 * @throws HandleError `invalid_options` if the name could be a path
 */
export function profileFile(name: string, env: Environment): string {
  if (!/^[\w][\w.-]{0,63}$/.test(name)) {
    throw usageError(
      `${printable(name)} is not the name of a profile.`,
      "A name has letters, digits, dots, hyphens and underscores. The path of a file is -c FILE.",
    );
  }
  return join(profileFolder(env), `${name}.json`);
}

const statusOf = (path: string) => statSync(path, { throwIfNoEntry: false });

/** True for a file that belongs to this user or root, so that nobody else can have put it there to be found. */
function isOwnFile(path: string): boolean {
  const status = statusOf(path);
  const own = process.getuid?.();
  return status?.isFile() === true && (own === undefined || status.uid === own || status.uid === 0);
}

/** Looks for a project's file from a folder upwards, as far as the home directory or the root. */
function findProjectFile(from: string): string | undefined {
  const home = homedir();
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, PROJECT_FILE);
    if (isOwnFile(file)) return file;
    if (folder === home || folder === dirname(folder)) return undefined;
  }
}

/**
 * Finds the credentials of a command: --credentials or --profile, HDL_CREDENTIALS, HDL_PROFILE, the variables with a
 * server or login, the nearest `hdl.json`, the default profile. A file that was only found is never combined with a login
 * from the environment: its server could be anybody's.
 *
 * @throws HandleError `invalid_options` for a profile's name, or two files
 */
export function findCredentials(
  flags: Pick<CommonFlags, "credentials" | "profile">,
  env: Environment,
  folder: string,
): FoundCredentials {
  const { credentials, profile } = flags;
  if (credentials !== undefined && profile !== undefined) {
    throw usageError("Both --credentials and --profile are given.", "Give one of the two.");
  }
  if (credentials !== undefined) return { file: credentials, env, why: "--credentials" };
  // HDL_TRUST only narrows down whom to talk to.
  const trust: Environment = { HDL_TRUST: env.HDL_TRUST };
  if (profile !== undefined) return { file: profileFile(profile, env), env: trust, why: "--profile" };
  if (env.HDL_CREDENTIALS) return { file: env.HDL_CREDENTIALS, env, why: "HDL_CREDENTIALS" };
  if (env.HDL_PROFILE) return { file: profileFile(env.HDL_PROFILE, env), env: trust, why: "HDL_PROFILE" };
  if (LOGIN_VARIABLES.some((name) => env[name])) return { env, why: "the environment" };
  const project = findProjectFile(folder);
  if (project !== undefined) return { file: project, env: trust, why: "the nearest hdl.json" };
  const saved = profileFile(DEFAULT_PROFILE, env);
  if (isOwnFile(saved)) return { file: saved, env: trust, why: "the default profile" };
  return { env, why: "no credentials" };
}
