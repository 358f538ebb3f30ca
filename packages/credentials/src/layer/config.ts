import type { JsonEntry } from "../json/read-json-object.ts";
import { listNames, type Reporter } from "../report.ts";
import { FIELD_NAMES } from "./fields.ts";

const DATABASE_KEYS = ["db_host", "db_user", "db_password", "db_name"];
const RENAMED: Readonly<Record<string, string>> = {
  reverse_username: "reverselookup_username",
  reverse_password: "reverselookup_password",
};

/** The keys of other programs that messages may name. */
export const FOREIGN_NAMES: readonly string[] = ["client", ...DATABASE_KEYS, ...Object.keys(RENAMED)];

/**
 * A name made of plain words, which a generated password is not: letters, optionally with a number before or after
 * them, joined by _ . - or /.
 */
const PLAIN_NAME = /^(?=.{1,40}$)\d{0,5}[A-Za-z]{1,20}\d{0,2}(?:[_./-]\d{0,5}[A-Za-z]{1,20}\d{0,2})*$/;

function warnOfForeign(others: ReadonlyMap<string, JsonEntry>, reporter: Reporter): void {
  const client = others.get("client")?.value ?? "";
  if (client !== "" && client !== "rest") {
    reporter.warn('"client" is not "rest", but only the settings for REST are used here', "client");
  }
  const database = DATABASE_KEYS.filter((name) => others.has(name));
  if (database.length > 0) {
    reporter.warn(
      `${listNames(database)} ${database.length === 1 ? "is" : "are"} ignored: only the database client of PYHANDLE uses them`,
      database[0],
    );
  }
  for (const [name, meant] of Object.entries(RENAMED)) {
    if (others.has(name)) reporter.warn(`"${name}" is ignored: the name of this key is "${meant}"`, name);
  }
}

function warnOfUnknown(others: ReadonlyMap<string, JsonEntry>, reporter: Reporter): void {
  const meant = new Map(FIELD_NAMES.map((name) => [name.toLowerCase(), name]));
  let unnamed = 0;
  for (const key of [...others.keys()].filter((each) => !FOREIGN_NAMES.includes(each))) {
    const name = meant.get(key.toLowerCase());
    if (name) {
      reporter.warn(`a key is ignored, because its letter case is not that of "${name}"`, key);
    } else if (PLAIN_NAME.test(key)) {
      reporter.warn(`"${key}" is unknown and has no effect`, key);
    } else {
      unnamed++;
    }
  }
  if (unnamed > 0) {
    const keys = unnamed === 1 ? "1 key is unknown and has" : `${unnamed} keys are unknown and have`;
    reporter.warn(`${keys} no effect; a name that might be a password is not shown`);
  }
}

/**
 * Returns the keys that Handlekit does not use. The object prints as a count, because a misspelt key may be a password.
 *
 * @throws HandleError `invalid_credentials` for a key `toJSON`
 */
export function readConfig(
  entries: ReadonlyMap<string, JsonEntry>,
  reporter: Reporter,
): Readonly<Record<string, unknown>> {
  const known: readonly string[] = FIELD_NAMES;
  const others = new Map([...entries].filter(([key]) => !known.includes(key)));
  if (others.has("toJSON")) throw reporter.fail('a key cannot be called "toJSON"', "toJSON");
  warnOfForeign(others, reporter);
  warnOfUnknown(others, reporter);
  return hideValues(Object.fromEntries([...others].map(([key, { value }]) => [key, value])));
}

/** Freezes an object, and makes JSON and inspection show a count of its keys. */
export function hideValues(config: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const shown = `[${Object.keys(config).length} config keys, not shown]`;
  for (const hook of ["toJSON", Symbol.for("nodejs.util.inspect.custom"), Symbol.for("Deno.customInspect")]) {
    Object.defineProperty(config, hook, { value: () => shown });
  }
  return Object.freeze(config);
}
