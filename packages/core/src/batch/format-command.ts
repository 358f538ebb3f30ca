import { HandleError } from "../error.ts";
import { quoteForMessage } from "../handle.ts";
import type { ValueReference } from "../reference.ts";
import { isAddress } from "./address.ts";
import type {
  BatchAuthenticate,
  BatchCommand,
  BatchHome,
  BatchSessionSetup,
  BatchValueInput,
  BatchWrite,
} from "./command.ts";
import { formatValue } from "./format-value.ts";
import { holdNumber, holdPassphrase, holdPassword, holdText, type Refuse } from "./hold.ts";
import { isPrefixHandle } from "./text.ts";

function formatUser({ index, handle }: ValueReference, refuse: Refuse): string {
  const number = holdNumber(index, "the index of the user", refuse);
  return `${number}:${holdText(handle, "the handle of the user", refuse, ":")}`;
}

function formatAuthenticate(command: BatchAuthenticate, refuse: Refuse): string[] {
  const user = formatUser(command.identity, refuse);
  if (command.method === "SECKEY") {
    return [`AUTHENTICATE SECKEY:${user}`, holdPassword(command.password, refuse)];
  }
  // A bar at the very beginning ends nothing, and then none does.
  const whole = command.keyFile.startsWith("|") && command.passphrase === undefined;
  const file = holdText(command.keyFile, "the path of the private key", refuse, whole ? undefined : "|");
  const passphrase = command.passphrase && `|${holdPassphrase(command.passphrase, refuse)}`;
  return [`AUTHENTICATE PUBKEY:${user}`, `${file}${passphrase ?? ""}`];
}

function formatHome({ command, server, prefixHandles }: BatchHome, refuse: Refuse): string[] {
  const { address, protocol } = server;
  if (!isAddress(address))
    throw refuse("the address is not an IP address", "Look up the address of the name.");
  const port = holdNumber(server.port, "the port", refuse, 1, 0xffff);
  if (!["tcp", "udp", "http"].includes(protocol)) throw refuse("the protocol is none of tcp, udp and http");
  const handles = prefixHandles.map((handle) => {
    if (!isPrefixHandle(handle)) throw refuse("a handle is not that of a prefix", "Write 0.NA/20.500.12345.");
    return holdText(handle, "the handle of a prefix", refuse);
  });
  return [`${command} ${address.includes(":") ? `[${address}]` : address}:${port}:${protocol}`, ...handles];
}

function formatPublicKey(key: BatchSessionSetup["publicExchangeKey"], refuse: Refuse): string[] {
  if (key === undefined) return [];
  if ("file" in key) {
    return [`PUBEXNGKEYFILE:${holdText(key.file, "the path of the public exchange key", refuse)}`];
  }
  const index = holdNumber(key.index, "the index of the public exchange key", refuse);
  return [`PUBEXNGKEYREF:${index}:${holdText(key.handle, "the handle of the public exchange key", refuse)}`];
}

function formatPrivateKey(key: BatchSessionSetup["privateExchangeKey"], refuse: Refuse): string[] {
  if (key === undefined) return [];
  const file = `PRIVEXNGKEYFILE:${holdText(key.file, "the path of the private exchange key", refuse)}`;
  return key.passphrase ? [file, `PASSPHRASE:${holdPassphrase(key.passphrase, refuse)}`] : [file];
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
    ...(timeoutHours === undefined ? [] : [`TIMEOUT:${holdNumber(timeoutHours, "the time-out", refuse)}`]),
  ];
}

function formatWrite(write: BatchWrite<BatchValueInput>, place: string): string[] {
  const { command, handle, values } = write;
  const refuse = refuseAt(place, handle);
  if (values.length === 0) throw refuse("it has no values");
  return [
    `${command} ${holdText(handle, "the handle", refuse)}`,
    ...values.map((value) => {
      const index: unknown = value?.index;
      const at = typeof index === "number" ? `, value at index ${index},` : ", a value,";
      return formatValue(value, refuseAt(`${place}${at}`, handle));
    }),
  ];
}

function refuseAt(place: string, handle?: string): Refuse {
  return (what, hint) =>
    new HandleError("invalid_value", {
      message: `${place} cannot stand in a batch: ${what}.`,
      hint,
      handle,
    });
}

/**
 * The lines of a command, without the empty one that ends it.
 *
 * @param number of the command in its batch, from 1, for errors
 * @throws HandleError `invalid_value` when a batch cannot hold it
 */
export function formatCommand(command: BatchCommand<BatchValueInput>, number: number): string[] {
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
      if (command.indexes.length === 0) throw refuse("it has no indexes");
      const indexes = command.indexes.map((index) => holdNumber(index, "an index", refuse, 1));
      return [`REMOVE ${indexes.join(",")}:${holdText(command.handle, "the handle", refuse)}`];
    }
    case "DELETE":
      return [`DELETE ${holdText(command.handle, "the handle", refuse)}`];
    case "HOME":
    case "UNHOME":
      return formatHome(command, refuse);
    case "AUTHENTICATE":
      return formatAuthenticate(command, refuse);
    case "SESSIONSETUP":
      return formatSession(command, refuse);
    default:
      throw new HandleError("invalid_value", { message: `Command ${number} is none that a batch has.` });
  }
}
