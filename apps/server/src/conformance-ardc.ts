import {
  encodeUtf8,
  encodeValues,
  foldCase,
  handleKey,
  parseReference,
  prefixHandle,
  type Secret,
} from "@handlekit/core";
import type { HandleStore, StateStore } from "@handlekit/core/store";
import { createArdcClients } from "@handlekit/service";
import * as z from "zod";

/** The schema of the option --ardc: prefix, clients and options of the ARDC service. App Ids may be repeated. */
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

/** Homes the prefix and creates its prefix handle, whose administrators are those of the server, unless it exists. */
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
  await store.home(foldCase(prefix));
  await store.home("0.NA");
  await store.commit(handleKey(handle), "absent", encodeValues(values));
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

/** Returns the settings of the ARDC service, always in compatible mode. */
export function ardcSettings({ prefix, adminAddresses, allowHttp }: ArdcFile): Record<string, unknown> {
  return {
    ardcPrefix: prefix,
    ardcAdminAddresses: adminAddresses,
    ardcAllowHttp: allowHttp,
    ardcCompatible: true,
  };
}
