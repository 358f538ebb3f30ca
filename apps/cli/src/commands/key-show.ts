import { formatReference, printable } from "@handlekit/core";
import type { KeyDescription } from "@handlekit/keys";
import type { CommandModule } from "../command.ts";
import { keySummary, readSecretFile, readSmallFile } from "../key-files.ts";
import type { Output } from "../output.ts";
import { askSecret } from "../terminal.ts";

interface KeyShowFlags {
  readonly decrypt?: boolean | undefined;
  readonly passphraseFile?: string | undefined;
}

const oneLine = (name: string) => printable(name.replaceAll("\n", ", "));
const day = (date: Date) => date.toISOString().slice(0, 10);

function rows(key: KeyDescription): readonly (readonly [string, string])[] {
  const { certificate, fingerprint, encrypted } = key;
  const found: [string, string | undefined][] = [
    ["user", certificate && (certificate.identity ? formatReference(certificate.identity) : "none")],
    ["subject", certificate && oneLine(certificate.subject)],
    ["issuer", certificate && (certificate.selfSigned ? "self-signed" : oneLine(certificate.issuer))],
    ["hosts", certificate?.hosts],
    ["valid", certificate && `${day(certificate.validFrom)} to ${day(certificate.validTo)}`],
    ["public key", fingerprint === undefined && encrypted ? "only known with the passphrase" : undefined],
    ["public key", fingerprint && `SHA-256 ${fingerprint}`],
    // As --trust takes it.
    ["itself", certificate && `sha256:${certificate.fingerprint}`],
  ];
  return found.flatMap(([name, text]) => (text === undefined ? [] : [[name, printable(text)]]));
}

function formatKey(file: string, key: KeyDescription, { style }: Output): string {
  const lines = rows(key).map(([name, text]) => `  ${style.dim(name.padEnd(10))}  ${text}\n`);
  return `${style.bold(printable(file))}: ${keySummary(key)}\n${lines.join("")}`;
}

function warnOf(file: string, { certificate, type, publicKey }: KeyDescription, output: Output): void {
  if (type !== undefined && publicKey === undefined) {
    output.warn(`${file}: an HS_PUBKEY value cannot hold a key of the type ${type}.`);
  }
  if (certificate === undefined) return;
  const { identity, hosts, validFrom, validTo } = certificate;
  const now = new Date();
  if (now > validTo) output.warn(`${file}: the certificate expired on ${day(validTo)}.`);
  if (now < validFrom) output.warn(`${file}: the certificate is not valid before ${day(validFrom)}.`);
  if (identity === undefined && hosts === undefined) {
    output.warn(`${file}: neither UID nor CN of the subject is index:prefix/suffix, so it is no user's.`);
  }
}

/** `hdl key show FILE...`: says what keys and certificates are, and whom they belong to. */
export const command: CommandModule<KeyShowFlags, [readonly string[]]> = {
  define: (command) =>
    command
      .argument("<files...>", "key files of Handle.Net (.bin), or PEM")
      .option("--decrypt", "ask for the passphrase of encrypted keys, to show what they are")
      .option("--passphrase-file <file>", "read it from this file; - is standard input"),
  examples: [
    ["hdl key show admpriv.bin admin-certificate.pem", "what they are, and whether they belong together"],
    ["hdl key show admpriv.bin --decrypt", "an encrypted key with its size and fingerprint"],
  ],
  async run({ args: [files], flags, output }) {
    const { describeKeys } = await import("@handlekit/keys");
    const given = flags.passphraseFile === undefined ? undefined : await readSecretFile(flags.passphraseFile);
    for (const file of files) {
      const content = await readSmallFile(file);
      let keys = await describeKeys(content);
      const encrypted = keys.some((key) => key.encrypted);
      if (encrypted && (flags.decrypt || given)) {
        const passphrase =
          given ??
          (await askSecret(`Passphrase of ${printable(file)}`, "Give it with --passphrase-file FILE."));
        keys = await describeKeys(content, { passphrase });
      }
      output.result({ file, keys }, () => keys.map((key) => formatKey(file, key, output)).join(""));
      for (const key of keys) warnOf(file, key, output);
    }
    return undefined;
  },
};
