import { secret } from "../secret.ts";
import type { BatchSessionSetup } from "./command.ts";
import { type Line, refuseLine } from "./line.ts";
import { readNumber, trim } from "./text.ts";

const FIELDS = [
  "USESESSION",
  "PUBEXNGKEYFILE",
  "PUBEXNGKEYREF",
  "PRIVEXNGKEYFILE",
  "PASSPHRASE",
  "OPTIONS",
  "TIMEOUT",
] as const;
type Field = (typeof FIELDS)[number];
type SessionFields = ReadonlyMap<Field, Line>;

/** Parses lines of the form `FIELD:content`, and trims the content. */
function readFields(body: readonly Line[]): SessionFields {
  const fields = new Map<Field, Line>();
  for (const line of body) {
    const text = trim(line.text);
    const colon = text.indexOf(":");
    const field = FIELDS.find((each) => each === text.slice(0, Math.max(colon, 0)).toUpperCase());
    if (field === undefined) {
      throw refuseLine(
        line,
        "it is not a line of SESSIONSETUP",
        `Write one of ${FIELDS.join(", ")}, then a colon.`,
      );
    }
    if (fields.has(field)) throw refuseLine(line, `${field} is repeated`);
    fields.set(field, { number: line.number, text: trim(text.slice(colon + 1)) });
  }
  return fields;
}

function readFile(fields: SessionFields, field: Field): string | undefined {
  const line = fields.get(field);
  if (line?.text === "") throw refuseLine(line, `${field} does not name a file`);
  return line?.text;
}

function readPublicKey(fields: SessionFields): BatchSessionSetup["publicExchangeKey"] {
  const file = readFile(fields, "PUBEXNGKEYFILE");
  const line = fields.get("PUBEXNGKEYREF");
  if (!line) return file === undefined ? undefined : { file };
  if (file !== undefined) {
    throw refuseLine(line, "the public exchange key is given both as a file and as a reference");
  }
  const colon = line.text.indexOf(":");
  const index = readNumber(line.text.slice(0, Math.max(colon, 0)), 0);
  const handle = trim(line.text.slice(colon + 1));
  if (index === undefined || handle === "") {
    throw refuseLine(line, "the reference is not index:handle", "For example 300:20.500.12345/USER1.");
  }
  return { handle, index };
}

function readPrivateKey(fields: SessionFields): BatchSessionSetup["privateExchangeKey"] {
  const file = readFile(fields, "PRIVEXNGKEYFILE");
  const passphrase = fields.get("PASSPHRASE");
  if (file !== undefined) return { file, passphrase: passphrase && secret(passphrase.text) };
  if (passphrase) throw refuseLine(passphrase, "there is a PASSPHRASE but no PRIVEXNGKEYFILE");
  return undefined;
}

/**
 * Parses the lines after SESSIONSETUP.
 *
 * @throws HandleError `invalid_value` that names the line
 */
export function readSession(body: readonly Line[]): BatchSessionSetup {
  const fields = readFields(body);
  const use = fields.get("USESESSION");
  if (use && !/^[01]$/.test(use.text)) throw refuseLine(use, "USESESSION is neither 0 nor 1");
  const options = fields.get("OPTIONS");
  if (options && !/^[01]{2,3}$/.test(options.text)) {
    throw refuseLine(
      options,
      "OPTIONS are not three binary digits",
      "Encrypt, authenticate, answer challenges if no session can be set up.",
    );
  }
  const timeout = fields.get("TIMEOUT");
  const timeoutHours = timeout && readNumber(timeout.text, 0);
  if (timeout && timeoutHours === undefined) throw refuseLine(timeout, "TIMEOUT is not a number of hours");
  const on = (at: number) => options?.text[at] === "1";
  return {
    command: "SESSIONSETUP",
    useSession: use?.text === "1",
    publicExchangeKey: readPublicKey(fields),
    privateExchangeKey: readPrivateKey(fields),
    options: options && { encrypt: on(0), authenticate: on(1), fallBack: on(2) },
    timeoutHours,
  };
}
