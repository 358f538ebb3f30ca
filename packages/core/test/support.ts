import { type HandleErrorCode, isHandleError, type StoredValue, type ValueReference } from "@handlekit/core";
import { expect } from "vitest";

/** Returns the bytes of hexadecimal text, ignoring white space. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ""), "hex"));
}

/** Returns message and hint of the error of a call, which must be a HandleError of this code. */
export function refusal(
  code: HandleErrorCode,
  call: () => unknown,
): { readonly message: string; readonly hint: string | undefined } {
  try {
    call();
  } catch (error) {
    if (!isHandleError(error)) throw error;
    expect(error.code).toBe(code);
    expect(error.cause).toBeUndefined();
    return { message: error.message, hint: error.hint };
  }
  throw new Error("The call did not throw.");
}

/** A reference from `index:handle`. */
export function reference(text: string): ValueReference {
  const colon = text.indexOf(":");
  return { index: Number(text.slice(0, colon)), handle: text.slice(colon + 1) };
}

/** Creates a stored value, by default a URL with the permissions 1110. */
export function storedValue(index: number, given: Partial<StoredValue> = {}): StoredValue {
  return {
    index,
    type: "URL",
    data: new Uint8Array(Buffer.from("https://example.org/")),
    ttlType: "relative",
    ttl: 86_400,
    permissions: 0b1110,
    timestamp: 0,
    references: [],
    ...given,
  };
}

function counted(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function referenceBytes(owner: ValueReference): Buffer {
  const index = Buffer.alloc(4);
  index.writeInt32BE(owner.index);
  return Buffer.concat([counted(Buffer.from(owner.handle)), index]);
}

/** Creates an HS_ADMIN value with an owner, `index:handle`, and permission bits, without core's codec. */
export function adminValue(index: number, owner: string, bits = 0xfff): StoredValue {
  const mask = Buffer.alloc(2);
  mask.writeUInt16BE(bits);
  const data = new Uint8Array(Buffer.concat([mask, referenceBytes(reference(owner))]));
  return storedValue(index, { type: "HS_ADMIN", data });
}

/** Creates an HS_VLIST value with these entries, each `index:handle`, without core's codec. */
export function listValue(index: number, entries: readonly string[]): StoredValue {
  const count = Buffer.alloc(4);
  count.writeInt32BE(entries.length);
  const data = Buffer.concat([count, ...entries.map((entry) => referenceBytes(reference(entry)))]);
  return storedValue(index, { type: "HS_VLIST", data: new Uint8Array(data) });
}
