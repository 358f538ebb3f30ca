import {
  encodeUtf8,
  encodeValue,
  foldCase,
  handleKey,
  parseReference,
  prefixHandle,
  type Secret,
} from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { createArdcClients } from "@handlekit/service";
import * as z from "zod";

/** Prefix, clients and options of the ARDC service to be checked. Several clients may have the same App Id. */
export const ardcFileSchema = z.object({
  prefix: z.string(),
  adminAddresses: z.array(z.string()).default([]),
  allowHttp: z.boolean().default(false),
  clients: z
    .array(
      z.object({
        appId: z.string(),
        sharedSecret: z.string().optional(),
        addresses: z.array(z.string()).default([]),
        description: z.string().default(""),
      }),
    )
    .default([]),
});

/** The content of such a file. */
export type ArdcFile = z.output<typeof ardcFileSchema>;

/** Homes the prefix and creates its prefix handle unless it exists. Its administrators are those of the server. */
export async function seedArdcPrefix(
  store: HandleStore,
  prefix: string,
  administrators: readonly string[],
): Promise<void> {
  const handle = prefixHandle(prefix);
  const admin = { handle, index: 200, permissions: "111111110011" };
  const values = [
    { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } },
    { index: 200, type: "HS_VLIST", data: { format: "vlist", value: administrators.map(parseReference) } },
  ];
  const timestamp = Math.floor(Date.now() / 1000);
  await store.home(foldCase(prefix));
  await store.home("0.NA");
  const stored = values.map((value) => ({ ...encodeValue(value), timestamp }));
  await store.commit(handleKey(handle), "absent", stored);
}

/** Registers the clients of the file. */
export async function registerArdcClients(
  state: StateStore,
  key: Secret,
  { clients }: ArdcFile,
): Promise<void> {
  const registry = createArdcClients(state, key.reveal());
  for (const { appId, sharedSecret, addresses, description } of clients) {
    const secret = sharedSecret === undefined ? undefined : encodeUtf8(sharedSecret);
    await registry.add({ appId, description, addresses, secret });
  }
}

/** The settings of the ARDC service, always in compatible mode. */
export function ardcSettings({ prefix, adminAddresses, allowHttp }: ArdcFile): Record<string, unknown> {
  return {
    ardcPrefix: prefix,
    ardcAdminAddresses: adminAddresses,
    ardcAllowHttp: allowHttp,
    ardcCompatible: true,
  };
}
