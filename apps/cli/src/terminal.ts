import { HandleError, type Secret, secret } from "@handlekit/core";
import { usageError } from "./usage-error.ts";

/** True if questions can be asked: both ends of the conversation are a terminal. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

const aborted = (message: string) => new HandleError("aborted", { message });

/**
 * Asks for a secret at the terminal, without showing it.
 *
 * @param what the start of the question, such as "Password of 300:20.500.12345/ADMIN"
 * @param instead the other ways to give it, for the error
 * @throws HandleError `invalid_options` if there is no terminal; `aborted` at Ctrl-C
 */
export async function askSecret(what: string, instead: string): Promise<Secret> {
  if (!isInteractive()) throw usageError(`${what} cannot be asked for: there is no terminal.`, instead);
  const { read } = await import("read");
  try {
    const prompt = `${what}: `;
    const options = { prompt, silent: true, input: process.stdin, output: process.stderr } as const;
    return secret(String(await read(options)));
  } catch {
    throw aborted("Nothing was done.");
  } finally {
    process.stderr.write("\n");
  }
}

/** Asks for a line of text. @throws HandleError `invalid_options` if there is no terminal; `aborted` at Ctrl-C */
export async function askText(what: string, instead: string): Promise<string> {
  if (!isInteractive()) throw usageError(`${what} cannot be asked for: there is no terminal.`, instead);
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const stopped = new Promise<never>((_, reject) =>
    terminal.once("SIGINT", () => reject(aborted("Nothing was done."))),
  );
  try {
    return await Promise.race([terminal.question(`${what}: `), stopped]);
  } finally {
    terminal.close();
  }
}

/**
 * Asks whether to do what cannot be undone.
 *
 * @param question such as "Delete 20.500.12345/abc and all its values?"
 * @param yes the option --yes: it is not asked then
 * @throws HandleError `aborted` unless the answer is yes; `invalid_options` if there is no terminal and no --yes
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  const ways = "Give --yes to do it without being asked, or --dry-run to see what would be done.";
  if (!isInteractive()) throw usageError(`There is no terminal to ask: ${question}`, ways);
  const answer = await askText(`${question} [y/N]`, ways);
  if (!/^y(es)?$/i.test(answer.trim())) throw aborted("Nothing was done.");
}

/** The longest secret or text that is read from stdin, in bytes. */
const MAX_STDIN = 16 * 2 ** 20;

/** Reads standard input to its end. @throws HandleError `invalid_options` if it is longer than 16 MiB */
export async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += (chunk as Uint8Array).length;
    if (length > MAX_STDIN) throw usageError("Standard input is longer than 16 MiB.");
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** Reads a secret from standard input, for options such as --password-stdin: one line break at its end is not part of it. */
export async function readSecretStdin(): Promise<Secret> {
  const bytes = await readStdin();
  const end = bytes.at(-1) !== 10 ? bytes.length : bytes.at(-2) === 13 ? bytes.length - 2 : bytes.length - 1;
  return secret(bytes.subarray(0, end));
}
