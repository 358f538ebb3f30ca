import { printable, type Secret } from "@handlekit/core";
import type { Key, KeyFormat } from "@handlekit/keys";
import type { CommandModule } from "../command.ts";
import { askNewSecret, keySummary, readSecretFile, readSmallFile, writeNewFile } from "../key-files.ts";
import { askSecret } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

interface KeyConvertFlags {
  readonly output?: string | undefined;
  readonly format?: string | undefined;
  readonly public?: boolean | undefined;
  readonly encrypt?: boolean | undefined;
  readonly decrypt?: boolean | undefined;
  readonly passphraseFile?: string | undefined;
  readonly newPassphraseFile?: string | undefined;
}

function formatOf({ format, output = "" }: KeyConvertFlags): KeyFormat {
  const name = format ?? (/\.bin$/i.test(output) ? "bin" : /\.(?:pem|key|pub)$/i.test(output) ? "pem" : "");
  if (name === "bin" || name === "pem") return name;
  throw usageError(
    "The format of the output is not known.",
    "Give --format bin or --format pem, or a name that ends in .bin or .pem.",
  );
}

function checkFlags(flags: KeyConvertFlags): string {
  const { output, encrypt, decrypt, passphraseFile, newPassphraseFile } = flags;
  if (output === undefined) {
    throw usageError("--output is missing.", "Name the file that is written: -o key.pem or -o admpriv.bin.");
  }
  if (decrypt && (encrypt || newPassphraseFile !== undefined)) {
    throw usageError("Both --decrypt and a new passphrase are given.", "Give one of the two.");
  }
  if (passphraseFile === "-" && newPassphraseFile === "-") {
    throw usageError("Standard input can only be read once.", "Read one of the passphrases from a file.");
  }
  return output;
}

/** Returns the passphrase that the output is encrypted with: a new one, else that of the input. */
async function newPassphrase(flags: KeyConvertFlags, old: Secret | undefined): Promise<Secret | undefined> {
  if (flags.decrypt) return undefined;
  if (flags.newPassphraseFile !== undefined) return readSecretFile(flags.newPassphraseFile);
  if (!flags.encrypt) return old;
  return askNewSecret("New passphrase", "Give it with --new-passphrase-file FILE.");
}

/** `hdl key convert FILE -o FILE`: converts a key between Handle.Net's `.bin` and PEM. */
export const command: CommandModule<KeyConvertFlags, [string]> = {
  define: (command) =>
    command
      .argument("<file>", "a key file of Handle.Net (.bin), or PEM")
      .option("-o, --output <file>", "the file that is written; it must not exist")
      .option("--format <format>", "bin or pem; default by the name of the output")
      .option("--public", "write the public key only")
      .option("--encrypt", "ask for a new passphrase, and encrypt the private key with it")
      .option("--decrypt", "write the private key unencrypted; default is as it was, with its passphrase")
      .option("--passphrase-file <file>", "the passphrase of the input; - is standard input")
      .option("--new-passphrase-file <file>", "the passphrase of the output; - is standard input"),
  examples: [
    ["hdl key convert admpriv.bin --decrypt -o admpriv.pem", "Handle.Net's key as PEM, unencrypted"],
    ["hdl key convert admin-key.pem --encrypt -o admpriv.bin", "PEM as Handle.Net's encrypted key"],
    ["hdl key convert admin-certificate.pem -o admpub.bin", "the public key of a certificate"],
  ],
  async run({ args: [file], flags, output }) {
    const target = checkFlags(flags);
    const format = formatOf(flags);
    const { describeKeys, readKey, writePrivateKey, writePublicKey } = await import("@handlekit/keys");
    const content = await readSmallFile(file);
    const encrypted = (await describeKeys(content)).some((key) => key.encrypted);
    const question = `Passphrase of ${printable(file)}`;
    const passphrase = !encrypted
      ? undefined
      : flags.passphraseFile !== undefined
        ? await readSecretFile(flags.passphraseFile)
        : await askSecret(question, "Give it with --passphrase-file FILE.");
    const { privateKey, publicKey }: Key = await readKey(content, { passphrase });
    let written: Uint8Array;
    let described: Parameters<typeof describeKeys>[1];
    if (privateKey === undefined || flags.public) {
      written = writePublicKey(publicKey, { format });
      await writeNewFile(target, written, 0o644);
    } else {
      const next = await newPassphrase(flags, passphrase);
      written = (await writePrivateKey(privateKey, { format, passphrase: next })).reveal();
      described = { passphrase: next };
      await writeNewFile(target, written, 0o600);
    }
    const [key] = await describeKeys(written, described);
    if (output.json) output.result({ file: target, key }, "");
    if (key) output.say(`wrote ${printable(target)}: ${keySummary(key)}`);
    return undefined;
  },
};
