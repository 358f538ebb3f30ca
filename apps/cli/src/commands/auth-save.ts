import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseFingerprint, parseReference, printable, type Secret, secret } from "@handlekit/core";
import { type DocumentToSave, saveCredentials } from "@handlekit/credentials/file";
import { checkLogin } from "../check-login.ts";
import type { Call, CommandModule } from "../command.ts";
import { profileFile } from "../find-credentials.ts";
import { readCredentials } from "../open-client.ts";
import { askSecret, askText, confirm, readSecretStdin } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import { addYes } from "../write-options.ts";

interface SaveFlags {
  readonly username?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
  readonly passwordFile?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly to?: string | undefined;
  readonly check?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

type SaveCall = Call<SaveFlags>;

const PASSWORD_WAYS =
  "Give it with --password-stdin, with --password-file FILE, or in the variable HDL_PASSWORD.";

async function readPassword({ passwordStdin, passwordFile, username }: SaveFlags): Promise<Secret> {
  if (passwordStdin && passwordFile !== undefined)
    throw usageError("Give one of --password-stdin and --password-file.");
  if (passwordStdin) return readSecretStdin();
  if (passwordFile !== undefined) {
    const text = await readFile(passwordFile, "utf8").catch(() => undefined);
    if (text === undefined) throw usageError(`The file ${printable(passwordFile)} cannot be read.`);
    return secret(text.replace(/\r?\n$/, ""));
  }
  if (process.env.HDL_PASSWORD) return secret(process.env.HDL_PASSWORD);
  return askSecret(`Password of ${printable(username ?? "")}`, PASSWORD_WAYS);
}

async function readLogin(flags: SaveFlags): Promise<DocumentToSave["login"]> {
  const { certificate, key, username } = flags;
  if (certificate !== undefined) {
    if (username !== undefined)
      throw usageError("Give a user or a certificate; a certificate names its user.");
    return {
      kind: "certificate",
      certificateFile: resolve(certificate),
      keyFile: resolve(key ?? certificate),
    };
  }
  if (key !== undefined) throw usageError("--key needs --certificate.");
  const named =
    username ?? (await askText("User, such as 300:20.500.12345/ADMIN", "Give it with --username."));
  const identity = parseReference(named.trim());
  return { kind: "password", identity, password: await readPassword({ ...flags, username: named.trim() }) };
}

async function save({ flags, output, signal }: SaveCall): Promise<undefined> {
  const { profile = "default", to, server: named, ca, trust } = flags;
  const file = to ?? profileFile(profile, process.env);
  const exists = (await stat(file).catch(() => undefined)) !== undefined;
  if (exists) await confirm(`${printable(file)} exists. Replace it?`, flags.yes);
  const server =
    named ??
    (await askText(
      "Address of the handle server, such as https://handle.example.org:8000",
      "Give it with --server.",
    ));
  const login = await readLogin(flags);
  if (to === undefined) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await saveCredentials(file, {
    server: server.trim(),
    login,
    ...(ca === undefined ? {} : { httpsVerify: { caFile: resolve(ca) } }),
    ...(trust === undefined
      ? {}
      : { trust: parseFingerprint(trust) ? { fingerprint: trust } : { file: resolve(trust) } }),
  });
  output.result({ file, server: server.trim() }, `saved ${printable(file)}`);
  if (flags.check === false) return undefined;
  const caller = { output, flags: { credentials: file, timeout: flags.timeout } };
  const credentials = await readCredentials(caller);
  const identity = await checkLogin(caller, credentials, signal);
  output.say(`${printable(credentials.server ?? "")} accepts the login as ${printable(identity)}.`);
  return undefined;
}

/** `hdl auth save`: saves credentials as a profile, and tries them. */
export const command: CommandModule<SaveFlags> = {
  define: (command) =>
    addYes(
      command
        .option(
          "--username <reference>",
          "the user, such as 300:20.500.12345/ADMIN; asked for if it is missing",
        )
        .option("--password-stdin", "read the password from standard input; it is asked for otherwise")
        .option("--password-file <file>", "read the password from a file")
        .option("--certificate <file>", "a client certificate (PEM) instead of a password")
        .option("--key <file>", "its private key (PEM); default: in the same file")
        .option("--to <file>", "write this file, such as hdl.json of a project, instead of a profile")
        .option("--no-check", "do not try the login"),
    ),
  examples: [
    ["hdl auth save", "asks for server, user and password, and saves them as the default"],
    ["hdl auth save --profile test --server https://127.0.0.1:8000 --certificate me.pem", "a second profile"],
    ["hdl get 20.500.12345/abc --profile test", "uses it"],
  ],
  run: save,
};
