import { digestOf, type HandleClient } from "@handlekit/client";
import {
  decodeBase64,
  encodeUtf8,
  HandleError,
  type HandleValue,
  hasType,
  isHandleError,
  type PublicKeyJwk,
  printable,
  type Secret,
  type ValueData,
  type ValueReference,
} from "@handlekit/core";
import { samePublicKey } from "./files.ts";

/** A record as far as this login sees it. */
export interface SeenRecord {
  readonly values: readonly HandleValue[];
  /** For `ifUnchanged`. */
  readonly digest: string;
}

/** Reads a record with the login, or what is public of it if this login may not see the rest. Undefined: no handle. */
export async function readSeen(
  client: HandleClient,
  handle: string,
  signal: AbortSignal,
): Promise<SeenRecord | undefined> {
  const read = async (authenticated: boolean) => {
    const { values } = await client.read(handle, { authenticated, authoritative: true, signal });
    return { values, digest: await digestOf(values) };
  };
  try {
    return await read(true).catch((error: unknown) => {
      if (isHandleError(error, "permission_denied")) return read(false);
      throw error;
    });
  } catch (error) {
    if (isHandleError(error, "handle_not_found")) return undefined;
    throw error;
  }
}

/** The key that a user proves its identity with. */
export type UserKey =
  | { readonly type: "HS_PUBKEY"; readonly publicKey: PublicKeyJwk }
  | { readonly type: "HS_SECKEY"; readonly password: Secret };

/** Returns true if a value contains this key. */
function isKey(value: HandleValue, key: UserKey): boolean {
  const data: ValueData = value.data;
  if (!hasType(value.type, key.type)) return false;
  if ("publicKey" in key) return data.format === "key" && samePublicKey(data.value, key.publicKey);
  const bytes =
    data.format === "string"
      ? encodeUtf8(data.value)
      : data.format === "base64"
        ? decodeBase64(data.value)
        : undefined;
  return bytes !== undefined && Buffer.from(key.password.reveal()).equals(bytes);
}

/** The change that puts the key into the record of the user. */
export type KeyTask = "create" | "add" | "there";

/**
 * Decides what has to be done.
 *
 * @param key undefined for one that is still to be made
 * @throws HandleError `value_exists` if the index has another value
 */
export function planKey(
  record: SeenRecord | undefined,
  { handle, index }: ValueReference,
  key: UserKey | undefined,
): KeyTask {
  if (record === undefined) return "create";
  const there = record.values.find((value) => value.index === index);
  if (there === undefined) return "add";
  if (key !== undefined && isKey(there, key)) return "there";
  let free = index + 1;
  while (record.values.some((value) => value.index === free)) free++;
  throw new HandleError("value_exists", {
    message: `${handle} has a value of type ${printable(there.type)} at index ${index} already, with other data.`,
    hint: `It is not replaced. Create the user at another index, such as ${free}:${handle}, or delete that value first: hdl unset ${handle} ${index}`,
    handle,
  });
}

/** Writes the key to the record of the user: as a new handle, or as one more value. */
export async function storeKey(
  client: HandleClient,
  { handle, index }: ValueReference,
  key: UserKey,
  how: { readonly record: SeenRecord | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const { record, signal } = how;
  const data: ValueData =
    "publicKey" in key
      ? { format: "key", value: key.publicKey }
      : { format: "base64", value: Buffer.from(key.password.reveal()).toString("base64") };
  // A secret key must not be readable by everybody, which is the default of servers.
  const permissions = "password" in key ? { permissions: "1100" } : {};
  const values = [{ index, type: key.type, data, ...permissions }];
  if (record === undefined) await client.create(handle, values, { signal });
  else await client.modify(handle, values, { ifUnchanged: record.digest, signal });
}
