import { type ArdcClient, type ArdcIdentifier, type ArdcType, createArdcClient } from "@handlekit/ardc";
import { createArdcAuth } from "@handlekit/auth/ardc";
import { type AuthStrategy, HandleError } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import type { Credentials } from "@handlekit/credentials";
import { createTransport } from "@handlekit/transport";
import { type Output, printable } from "../output.ts";
import { type CommonFlags, readCredentials } from "../with-client.ts";

/** The options of every `hdl ardc` command. */
export interface ArdcFlags extends CommonFlags {
  /** The shared secret goes into the body instead of a header. */
  readonly inBody?: boolean;
}

/** The options of `hdl ardc mint`. */
export interface MintFlags extends ArdcFlags {
  readonly url?: string;
  readonly desc?: string;
  readonly index?: number;
  readonly key?: string;
  readonly journal?: string;
}

const PATIENCE = { attempt: 30_000, total: 60_000 } as const;

function strategyOf({ ardc }: Credentials, url: string, inBody: boolean): AuthStrategy | undefined {
  if (ardc === undefined) return undefined;
  const { appId, identifier, authDomain, sharedSecret } = ardc;
  if (appId === undefined || identifier === undefined || authDomain === undefined) {
    throw new HandleError("invalid_credentials", {
      message: "The credentials for ARDC are not complete.",
      hint: "appId, identifier and authDomain are needed (ARDC_APP_ID, ARDC_IDENTIFIER, ARDC_AUTH_DOMAIN).",
    });
  }
  const via = inBody ? "body" : "header";
  return createArdcAuth({ appId, identifier, authDomain, sharedSecret, via, origins: [new URL(url).origin] });
}

async function withArdc<T>(
  options: ArdcFlags,
  output: Output,
  run: (client: ArdcClient) => Promise<T>,
  anonymous = false,
): Promise<T> {
  const credentials = await readCredentials(options, output);
  const { server: url, httpsVerify: verify } = credentials;
  if (url === undefined) {
    throw new HandleError("invalid_options", {
      message: "No ARDC service is named.",
      hint: "Give --server https://demo.identifiers.ardc.edu.au/pids, or handle_server_url in the credentials.",
    });
  }
  const strategy = anonymous ? undefined : strategyOf(credentials, url, options.inBody ?? false);
  const trust = typeof verify === "boolean" ? { verify } : { ca: verify.ca };
  const transport = createTransport({ ...trust, timeouts: PATIENCE });
  const client = createArdcClient({ url, transport, ...(strategy ? { strategy } : {}) });
  try {
    return await run(client);
  } finally {
    await client.close();
    await transport.close();
  }
}

function show(output: Output, identifier: ArdcIdentifier): void {
  const lines = identifier.properties.map(
    ({ index, type, value }) =>
      `${String(index).padStart(3)}  ${printable(type).padEnd(4)}  ${printable(value)}\n`,
  );
  output.out(
    output.json ? `${JSON.stringify(identifier)}\n` : `${printable(identifier.handle)}\n${lines.join("")}`,
  );
}

function readType(text: string): ArdcType {
  if (text === "URL" || text === "DESC") return text;
  throw new HandleError("invalid_value", {
    message: `The service knows the types URL and DESC, not ${printable(text)}.`,
  });
}

/** `hdl ardc mint`: the new handle to stdout; with --key and --journal at most one for the key. */
export async function mint(options: MintFlags, output: Output, signal: AbortSignal): Promise<void> {
  const { url, desc, index, key, journal: file } = options;
  if ((key === undefined) !== (file === undefined)) {
    throw new HandleError("invalid_options", { message: "--key and --journal go together." });
  }
  await withArdc(options, output, async (client) => {
    const values = { url, desc, index, signal };
    if (key === undefined || file === undefined) return show(output, await client.mint(values));
    const journal = await openJournalFile(file);
    try {
      const { handle, outcome } = await client.mintOnce({ ...values, key, journal });
      output.out(output.json ? `${JSON.stringify({ handle, outcome })}\n` : `${printable(handle)}\n`);
    } finally {
      await journal.close();
    }
  });
}

/** `hdl ardc add HANDLE TYPE VALUE` */
export function add(
  handle: string,
  type: string,
  value: string,
  options: ArdcFlags & { readonly index?: number },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { index } = options;
  return withArdc(options, output, async (client) =>
    show(
      output,
      index === undefined
        ? await client.addValue(handle, readType(type), value, { signal })
        : await client.addValueByIndex(handle, index, readType(type), value, { signal }),
    ),
  );
}

/** `hdl ardc modify HANDLE INDEX VALUE` */
export function modify(
  handle: string,
  index: number,
  value: string,
  options: ArdcFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  return withArdc(options, output, async (client) =>
    show(output, await client.modifyValueByIndex(handle, index, value, { signal })),
  );
}

/** `hdl ardc delete HANDLE INDEX` */
export function remove(
  handle: string,
  index: number,
  options: ArdcFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  return withArdc(options, output, async (client) =>
    show(output, await client.deleteValueByIndex(handle, index, { signal })),
  );
}

/** `hdl ardc get HANDLE`, or with --value the handles that have it. */
export function get(
  handle: string | undefined,
  options: ArdcFlags & { readonly value?: string },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { value } = options;
  if ((handle === undefined) === (value === undefined)) {
    throw new HandleError("invalid_options", { message: "Give a handle, or --value, and not both." });
  }
  const read = async (client: ArdcClient) => {
    if (handle !== undefined) return show(output, await client.getHandle(handle, { signal }));
    const found = await client.getHandlesByValue(value ?? "", { signal });
    output.out(
      output.json ? `${JSON.stringify(found)}\n` : found.map((one) => `${printable(one)}\n`).join(""),
    );
  };
  // Everybody may read: half-written credentials, or plain http, are no hindrance.
  return withArdc(options, output, read, true);
}

/** `hdl ardc list`: one handle a line as it comes. */
export function list(
  options: ArdcFlags & { readonly after?: string },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  return withArdc(options, output, async (client) => {
    for await (const handle of client.listHandles({ after: options.after, signal })) {
      output.out(output.json ? `${JSON.stringify(handle)}\n` : `${printable(handle)}\n`);
    }
  });
}
