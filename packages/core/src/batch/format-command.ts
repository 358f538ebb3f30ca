import { HandleError, invalidValue } from "../error.ts";
import { quoteForMessage } from "../handle.ts";
import type { ValueReference } from "../reference.ts";
import { parseIpAddress } from "../value/ip-address.ts";
import type {
  BatchAuthenticate,
  BatchCommand,
  BatchHome,
  BatchSessionSetup,
  BatchValueInput,
  BatchWrite,
} from "./command.ts";
import { numberField, passphraseField, passwordField, type Refuse, textField } from "./fields.ts";
import { formatValue } from "./format-value.ts";
import { isPrefixHandle } from "./text.ts";

function formatUser(user: ValueReference, refuse: Refuse): string {
  checkObject(user, "the user", refuse);
  const { index, handle } = user;
  const number = numberField(index, "the index of the user", refuse);
  return `${number}:${textField(handle, "the handle of the user", refuse, ":")}`;
}

function formatAuthenticate(command: BatchAuthenticate, refuse: Refuse): string[] {
  const user = formatUser(command.identity, refuse);
  if (command.method === "SECKEY") {
    return [`AUTHENTICATE SECKEY:${user}`, passwordField(command.password, refuse)];
  }
  if (command.method !== "PUBKEY") throw refuse("the method is neither SECKEY nor PUBKEY");
  if (typeof command.keyFile !== "string") throw refuse("the path of the private key is not a text");
  // GenericBatch does not split a path that begins with a bar.
  const whole = command.keyFile.startsWith("|") && command.passphrase === undefined;
  const file = textField(command.keyFile, "the path of the private key", refuse, whole ? undefined : "|");
  const passphrase = command.passphrase && `|${passphraseField(command.passphrase, refuse)}`;
  return [`AUTHENTICATE PUBKEY:${user}`, `${file}${passphrase ?? ""}`];
}

function formatHome({ command, server, prefixHandles }: BatchHome, refuse: Refuse): string[] {
  checkObject(server, "the server", refuse);
  checkList(prefixHandles, "the prefix handles", refuse);
  const { address, protocol, port } = server;
  if (typeof address !== "string" || parseIpAddress(address) === undefined) {
    throw refuse("the address is not an IP address", "Look up the address of the name.");
  }
  const digits = numberField(port, "the port", refuse, 1, 0xffff);
  if (!["tcp", "udp", "http"].includes(protocol)) throw refuse("the protocol is not tcp, udp or http");
  const handles = prefixHandles.map((handle) => {
    if (!isPrefixHandle(handle)) throw refuse("a handle is not a prefix handle", "Write 0.NA/20.500.12345.");
    return textField(handle, "a prefix handle", refuse);
  });
  return [`${command} ${address.includes(":") ? `[${address}]` : address}:${digits}:${protocol}`, ...handles];
}

function formatPublicKey(key: BatchSessionSetup["publicExchangeKey"], refuse: Refuse): string[] {
  if (key === undefined) return [];
  checkObject(key, "the public exchange key", refuse);
  if ("file" in key) {
    return [`PUBEXNGKEYFILE:${textField(key.file, "the path of the public exchange key", refuse)}`];
  }
  const index = numberField(key.index, "the index of the public exchange key", refuse);
  return [`PUBEXNGKEYREF:${index}:${textField(key.handle, "the handle of the public exchange key", refuse)}`];
}

function formatPrivateKey(key: BatchSessionSetup["privateExchangeKey"], refuse: Refuse): string[] {
  if (key === undefined) return [];
  checkObject(key, "the private exchange key", refuse);
  const { file, passphrase } = key;
  const line = `PRIVEXNGKEYFILE:${textField(file, "the path of the private exchange key", refuse)}`;
  return passphrase ? [line, `PASSPHRASE:${passphraseField(passphrase, refuse)}`] : [line];
}

function formatSession(session: BatchSessionSetup, refuse: Refuse): string[] {
  const { useSession, publicExchangeKey, privateExchangeKey, options, timeoutHours } = session;
  const flags = options && [options.encrypt, options.authenticate, options.fallBack];
  return [
    "SESSIONSETUP",
    `USESESSION:${useSession ? 1 : 0}`,
    ...formatPublicKey(publicExchangeKey, refuse),
    ...formatPrivateKey(privateExchangeKey, refuse),
    ...(flags ? [`OPTIONS:${flags.map((on) => (on ? 1 : 0)).join("")}`] : []),
    ...(timeoutHours === undefined ? [] : [`TIMEOUT:${numberField(timeoutHours, "the time-out", refuse)}`]),
  ];
}

function formatWrite(write: BatchWrite<BatchValueInput>, place: string): string[] {
  const { command, handle, values } = write;
  const refuse = refuseAt(place, handle);
  checkList(values, "the values", refuse);
  if (values.length === 0) throw refuse("it has no values");
  return [
    `${command} ${textField(handle, "the handle", refuse)}`,
    ...values.map((value) => {
      const index: unknown = value?.index;
      const at = typeof index === "number" ? `, value at index ${index},` : ", a value,";
      return formatValue(value, refuseAt(`${place}${at}`, handle));
    }),
  ];
}

function checkObject(value: object, what: string, refuse: Refuse): void {
  if (typeof value !== "object" || value === null) throw refuse(`${what} is not an object`);
}

function checkList(value: readonly unknown[], what: string, refuse: Refuse): void {
  if (!Array.isArray(value)) throw refuse(`${what} are not a list`);
}

function refuseAt(place: string, handle?: string): Refuse {
  return (what, hint) =>
    new HandleError("invalid_value", {
      message: `${place} cannot be written to a batch: ${what}.`,
      hint,
      handle,
    });
}

/**
 * Returns the lines of a command, without the empty line that ends it.
 *
 * @param number the number of the command in its batch, from 1, for error messages
 * @throws HandleError `invalid_value` if the format cannot represent it
 */
export function formatCommand(command: BatchCommand<BatchValueInput>, number: number): string[] {
  if (typeof command !== "object" || command === null) {
    throw invalidValue(`Command ${number} is not an object.`, 'Write { command: "DELETE", handle: "..." }.');
  }
  const handle = "handle" in command && typeof command.handle === "string" ? command.handle : undefined;
  const what = handle === undefined ? command.command : `${command.command} ${quoteForMessage(handle)}`;
  const place = `Command ${number} (${what})`;
  const refuse = refuseAt(place, handle);
  switch (command.command) {
    case "CREATE":
    case "ADD":
    case "MODIFY":
      return formatWrite(command, place);
    case "REMOVE": {
      checkList(command.indexes, "the indexes", refuse);
      if (command.indexes.length === 0) throw refuse("it has no indexes");
      const indexes = command.indexes.map((index) => numberField(index, "an index", refuse, 1));
      return [`REMOVE ${indexes.join(",")}:${textField(command.handle, "the handle", refuse)}`];
    }
    case "DELETE":
      return [`DELETE ${textField(command.handle, "the handle", refuse)}`];
    case "HOME":
    case "UNHOME":
      return formatHome(command, refuse);
    case "AUTHENTICATE":
      return formatAuthenticate(command, refuse);
    case "SESSIONSETUP":
      return formatSession(command, refuse);
    default:
      throw invalidValue(
        `Command ${number} is not a command of GenericBatch.`,
        "Commands are CREATE, ADD, MODIFY, REMOVE, DELETE, HOME, UNHOME, AUTHENTICATE and SESSIONSETUP.",
      );
  }
}
