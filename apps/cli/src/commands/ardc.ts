import { type ArdcClient, type ArdcIdentifier, type ArdcType, createArdcClient } from "@handlekit/ardc";
import { createArdcAuth } from "@handlekit/auth/ardc";
import { type AuthStrategy, type Credentials, invalidOptions, printable } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import { type Output, toJson } from "../output.ts";
import { type CommonFlags, readCredentials } from "../with-client.ts";

/** The options of every `hdl ardc` command. */
export interface ArdcFlags extends CommonFlags {
  /** Sends the shared secret in the body instead of a header. */
  readonly inBody?: boolean | undefined;
}

/** The options of `hdl ardc mint`. */
export interface MintFlags extends ArdcFlags {
  readonly url?: string | undefined;
  readonly desc?: string | undefined;
  readonly index?: number | undefined;
  readonly key?: string | undefined;
  readonly journal?: string | undefined;
}

/** The options of `hdl ardc add`. */
export interface AddFlags extends ArdcFlags {
  readonly index?: number | undefined;
}

/** The options of `hdl ardc get`. */
export interface ArdcGetFlags extends ArdcFlags {
  readonly value?: string | undefined;
}

/** The options of `hdl ardc list`. */
export interface ListFlags extends ArdcFlags {
  readonly after?: string | undefined;
}

/** Returns the strategy of --in-body; for an incomplete account none, so that the client reports what is missing. */
function inBodyStrategy({ ardc }: Credentials, url: string): AuthStrategy | undefined {
  const { appId, identifier, authDomain, sharedSecret } = ardc ?? {};
  if (!appId || !identifier || !authDomain) return undefined;
  return createArdcAuth({ appId, identifier, authDomain, sharedSecret, via: "body", origins: [url] });
}

/** Runs a function with a client for the credentials, or an anonymous one, and closes the client. */
async function withArdc<T>(
  options: ArdcFlags,
  output: Output,
  run: (client: ArdcClient) => Promise<T>,
  anonymous = false,
): Promise<T> {
  const credentials = await readCredentials(options, output);
  const { server: url, httpsVerify, trust } = credentials;
  if (url === undefined) {
    throw invalidOptions(
      "The address of the ARDC service is missing.",
      "Give --server https://demo.identifiers.ardc.edu.au/pids, or handle_server_url in the credentials.",
    );
  }
  const client = anonymous
    ? createArdcClient({ httpsVerify, trust }, { url })
    : createArdcClient(credentials, {
        url,
        strategy: options.inBody ? inBodyStrategy(credentials, url) : undefined,
      });
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

/** Writes a handle and its values to stdout. */
function show(output: Output, identifier: ArdcIdentifier): void {
  const lines = identifier.properties.map(
    ({ index, type, value }) =>
      `${String(index).padStart(3)}  ${printable(type).padEnd(4)}  ${printable(value)}\n`,
  );
  output.out(output.json ? `${toJson(identifier)}\n` : `${printable(identifier.handle)}\n${lines.join("")}`);
}

/** `hdl ardc mint`: mints a handle; with --key and --journal at most one for the key. */
export async function mint(options: MintFlags, output: Output, signal: AbortSignal): Promise<void> {
  const { url, desc, index, key, journal: file } = options;
  if ((key === undefined) !== (file === undefined)) {
    throw invalidOptions(
      `${key === undefined ? "--key" : "--journal"} is missing: --key and --journal are used together.`,
    );
  }
  await withArdc(options, output, async (client) => {
    const values = { url, desc, index, signal };
    if (key === undefined || file === undefined) return show(output, await client.mint(values));
    const journal = await openJournalFile(file);
    try {
      const { handle, outcome } = await client.mintOnce({ ...values, key, journal });
      output.out(output.json ? `${toJson({ handle, outcome })}\n` : `${printable(handle)}\n`);
    } finally {
      await journal.close();
    }
  });
}

/** `hdl ardc add HANDLE TYPE VALUE`: adds a value. */
export function add(
  handle: string,
  type: string,
  value: string,
  options: AddFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { index } = options;
  // The client rejects other types.
  const known = type as ArdcType;
  return withArdc(options, output, async (client) =>
    show(
      output,
      index === undefined
        ? await client.addValue(handle, known, value, { signal })
        : await client.addValueByIndex(handle, index, known, value, { signal }),
    ),
  );
}

/** `hdl ardc modify HANDLE INDEX VALUE`: replaces a value. */
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

/** `hdl ardc delete HANDLE INDEX`: deletes a value. */
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

/** `hdl ardc get HANDLE`: shows a handle; with --value the handles that have the value. */
export function get(
  handle: string | undefined,
  options: ArdcGetFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { value } = options;
  if ((handle === undefined) === (value === undefined)) {
    throw invalidOptions("Give either a handle or --value.");
  }
  const read = async (client: ArdcClient) => {
    if (handle !== undefined) return show(output, await client.getHandle(handle, { signal }));
    const found = await client.getHandlesByValue(value ?? "", { signal });
    output.out(output.json ? `${toJson(found)}\n` : found.map((one) => `${printable(one)}\n`).join(""));
  };
  // Reading is anonymous: it works with incomplete credentials and over plain http.
  return withArdc(options, output, read, true);
}

/** `hdl ardc list`: writes one handle per line, as they arrive. */
export function list(options: ListFlags, output: Output, signal: AbortSignal): Promise<void> {
  return withArdc(options, output, async (client) => {
    for await (const handle of client.listHandles({ after: options.after, signal })) {
      output.out(output.json ? `${toJson(handle)}\n` : `${printable(handle)}\n`);
    }
  });
}
