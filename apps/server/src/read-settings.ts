import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HandleError, invalidOptions, quoteForMessage } from "@handlekit/core";
import type * as z from "zod";
import { type SettingName, type Settings, settingNames, settingsSchema } from "./settings.ts";

async function readConfigFile(directory: string): Promise<Record<string, unknown>> {
  const path = join(directory, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw invalidOptions(
        `${directory} is not a data directory: it has no config.json.`,
        "Create one with: hdl-server init DIRECTORY --prefix PREFIX",
      );
    }
    throw new HandleError("invalid_options", {
      message: `${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      hint: "Check its permissions.",
      cause: error,
    });
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...json };
  } catch {
    // The error of JSON.parse may quote the file.
  }
  throw invalidOptions(`${path} is not a JSON object.`, 'Write it as {"httpsPort": 8000}.');
}

/** The error for a setting, with the place where it was set. */
function settingError(issue: z.core.$ZodIssue, sources: Readonly<Record<string, string>>): HandleError {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const name = unknown ?? String(issue.path[0] ?? "");
  // A name that nobody chose here may be of any length, and contain anything.
  const shown = unknown === undefined ? name : quoteForMessage(unknown);
  const why = unknown === undefined ? issue.message : "there is no setting of this name";
  return invalidOptions(
    `The setting ${shown}${sources[name] ? ` (${sources[name]})` : ""} cannot be used: ${why}.`,
    "hdl-server serve --help lists the settings.",
  );
}

/** Settings, and where each was set: `default`, `config.json`, an environment variable or a flag. */
export interface FoundSettings {
  readonly settings: Settings;
  sourceOf(name: SettingName): string;
}

/**
 * Reads the settings of a data directory, with the places where they were set. A flag takes precedence over an
 * environment variable, which takes precedence over config.json.
 *
 * @param flags the flags by the name of their setting; undefined for those that are not given
 * @throws HandleError `invalid_options` that names the setting and where it was set
 */
export async function findSettings(
  directory: string,
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FoundSettings> {
  const merged = await readConfigFile(directory);
  const sources: Record<string, string> = Object.fromEntries(
    Object.keys(merged).map((name) => [name, "config.json"]),
  );
  for (const { name, flag, variable } of settingNames()) {
    if (environment[variable]) {
      merged[name] = environment[variable];
      sources[name] = variable;
    }
    if (flags[name] !== undefined) {
      merged[name] = flags[name];
      sources[name] = flag;
    }
  }
  const parsed = settingsSchema.safeParse(merged);
  if (parsed.success) return { settings: parsed.data, sourceOf: (name) => sources[name] ?? "default" };
  const [first] = parsed.error.issues;
  throw first ? settingError(first, sources) : invalidOptions("The settings cannot be used.");
}

/** Reads the settings of a data directory, as {@link findSettings} does. */
export async function readSettings(
  directory: string,
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  return (await findSettings(directory, flags, environment)).settings;
}
