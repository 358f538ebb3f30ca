import {
  checkArgument,
  encodeHex,
  HandleError,
  invalidOptions,
  isHandleError,
  quoteForMessage,
} from "@handlekit/core";
import { checkCallOptions, refuseOptions, TEXT } from "../check-call.ts";
import type { CallOptions } from "../connection/connection.ts";
import type { ClientContext } from "../context.ts";
import { listValues, type NewValue, type NewValues } from "./allocate-indexes.ts";
import { type Change, createChange } from "./change.ts";
import { createRecord, newRecord } from "./create-record.ts";
import { assertUsualHandle } from "./slips.ts";

/** Options of minting a handle. */
export interface MintOptions extends CallOptions {
  /**
   * The generator of the suffix: "uuid4" (default), "uuid7" (which sorts by time), a function of your own, or "server"
   * (`mintNewSuffix`: the server generates a UUID).
   */
  readonly suffix?: "uuid4" | "uuid7" | "server" | (() => string) | undefined;
  /** Text in front of the generated suffix. Default none. */
  readonly suffixStart?: string | undefined;
}

const TRIES = 5;
const SUFFIXES: readonly unknown[] = ["uuid4", "uuid7", "server"];

/**
 * Returns a UUID of version 7: milliseconds since 1970, followed by random bits. A UUID of a later millisecond sorts
 * later.
 *
 * @param now milliseconds since 1970; default the current time
 * @throws HandleError `invalid_options` if `now` is not a number from 0 to 2^48 - 1
 * @example
 * ```ts
 * await client.mint("20.500.12345", values, { suffix: () => `scan-${uuid7()}` });
 * ```
 * @see RFC 9562 section 5.7
 */
export function uuid7(now: number = Date.now()): string {
  checkArgument("uuid7", "now", now, ["number"]);
  if (now < 0 || now >= 2 ** 48) throw invalidOptions("uuid7: now must be from 0 to 2^48 - 1 milliseconds.");
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return encodeHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function generatorOf(suffix: MintOptions["suffix"]): () => string {
  if (typeof suffix === "function") return suffix;
  return suffix === "uuid7" ? uuid7 : () => crypto.randomUUID();
}

/** Reads a prefix, with or without `hdl:`. */
function readPrefix(text: string): string {
  const prefix = text.replace(/^hdl:/i, "");
  if (prefix !== "" && !prefix.includes("/") && !prefix.includes(":")) return prefix;
  throw new HandleError("invalid_handle", {
    message: `${quoteForMessage(text)} is not a prefix.`,
    hint: "For example 20.500.12345. Text in front of the suffix is the option suffixStart.",
  });
}

function noSuffix(start: string): HandleError {
  return invalidOptions(
    `The suffix that was generated for a handle of ${start} is not text, or is empty.`,
    "A suffix function returns text, not a promise.",
  );
}

/** Creates a handle with a generated suffix; see `HandleClient.mint`. */
export async function mint(
  context: ClientContext,
  prefix: string,
  values: NewValues,
  how: MintOptions = {},
): Promise<Change> {
  checkArgument("mint", "prefix", prefix, ["string"]);
  checkCallOptions("mint", how, { suffix: ["string", "function", "undefined"], suffixStart: TEXT });
  refuseOptions("mint", how, "dryRun", "overwrite", "ifUnchanged", "ttl");
  const { suffix, suffixStart = "", signal } = how;
  if (typeof suffix === "string" && !SUFFIXES.includes(suffix)) {
    throw invalidOptions('mint: the option suffix must be "uuid4", "uuid7", "server" or a function.');
  }
  const given = listValues(values, "mint");
  const start = `${readPrefix(prefix)}/${suffixStart}`;
  if (suffix === "server") return mintOnServer(context, start, given, signal);
  const generate = generatorOf(suffix);
  for (let tries = 1; ; tries++) {
    try {
      const generated: unknown = generate();
      if (typeof generated !== "string" || generated === "") throw noSuffix(start);
      return await createRecord(context, `${start}${generated}`, given, { signal });
    } catch (error) {
      // A suffix that is taken is generated anew, a few times: a function may always return the same one.
      if (!isHandleError(error, "handle_exists") || tries === TRIES) throw error;
    }
  }
}

async function mintOnServer(
  { connection, settings }: ClientContext,
  start: string,
  values: readonly NewValue[],
  signal: AbortSignal | undefined,
): Promise<Change> {
  assertUsualHandle(`${start}x`);
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
      message: `The server created a handle of ${start} and did not say which.`,
      hint: "List the handles of the prefix to find it.",
      handle: start,
    });
  }
  const { handle, responseCode } = made;
  const after = sent.toSorted((a, b) => a.index - b.index);
  return createChange({ handle, responseCode, created: true, written: true, before: [], after });
}
