import { basename, join } from "node:path";
import type { HandleClient } from "@handlekit/client";
import {
  type Credentials,
  formatReference,
  HandleError,
  isHandleError,
  MAX_INDEX,
  parseHandle,
  parseReference,
  printable,
  type Secret,
  type ValueReference,
} from "@handlekit/core";
import { resolveCredentials } from "@handlekit/credentials/file";
import { checkLogin } from "../check-login.ts";
import type { Call, CommandModule } from "../command.ts";
import { askNewSecret } from "../key-files.ts";
import { withClient } from "../open-client.ts";
import { readTrusted } from "../open-transport.ts";
import { readSecretStdin } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { type AdminList, addMember, findAdminList, isMember } from "../user/admin-list.ts";
import * as own from "../user/files.ts";
import {
  type KeyTask,
  planKey,
  readSeen,
  type SeenRecord,
  storeKey,
  type UserKey,
} from "../user/key-value.ts";
import { createSteps, type Steps } from "../user/steps.ts";

interface UserCreateFlags {
  readonly output?: string | undefined;
  readonly withPassword?: boolean | undefined;
  readonly passwordStdin?: boolean | undefined;
  readonly makePassword?: boolean | undefined;
  /** A reference; false with --no-list. */
  readonly list?: string | boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

type UserCall = Call<UserCreateFlags, [string]>;

function readIdentity(text: string): ValueReference {
  const identity = parseReference(text);
  parseHandle(identity.handle);
  if (identity.index >= 1 && identity.index <= MAX_INDEX) return identity;
  throw usageError(
    `${printable(text)} has no index, where the key of the user is stored.`,
    `For example 301:${identity.handle}.`,
  );
}

/** The state before anything is written. */
interface Plan {
  readonly identity: ValueReference;
  readonly files: own.UserFiles;
  readonly access: own.ServerAccess;
  readonly withPassword: boolean;
  /** A password that exists or was given, or is to be made. */
  readonly password: { readonly value: Secret; readonly made: boolean } | undefined;
  readonly record: SeenRecord | undefined;
  readonly task: KeyTask;
  readonly list: AdminList | undefined;
}

async function readPassword(
  { flags }: UserCall,
  files: own.UserFiles,
  identity: ValueReference,
): Promise<Plan["password"]> {
  const there = await own.readOwnPassword(files, identity);
  if (flags.passwordStdin) {
    const value = await readSecretStdin();
    if (value.reveal().length === 0) throw usageError("The password on standard input is empty.");
    if (there && !Buffer.from(there.reveal()).equals(value.reveal())) {
      throw usageError(
        `The password is not the one in ${printable(files.credentials)}.`,
        "Run the command without a password to use that one, or move the file away.",
      );
    }
    return { value, made: false };
  }
  if (there) return { value: there, made: false };
  if (flags.dryRun) return undefined;
  const ways = "Give it with --password-stdin, or let one be made with --make-password.";
  const asked = flags.makePassword
    ? undefined
    : await askNewSecret(`Password of ${formatReference(identity)}`, ways);
  if (asked !== undefined && asked.reveal().length > 0) return { value: asked, made: false };
  return { value: await own.makePassword(), made: true };
}

async function makePlan(call: UserCall, credentials: Credentials, client: HandleClient): Promise<Plan> {
  const {
    args: [text],
    flags,
    signal,
  } = call;
  const identity = readIdentity(text);
  const files = own.nameFiles(identity, flags.output ?? ".");
  const withPassword = Boolean(flags.withPassword || flags.passwordStdin || flags.makePassword);
  const trusted = readTrusted(flags, credentials);
  const record = await readSeen(client, identity.handle, signal);
  const chosen = typeof flags.list === "string" ? parseReference(flags.list) : undefined;
  const list = flags.list === false ? undefined : await findAdminList(client, identity, { chosen, signal });
  const password = withPassword ? await readPassword(call, files, identity) : undefined;
  const pair = withPassword ? undefined : await own.readOwnKey(files);
  const key: UserKey | undefined = password
    ? { type: "HS_SECKEY", password: password.value }
    : pair && { type: "HS_PUBKEY", publicKey: pair.publicKey };
  const task = planKey(record, identity, key);
  return {
    identity,
    files,
    access: { server: client.server, trusted },
    withPassword,
    password,
    record,
    task,
    list,
  };
}

const keyStep = (task: KeyTask, { handle, index }: ValueReference, type: string): string =>
  task === "create"
    ? `new handle ${handle} with ${type} at index ${index}`
    : `${type} at index ${index} of ${handle}`;

/** Tells what would be done. */
async function tellPlan({ identity, files, withPassword, task, list }: Plan, steps: Steps): Promise<void> {
  const file = async (step: string, path: string) =>
    steps.tell(step, (await own.exists(path)) ? "unchanged" : "planned", path);
  if (!withPassword) {
    await file("key", files.key);
    await file("certificate", files.certificate);
  }
  await file("credentials", files.credentials);
  const type = withPassword ? "HS_SECKEY" : "HS_PUBKEY";
  steps.tell("handle", task === "there" ? "unchanged" : "planned", keyStep(task, identity, type));
  if (list) tellList(list, identity, isMember(list, identity) ? "unchanged" : "planned", steps);
  steps.tell("login", "planned", "to see that it works");
}

function tellList(
  { reference }: AdminList,
  identity: ValueReference,
  outcome: "done" | "unchanged" | "planned",
  steps: Steps,
): void {
  steps.tell("list", outcome, `${formatReference(identity)} in HS_VLIST ${formatReference(reference)}`);
}

/** Logs in with the credentials file of the new user. */
async function proveLogin(
  call: UserCall,
  { credentials }: Plan["files"],
  signal: AbortSignal,
): Promise<void> {
  await checkLogin(call, await resolveCredentials({ file: credentials, env: {} }), signal);
}

/** Stores the key, unless it is there. A hidden value in its place is the key if the login with it works. */
async function ensureKey(
  call: UserCall,
  { record, identity, files }: Plan,
  client: HandleClient,
  key: UserKey,
): Promise<KeyTask> {
  const { signal } = call;
  const task = planKey(record, identity, key);
  if (task === "there") return task;
  try {
    await storeKey(client, identity, key, { record, signal });
    return task;
  } catch (error) {
    if (!isHandleError(error, "value_exists")) throw error;
    await proveLogin(call, files, signal).catch(() => {
      throw error;
    });
    return "there";
  }
}

/** Does what is left to do. */
async function carryOut(call: UserCall, plan: Plan, client: HandleClient, steps: Steps): Promise<void> {
  const { identity, files, access, withPassword, password, list } = plan;
  const { signal } = call;
  const outcome = (made: boolean) => (made ? "done" : "unchanged");
  let key: UserKey;
  if (withPassword && password) {
    key = { type: "HS_SECKEY", password: password.value };
  } else {
    const pair = await own.ownKey(files);
    steps.tell("key", outcome(pair.made), files.key);
    const certificate = await own.ownCertificate(files, identity, pair.value);
    const until = certificate.value.toISOString().slice(0, 10);
    steps.tell("certificate", outcome(certificate.made), `${files.certificate}, valid until ${until}`);
    key = { type: "HS_PUBKEY", publicKey: pair.value.publicKey };
  }
  const credentials = await own.ownCredentials(files, identity, access, password?.value);
  steps.tell("credentials", outcome(credentials.made), files.credentials);
  const task = await ensureKey(call, plan, client, key);
  steps.tell("handle", outcome(task !== "there"), keyStep(task, identity, key.type));
  if (list) {
    const member = isMember(list, identity);
    const after = await addMember(client, list, identity, signal);
    tellList(after, identity, outcome(!member), steps);
  }
  await proveLogin(call, files, signal);
  steps.tell("login", "done", `the server recognises ${formatReference(identity)}`);
}

function resultText({ files, identity, password }: Plan, { dryRun, output = "." }: UserCreateFlags): string {
  if (dryRun) return "";
  const made = password?.made
    ? `The password of ${formatReference(identity)}, which is shown only now: ${new TextDecoder().decode(password.value.reveal())}\n`
    : "";
  return `${made}Use it: hdl get ${identity.handle} --authenticated -c ${printable(join(output, basename(files.credentials)))}\n`;
}

/** `hdl user create INDEX:HANDLE`: creates a user who can log in at once. */
export const command: CommandModule<UserCreateFlags, [string]> = {
  define: (command) =>
    command
      .argument("<user>", "index:prefix/suffix of the new user, such as 301:20.500.12345/alice")
      .option("-o, --output <folder>", "where its files are written; default the present folder")
      .option(
        "--with-password",
        "with a password (HS_SECKEY), which is asked for (empty: one is made), not a key",
      )
      .option("--password-stdin", "with a password, which is read from standard input")
      .option("--make-password", "with a password, which is made and shown once")
      .option("--list <reference>", "the list (HS_VLIST) that the user is added to")
      .option("--no-list", "do not add the user to the administrators of the prefix")
      .option("--dry-run", "change nothing, show what would be done"),
  examples: [
    ["hdl user create 301:20.500.12345/alice -c admin.json", "a user with a key and a certificate"],
    ["hdl user create 300:20.500.12345/bob --with-password -c admin.json", "a user with a password"],
    ["hdl user create 301:20.500.12345/alice --dry-run", "what would be done"],
  ],
  async run(call) {
    const { flags, output } = call;
    const steps = createSteps(output);
    return withClient(call, async (client, credentials) => {
      if (credentials.login === undefined) {
        throw new HandleError("invalid_credentials", {
          message: "Creating a user needs the login of an administrator of the prefix.",
          hint: "Give a credentials file that has one with -c FILE, or save one with hdl auth save.",
        });
      }
      const plan = await makePlan(call, credentials, client);
      try {
        if (flags.dryRun) await tellPlan(plan, steps);
        else await carryOut(call, plan, client, steps);
      } catch (error) {
        throw steps.explain(error);
      }
      const { identity, files, password } = plan;
      const shown = password?.made ? { password: new TextDecoder().decode(password.value.reveal()) } : {};
      const members = { user: formatReference(identity), credentials: files.credentials, ...shown };
      output.result({ ...members, steps: steps.all }, resultText(plan, flags));
      return undefined;
    });
  },
};
