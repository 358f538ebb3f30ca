import {
  encodeValues,
  foldCase,
  handleKey,
  invalidOptions,
  type PublicKeyJwk,
  prefixHandle,
  type Secret,
} from "@handlekit/core";
import { auditEntry, type HandleStore, type StoredValue } from "@handlekit/core/store";
import { keyValue, prefixRecord, SECRET_KEY_INDEX, userAdmin } from "../users/records.ts";

/** The index of the administrator's public key in its record. */
export const PUBLIC_KEY_INDEX = 301;

/** A new prefix and its administrator. */
export interface FirstUser {
  readonly prefix: string;
  /** The administrator's handle. */
  readonly user: string;
  readonly password: Secret;
  readonly publicKey: PublicKeyJwk;
}

const taken = (handle: string) =>
  invalidOptions(
    `The database already has a record of ${handle}; nothing was changed.`,
    'To serve a database that has records, leave --store out, and set "store" in the config.json of the new directory.',
  );

/** @throws HandleError `invalid_options` if the store has one of the records that are to be created */
export async function assertNoRecords(
  store: HandleStore,
  { prefix, user }: Pick<FirstUser, "prefix" | "user">,
): Promise<void> {
  for (const handle of [prefixHandle(prefix), user]) {
    if ((await store.read(handleKey(handle))) !== undefined) throw taken(handle);
  }
}

/**
 * Homes a prefix, and creates the prefix handle and the record of its administrator.
 *
 * @throws HandleError `invalid_options` if one of them exists
 */
export async function createFirstRecords(
  store: HandleStore,
  { prefix, user, password, publicKey }: FirstUser,
): Promise<void> {
  const administrators = [SECRET_KEY_INDEX, PUBLIC_KEY_INDEX].map((index) => ({ handle: user, index }));
  // A public HS_ADMIN, so that clients find it, the hidden secret key, and the public key.
  const values = encodeValues([
    userAdmin(prefix),
    keyValue(SECRET_KEY_INDEX, { password }),
    keyValue(PUBLIC_KEY_INDEX, { publicKey }),
  ]);
  const records: readonly (readonly [string, readonly StoredValue[]])[] = [
    [prefixHandle(prefix), prefixRecord(prefix, administrators)],
    [user, values],
  ];
  const who = { time: new Date(), identity: undefined, scheme: "command", address: undefined };
  // At the same time, so that a store that writes in groups writes both or none.
  const outcomes = await Promise.all(
    records.map(([handle, after]) => {
      const entry = auditEntry({ ...who, handle, before: undefined, after });
      return store.commit(handleKey(handle), "absent", after, entry);
    }),
  );
  for (const [i, [handle]] of records.entries()) if (outcomes[i] === "conflict") throw taken(handle);
  await store.home(foldCase(prefix));
  await store.home("0.NA");
}
