// Options take undefined, so that a value that may be missing can be passed on. Compiled by npm run check, never run.
import { createAuth } from "@handlekit/auth";
import { createBasicAuth } from "@handlekit/auth/basic";
import { createSessionAuth, type Signer } from "@handlekit/auth/session";
import { createClient } from "@handlekit/client";
import type { AuthStrategy, Credentials } from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createKeyPair } from "@handlekit/keys";
import { createHandleService } from "@handlekit/service";
import { createTransport } from "@handlekit/transport";

interface Settings {
  readonly ca?: string | undefined;
  readonly owner?: string | undefined;
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly overwrite?: boolean | undefined;
}

export async function passedOn(
  { ca, owner, timeout, signal, overwrite }: Settings,
  credentials: Credentials,
  store: HandleStore,
  signer: Signer,
): Promise<AuthStrategy | undefined> {
  const client = createClient(credentials, {
    owner,
    strategy: undefined,
    transport: createTransport({ ca }),
  });
  await client.create("20.500.12345/abc", { URL: "https://example.org/" }, { overwrite, signal });
  await client.read("20.500.12345/abc", { indexes: undefined, types: undefined, signal });
  createSessionAuth({ identity: "301:20.500.12345/ADMIN", signer, origins: [], timeout, random: undefined });
  createHandleService({ store, log: undefined, now: undefined, basePath: undefined });
  await createKeyPair({ bits: undefined });
  return createAuth(credentials, { for: undefined, session: undefined, origins: undefined });
}

export function refused(): void {
  // @ts-expect-error: origins are needed.
  createBasicAuth({ identity: "300:20.500.12345/USER1", password: "S3CR3T" });
  // @ts-expect-error: what is needed is never undefined.
  createBasicAuth({ identity: "300:20.500.12345/USER1", password: undefined, origins: [] });
  // @ts-expect-error: there is no such option.
  createTransport({ certificate: "" });
}
