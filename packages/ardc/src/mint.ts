import {
  checkArgument,
  HandleError,
  invalidOptions,
  isHandleError,
  type OptionKind,
  quoteForMessage,
} from "@handlekit/core";
import type { ArdcIdentifier } from "@handlekit/xml";
import type { Caller, CallOptions } from "./call.ts";
import { checkCallOptions, checkIndex, checkValue } from "./checks.ts";
import { type ArdcType, addValue } from "./values.ts";

/** Options of `mint`: the values of the new handle. Without any, the handle is empty. */
export interface MintOptions extends CallOptions {
  /** A URL with a scheme that the service knows: http, https, ftp, file, jar, mailto. */
  readonly url?: string | undefined;
  /** A public description. */
  readonly desc?: string | undefined;
  /** The index of the first of the two; default 1. Not 100 to 199, 200 or 300. */
  readonly index?: number | undefined;
}

/** The kinds of the values of a new handle, for {@link checkCallOptions}. */
export const MINT_RULES: Readonly<Record<string, readonly OptionKind[]>> = {
  url: ["string", "undefined"],
  desc: ["string", "undefined"],
  index: ["number", "undefined"],
};

/** Checks the content of the values of a new handle. */
export function checkMintValues(caller: string, { url, desc, index }: MintOptions): void {
  if (url !== undefined) checkValue(caller, "the option url", url);
  if (desc !== undefined) checkValue(caller, "the option desc", desc);
  if (index !== undefined) checkIndex(caller, "the option index", index);
}

/** A handle cannot be deleted, so that an empty one is not minted by mistake. */
function checkNames(options: MintOptions): void {
  const known = [...Object.keys(MINT_RULES), "signal"];
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (options.url !== undefined || options.desc !== undefined || other === undefined) return;
  throw invalidOptions(
    `mint: there is neither url nor desc, but an option that mint does not have: ${quoteForMessage(other)}.`,
    "Give url, desc or both; or no options at all, to mint an empty handle.",
  );
}

/** The error of a second request after a handle was minted. It names the handle, so that it is not lost. */
function afterMinting(error: unknown, handle: string): HandleError {
  const known = isHandleError(error) ? error : undefined;
  return new HandleError(known?.code ?? "outcome_unknown", {
    message: `${known?.message ?? "The second request failed."} The handle ${handle} had been minted before.`,
    hint: `Give ${handle} the value instead of minting again.${known?.hint === undefined ? "" : ` ${known.hint}`}`,
    handle,
    status: known?.status,
    cause: error,
  });
}

async function addAfterMinting(
  caller: Caller,
  minted: string,
  type: ArdcType,
  value: string,
  signal: AbortSignal | undefined,
): Promise<ArdcIdentifier> {
  try {
    return await addValue(caller, minted, type, value, { signal });
  } catch (error) {
    throw afterMinting(error, minted);
  }
}

/** Mints a handle; a second value is a second request. */
export async function mint(caller: Caller, options: MintOptions = {}): Promise<ArdcIdentifier> {
  checkCallOptions("mint", options, MINT_RULES);
  checkMintValues("mint", options);
  checkNames(options);
  const { url, desc, signal } = options;
  const index = options.index?.toString();
  const send = (type: ArdcType | "", value: string) =>
    caller.one({ service: "mint", operation: "mint a handle", query: { type, value, index }, signal });
  if (url === undefined) return desc === undefined ? send("", "") : send("DESC", desc);
  const minted = await send("URL", url);
  return desc === undefined ? minted : addAfterMinting(caller, minted.handle, "DESC", desc, signal);
}

const PLACEHOLDER = "{handle}";

/** Mints an empty handle and adds a URL that contains it. */
export async function mintSelfDescribing(
  caller: Caller,
  template: string,
  options: CallOptions = {},
): Promise<ArdcIdentifier> {
  checkArgument("mintSelfDescribing", "template", template, ["string"]);
  checkCallOptions("mintSelfDescribing", options);
  if (!template.includes(PLACEHOLDER)) {
    throw invalidOptions(
      `The template ${quoteForMessage(template)} has no ${PLACEHOLDER} for the handle.`,
      `For example https://example.org/view/${PLACEHOLDER}.`,
    );
  }
  checkValue("mintSelfDescribing", "template", template);
  const { signal } = options;
  const { handle } = await mint(caller, { signal });
  return addAfterMinting(
    caller,
    handle,
    "URL",
    template.replaceAll(PLACEHOLDER, () => handle),
    signal,
  );
}
