import { HandleError, isHandleError, quoteForMessage } from "@handlekit/core";
import type { NewValues } from "./allocate-indexes.ts";
import { type Change, createChange } from "./change.ts";
import type { ServerConnection } from "./connection.ts";
import { newRecord } from "./new-record.ts";
import type { ClientSettings } from "./settings.ts";
import type { CallOptions } from "./types.ts";
import type { Writer } from "./write-record.ts";

/** How to mint. */
export interface MintOptions extends CallOptions {
  /**
   * What makes the suffix: "uuid4" (default), "uuid7" (which sorts by time), a function of your own, or "server"
   * (`mintNewSuffix`: a UUID of the server's).
   */
  readonly suffix?: "uuid4" | "uuid7" | "server" | (() => string);
  /** Stands before the suffix. Default none. */
  readonly suffixStart?: string;
}

const TRIES = 5;

function hexUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * A UUID of version 7: milliseconds since 1970, then random bits; one of a later millisecond sorts later.
 *
 * @see RFC 9562 section 5.7
 */
export function uuid7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hexUuid(bytes);
}

function generatorOf(suffix: MintOptions["suffix"]): () => string {
  if (typeof suffix === "function") return suffix;
  return suffix === "uuid7" ? uuid7 : () => crypto.randomUUID();
}

/** A prefix, with or without `hdl:`. */
function readPrefix(text: string): string {
  const prefix = text.replace(/^hdl:/i, "");
  if (prefix !== "" && !prefix.includes("/") && !prefix.includes(":")) return prefix;
  throw new HandleError("invalid_handle", {
    message: `${quoteForMessage(text)} is not a prefix.`,
    hint: "For example 20.500.12345; what is to stand before the suffix is suffixStart.",
  });
}

function noSuffix(start: string): HandleError {
  return new HandleError("invalid_options", {
    message: `The suffix that was made for a handle of ${start} is not a text, or is empty.`,
    hint: "A suffix function gives a text, not a promise.",
  });
}

/** Creates a handle below a prefix with a suffix that is made up; see `HandleClient.mint`. */
export async function mint(
  connection: ServerConnection,
  writer: Writer,
  settings: ClientSettings,
  prefix: string,
  values: NewValues,
  how: MintOptions = {},
): Promise<Change> {
  const start = `${readPrefix(prefix)}/${how.suffixStart ?? ""}`;
  if (how.suffix === "server") return mintOnServer(connection, settings, start, values, how.signal);
  const generate = generatorOf(how.suffix);
  for (let tries = 1; ; tries++) {
    try {
      const suffix: unknown = generate();
      if (typeof suffix !== "string" || suffix === "") throw noSuffix(start);
      return await writer.create(`${start}${suffix}`, values, { signal: how.signal });
    } catch (error) {
      // A suffix that is taken is made up anew; a generator that always gives the same one is not waited for.
      if (!isHandleError(error, "handle_exists") || tries === TRIES) throw error;
    }
  }
}

async function mintOnServer(
  connection: ServerConnection,
  settings: ClientSettings,
  start: string,
  values: NewValues,
  signal: AbortSignal | undefined,
): Promise<Change> {
  const sent = newRecord(start, values, settings);
  const made = await connection.send({
    operation: "mint",
    method: "PUT",
    handle: start,
    minting: true,
    query: [["mintNewSuffix", "true"]],
    values: sent,
    login: true,
    repeatable: false,
    signal,
  });
  if (made.handle === start) {
    throw new HandleError("protocol_error", {
      message: `The server made a handle of ${start} and did not say which.`,
      handle: start,
    });
  }
  const { handle, responseCode } = made;
  const after = sent.toSorted((a, b) => a.index - b.index);
  return createChange({ handle, responseCode, created: true, dryRun: false, before: [], after });
}
