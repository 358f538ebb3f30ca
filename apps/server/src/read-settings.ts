import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HandleError } from "@handlekit/core";
import type * as z from "zod";
import { type Settings, settingNames, settingsSchema } from "./settings.ts";

async function readConfigFile(directory: string): Promise<Record<string, unknown>> {
  const path = join(directory, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new HandleError("invalid_options", {
        message: `${directory} is not a data directory: it has no config.json.`,
        hint: "Make one with: hdl-server init DIRECTORY --prefix PREFIX",
      });
    }
    throw new HandleError("invalid_options", { message: `${path} cannot be read.`, cause: error });
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...json };
  } catch {
    // said below
  }
  throw new HandleError("invalid_options", { message: `${path} is not a JSON object.` });
}

/** Which place a value came from, for an error. */
function complain(issue: z.core.$ZodIssue, sources: Readonly<Record<string, string>>): HandleError {
  const name = String(issue.path[0] ?? (issue.code === "unrecognized_keys" ? issue.keys[0] : ""));
  return new HandleError("invalid_options", {
    message: `The setting ${name}${sources[name] ? ` (${sources[name]})` : ""} cannot be used: ${issue.message}.`,
    hint: "hdl-server serve --help lists the settings.",
  });
}

/**
 * The settings of a data directory: a flag wins over an environment variable, that over config.json, that over the default.
 *
 * @param flags by setting name, as commander gives them; undefined for those not given
 * @throws HandleError `invalid_options` that names the setting and where it was set
 */
export async function readSettings(
  directory: string,
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
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
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw first
    ? complain(first, sources)
    : new HandleError("invalid_options", { message: "The settings cannot be used." });
}
