import { type HandleError, isHandleError } from "@handlekit/core";
import type { CommandContext } from "../command-context.ts";
import { type FoundSettings, findSettings } from "../read-settings.ts";
import { settingNames } from "../settings.ts";
import { formatTable } from "../table.ts";
import { checkServer, type ServerCheck } from "./check-server.ts";

/** Options of `hdl-server config`. */
export interface ConfigOptions {
  readonly json?: boolean | undefined;
}

/** Shows the settings of a data directory. Resolves to false if `serve` would not start. */
export type ConfigCommand = (directory: string, options: ConfigOptions) => Promise<boolean>;

/** A setting that is in effect. */
interface Effective {
  readonly name: string;
  readonly value: unknown;
  readonly source: string;
}

function effective({ settings, sourceOf }: FoundSettings): readonly Effective[] {
  return settingNames().map(({ name }) => ({
    name,
    value: settings[name] ?? null,
    source: sourceOf(name),
  }));
}

/** Formats a value as the README and the help do. */
function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return (Array.isArray(value) ? value.join(", ") : String(value ?? "")) || "none";
}

/** Reads and checks the settings. What keeps `serve` from starting is the result, and not thrown. */
async function inspect(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerCheck & { readonly settings: readonly Effective[] }> {
  let found: FoundSettings;
  try {
    found = await findSettings(directory, {}, environment);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    return { settings: [], problem: error, warnings: [] };
  }
  return { settings: effective(found), ...(await checkServer(directory, found.settings, environment)) };
}

/** Creates the command `hdl-server config`. */
export function createConfigCommand({ environment, print, note }: CommandContext): ConfigCommand {
  const noteProblem = ({ message, hint }: HandleError) => {
    note(`The server would not start: ${message}`);
    if (hint !== undefined) note(hint);
  };
  return async (directory, { json = false }) => {
    const { settings, problem, warnings } = await inspect(directory, environment);
    if (json) {
      const shownProblem = problem && { code: problem.code, message: problem.message, hint: problem.hint };
      print(JSON.stringify({ settings, warnings, problem: shownProblem ?? null }));
    } else {
      // The values last, because some are long.
      const rows = settings.map(({ name, value, source }) => [name, source, shown(value)]);
      if (rows.length > 0) print(formatTable(["SETTING", "FROM", "VALUE"], rows));
      for (const warning of warnings) note(`Warning: ${warning}`);
      if (problem !== undefined) noteProblem(problem);
    }
    return problem === undefined;
  };
}
