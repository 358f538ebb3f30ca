import type { CommandEntry } from "./command.ts";

/** Commands of two words, by the first. */
export const GROUPS: Readonly<Record<string, string>> = {
  loc: "Show and change the locations (10320/loc) of handles.",
  auth: "Show, check and save credentials.",
  ardc: "Mint, change and read handles of the ARDC Handle service (Australia).",
  key: "Show and convert keys and certificates.",
  user: "Create users: their keys, certificates and rights.",
};

const entry = (name: string, summary: string, load: CommandEntry["load"]): CommandEntry => ({
  name,
  summary,
  load,
});

/**
 * Every command, in the order in which `hdl --help` lists them. The module of a command is loaded when it runs, so that
 * `hdl get` does not wait for the others.
 */
export const COMMANDS: readonly CommandEntry[] = [
  entry("get", "Show the records of handles.", async () => (await import("./commands/get.ts")).command),
  entry(
    "resolve",
    "Print the URL that a handle leads to.",
    async () => (await import("./commands/resolve.ts")).command,
  ),
  entry(
    "create",
    "Create a handle. An HS_ADMIN value is added.",
    async () => (await import("./commands/create.ts")).command,
  ),
  entry(
    "mint",
    "Create a handle with a generated suffix.",
    async () => (await import("./commands/mint.ts")).command,
  ),
  entry(
    "set",
    "Change or add values. The others stay as they are.",
    async () => (await import("./commands/set.ts")).command,
  ),
  entry("unset", "Delete values of a handle.", async () => (await import("./commands/unset.ts")).command),
  entry(
    "delete",
    "Delete handles with all their values.",
    async () => (await import("./commands/delete.ts")).command,
  ),
  entry(
    "history",
    "Show who changed a handle, and bring an earlier state back.",
    async () => (await import("./commands/history.ts")).command,
  ),
  entry("list", "List the handles of a prefix.", async () => (await import("./commands/list.ts")).command),
  entry("count", "Count the handles of a prefix.", async () => (await import("./commands/count.ts")).command),
  entry(
    "search",
    "List the handles whose values match.",
    async () => (await import("./commands/search.ts")).command,
  ),
  entry(
    "bulk",
    "Carry out many writes from a file.",
    async () => (await import("./commands/bulk.ts")).command,
  ),
  entry(
    "loc list",
    "Show the locations of a handle.",
    async () => (await import("./commands/loc-list.ts")).command,
  ),
  entry(
    "loc add",
    "Add locations, or set attributes of present ones.",
    async () => (await import("./commands/loc-add.ts")).command,
  ),
  entry(
    "loc replace",
    "Replace the URL of a location.",
    async () => (await import("./commands/loc-replace.ts")).command,
  ),
  entry("loc remove", "Remove locations.", async () => (await import("./commands/loc-remove.ts")).command),
  entry(
    "loc repair",
    "Replace a malformed value by what can be read of it.",
    async () => (await import("./commands/loc-repair.ts")).command,
  ),
  entry(
    "loc choose",
    "Print the location that a resolver would choose.",
    async () => (await import("./commands/loc-choose.ts")).command,
  ),
  entry(
    "auth show",
    "Show which credentials are used, without secrets.",
    async () => (await import("./commands/auth-show.ts")).command,
  ),
  entry("auth check", "Try the login.", async () => (await import("./commands/auth-check.ts")).command),
  entry("auth save", "Save credentials.", async () => (await import("./commands/auth-save.ts")).command),
  entry("ardc mint", "Mint a handle.", async () => (await import("./commands/ardc-mint.ts")).command),
  entry("ardc add", "Add a value.", async () => (await import("./commands/ardc-add.ts")).command),
  entry(
    "ardc modify",
    "Replace the value at an index.",
    async () => (await import("./commands/ardc-modify.ts")).command,
  ),
  entry(
    "ardc delete",
    "Delete the value at an index. The handle itself cannot be deleted.",
    async () => (await import("./commands/ardc-delete.ts")).command,
  ),
  entry(
    "ardc get",
    "Show a handle, or the handles that have a value.",
    async () => (await import("./commands/ardc-get.ts")).command,
  ),
  entry("ardc list", "List your handles.", async () => (await import("./commands/ardc-list.ts")).command),
  entry(
    "doctor",
    "Find what is wrong with a server, a login or its rights.",
    async () => (await import("./commands/doctor.ts")).command,
  ),
  entry(
    "why",
    "Explain what a user may do with a handle, and what would change that.",
    async () => (await import("./commands/why.ts")).command,
  ),
  entry(
    "completion",
    "Print the completion script of a shell.",
    async () => (await import("./commands/completion.ts")).command,
  ),
  entry(
    "key show",
    "Show what a key or certificate is, and whom it belongs to.",
    async () => (await import("./commands/key-show.ts")).command,
  ),
  entry(
    "key convert",
    "Convert a key between Handle.Net's .bin and PEM.",
    async () => (await import("./commands/key-convert.ts")).command,
  ),
  entry(
    "user create",
    "Create a user: keys, certificate, credentials file and rights.",
    async () => (await import("./commands/user-create.ts")).command,
  ),
];
