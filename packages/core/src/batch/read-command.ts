import { MAX_INDEX } from "../reference.ts";
import { secret } from "../secret.ts";
import { parseIpAddress } from "../value/ip-address.ts";
import type { BatchAuthenticate, BatchCommand, BatchHome, CommandName } from "./command.ts";
import { type Line, refuseLine } from "./line.ts";
import { readSession } from "./read-session.ts";
import { readValue } from "./read-value.ts";
import { isPrefixHandle, readNumber, trim } from "./text.ts";

/** The first line of a command; its text is what follows the keyword. */
export interface Head extends Line {
  readonly name: CommandName;
}

function readRemove(head: Head): BatchCommand {
  const colon = head.text.indexOf(":");
  const written = head.text.slice(0, Math.max(colon, 0)).split(",");
  const indexes = written.flatMap((index) => readNumber(index, 1) ?? []);
  const handle = trim(head.text.slice(colon + 1));
  if (indexes.length < written.length || handle === "") {
    throw refuseLine(
      head,
      "REMOVE is not followed by indexes and a handle",
      "Write REMOVE 3,5:20.500.12345/abc.",
    );
  }
  return { command: "REMOVE", handle, indexes };
}

const PROTOCOLS = ["tcp", "udp", "http"] as const;

function readHome(command: BatchHome["command"], head: Head, body: readonly Line[]): BatchHome {
  const [, bracketed, plain, digits = "", name = ""] =
    /^(?:\[([^\]]+)\]|([0-9.]+)):(\d{1,5}):(\w+)$/.exec(head.text) ?? [];
  const address = bracketed ?? plain ?? "";
  const port = readNumber(digits, 1) ?? 0;
  const protocol = PROTOCOLS.find((each) => each === name.toLowerCase());
  if (parseIpAddress(address) === undefined || port === 0 || port > 0xffff || protocol === undefined) {
    throw refuseLine(
      head,
      `${command} is not followed by address, port and protocol`,
      `Write ${command} 192.0.2.1:2641:tcp, an IPv6 address in brackets; protocols are ${PROTOCOLS.join(", ")}.`,
    );
  }
  const prefixHandles = body.map((line) => {
    const handle = trim(line.text);
    if (!isPrefixHandle(handle)) {
      throw refuseLine(line, "it is not a prefix handle", "Write 0.NA/20.500.12345.");
    }
    return handle;
  });
  return { command, server: { address, port, protocol }, prefixHandles };
}

function readAuthenticate(head: Head, [line]: readonly Line[]): BatchAuthenticate {
  const [word = "", digits = "", handle = "", ...more] = head.text.split(":").map(trim);
  const method = word.toUpperCase();
  const index = readNumber(digits, 0);
  if ((method !== "SECKEY" && method !== "PUBKEY") || index === undefined || handle === "") {
    throw refuseLine(
      head,
      "AUTHENTICATE is not followed by a user",
      "Write AUTHENTICATE SECKEY:index:handle or AUTHENTICATE PUBKEY:index:handle.",
    );
  }
  if (more.length > 0) {
    throw refuseLine(
      head,
      "the handle of the user contains a colon, where GenericBatch truncates it",
      "Use a user without a colon in its handle.",
    );
  }
  const text = trim(line?.text ?? "");
  if (text === "") {
    const what = method === "SECKEY" ? "a password" : "the file of a private key";
    throw refuseLine(head, `the line after AUTHENTICATE ${method} is not ${what}`);
  }
  const identity = { handle, index };
  if (method === "SECKEY") return { command: "AUTHENTICATE", method, identity, password: secret(text) };
  const bar = text.indexOf("|");
  return {
    command: "AUTHENTICATE",
    method,
    identity,
    keyFile: bar < 1 ? text : trim(text.slice(0, bar)),
    passphrase: bar < 1 ? undefined : secret(trim(text.slice(bar + 1))),
  };
}

/**
 * Parses a command from its lines.
 *
 * @param body the lines after the first, without the empty line that ends them
 * @throws HandleError `invalid_value` that names the line
 */
export function readCommand(head: Head, body: readonly Line[]): BatchCommand {
  const { name, text } = head;
  switch (name) {
    case "CREATE":
    case "ADD":
    case "MODIFY":
      if (text === "") throw refuseLine(head, `${name} is not followed by a handle`);
      if (body.length === 0) {
        throw refuseLine(
          head,
          `${name} is not followed by a value`,
          `Write the values in the lines right after it; an index is 1 to ${MAX_INDEX}.`,
        );
      }
      return { command: name, handle: text, values: body.map(readValue) };
    case "REMOVE":
      return readRemove(head);
    case "DELETE":
      if (text === "") throw refuseLine(head, "DELETE is not followed by a handle");
      return { command: name, handle: text };
    case "HOME":
    case "UNHOME":
      return readHome(name, head, body);
    case "AUTHENTICATE":
      return readAuthenticate(head, body);
    case "SESSIONSETUP":
      return readSession(body);
  }
}
