import { type HandleErrorCode, isHandleError, type Secret, secret } from "@handlekit/core";
import * as service from "@handlekit/service";
import { createFetchHandler } from "@handlekit/service/fetch";
import { createNodeListener } from "@handlekit/service/node";
import { describe, expect, it } from "vitest";

/** The functions as plain JavaScript sees them. */
const functions = { ...service, createFetchHandler, createNodeListener } as unknown as Readonly<
  Record<string, (...given: unknown[]) => unknown>
>;

const { store, state } = service.openMemory();
const key = new Uint8Array(32);
const ardc = { state, prefix: "10378.1", secretKey: key };
const SECRET = "S3CR3T";
const handler = { respond: () => undefined };

async function thrownBy(run: () => unknown): Promise<{ code: HandleErrorCode; message: string }> {
  try {
    await run();
  } catch (error) {
    if (isHandleError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("Nothing was thrown.");
}

/** Each public function with wrong arguments: its name, the end of the message, and the arguments. */
const WRONG: readonly (readonly [name: string, message: string, ...given: unknown[]])[] = [
  ["createHandleService", "its options argument is missing; it must be an object."],
  ["createHandleService", "the option store is missing; it must be an object.", {}],
  ["createHandleService", "the option store is not a handle store.", { store: {} }],
  ["createHandleService", "the option store is not a handle store.", { store: state }],
  ["createHandleService", "the option state is a string; it must be an object.", { store, state: SECRET }],
  ["createHandleService", "the option state is not a state store.", { store, state: store }],
  [
    "createHandleService",
    "the option sessionKey is a string; it must be a Uint8Array.",
    { store, sessionKey: SECRET },
  ],
  [
    "createHandleService",
    "the option sessionKey has 16 bytes; it must have 32.",
    { store, sessionKey: key.slice(16) },
  ],
  [
    "createHandleService",
    "the option serverKey is a string; it must be an object.",
    { store, serverKey: SECRET },
  ],
  [
    "createHandleService",
    "the method reveal of the option serverKey is missing; it must be a function.",
    { store, serverKey: {} },
  ],
  ["createHandleService", "the option site is an object; it must be a function.", { store, site: {} }],
  [
    "createHandleService",
    "the option serverAdmins is a string; it must be an array.",
    { store, serverAdmins: "300:a/b" },
  ],
  [
    "createHandleService",
    "an entry of the option serverAdmins is a string; it must be an object.",
    { store, serverAdmins: ["300:a/b"] },
  ],
  [
    "createHandleService",
    "the index in the option serverAdmins is a string; it must be a number.",
    { store, serverAdmins: [{ handle: "a/b", index: "300" }] },
  ],
  [
    "createHandleService",
    "the option serverAdminFullAccess is a string; it must be true or false.",
    { store, serverAdminFullAccess: "false" },
  ],
  [
    "createHandleService",
    "the option allowNaAdmins is null; it must be true or false.",
    { store, allowNaAdmins: null },
  ],
  ["createHandleService", "the option log is a function; it must be an object.", { store, log: () => {} }],
  ["createHandleService", "the option observe is an object; it must be a function.", { store, observe: {} }],
  ["createHandleService", "the option now is a number; it must be a function.", { store, now: 0 }],
  ["createHandleService", "the option random is a number; it must be a function.", { store, random: 0.5 }],
  ["createHandleService", "the option basePath is a number; it must be a string.", { store, basePath: 17 }],
  [
    "createHandleService",
    "the option publicUrl is an object; it must be a string.",
    { store, publicUrl: new URL("https://h.example") },
  ],
  ["createHandleService", "the option ardc is a string; it must be an object.", { store, ardc: "10378.1" }],
  ["createHandleService: ardc", "the option state is missing; it must be an object.", { store, ardc: {} }],
  [
    "createHandleService: ardc",
    "the option state.get is missing; it must be a function.",
    { store, ardc: { ...ardc, state: store } },
  ],
  [
    "createHandleService: ardc",
    "the option secretKey is a string; it must be a Uint8Array.",
    { store, ardc: { ...ardc, secretKey: SECRET } },
  ],
  [
    "createHandleService: ardc",
    "the option proxies is a string; it must be an array.",
    { store, ardc: { ...ardc, proxies: "192.0.2.1" } },
  ],
  [
    "createHandleService: ardc",
    "the option allowHttp is a string; it must be true or false.",
    { store, ardc: { ...ardc, allowHttp: "yes" } },
  ],
  [
    "createHandleService",
    "the option ardc.prefix is not a prefix.",
    { store, ardc: { ...ardc, prefix: "a/b" } },
  ],
  ["createHandleResolver", "its options argument is missing; it must be an object."],
  ["createHandleResolver", "the option store is not a handle store.", { store: { read: 1, commit: 2 } }],
  ["createHandleResolver", "the option random is a string; it must be a function.", { store, random: "x" }],
  ["createNodeListener", "service is missing; it must be an object."],
  ["createNodeListener", "service.respond is missing; it must be a function.", { store }],
  ["createNodeListener", "its options argument is a number; it must be an object.", handler, 1024],
  [
    "createNodeListener",
    "the option maxBodyBytes is a string; it must be a number.",
    handler,
    { maxBodyBytes: "1" },
  ],
  [
    "createNodeListener",
    "the option connection is an object; it must be a function.",
    handler,
    { connection: {} },
  ],
  ["createFetchHandler", "service is a function; it must be an object.", handler.respond],
  [
    "createFetchHandler",
    "the option maxBodyBytes is NaN; it must be a number.",
    handler,
    { maxBodyBytes: Number.NaN },
  ],
  ["createArdcClients", "state is missing; it must be an object."],
  ["createArdcClients", "state.get is missing; it must be a function.", store, key],
  ["createArdcClients", "secretKey is a string; it must be a Uint8Array.", state, SECRET],
  ["createArdcClients", "now is a number; it must be a function.", state, key, 0],
  ["forgetArdcIndex", "state is a string; it must be an object.", "10378.1"],
  ["forgetArdcIndex", "prefix is missing; it must be a string.", state],
  ["listSessions", "state is missing; it must be an object."],
  ["listSessions", "the option now is a number; it must be a function.", state, { now: 1 }],
  ["endSessions", "state is a string; it must be an object.", "x"],
  ["endSessions", "the option identity is a string; it must be an object.", state, { identity: "x" }],
  ["grantArdcIdentity", "state is a string; it must be an object.", "10378.1", state],
  ["grantArdcIdentity", "prefix is an object; it must be a string.", state, { appId: "x" }],
  [
    "grantArdcIdentity",
    "the option identifier is missing; it must be a string.",
    state,
    "10378.1",
    { appId: "x" },
  ],
];

/** The methods of the clients with wrong arguments. */
const CLIENTS: readonly (readonly [name: keyof service.ArdcClients, message: string, ...given: unknown[]])[] =
  [
    ["add", "its options argument is a string; it must be an object.", "Example library"],
    ["add", "the option description is missing; it must be a string.", {}],
    ["add", "the option secret is a string; it must be a Uint8Array.", { description: "x", secret: SECRET }],
    [
      "add",
      "the option addresses is a string; it must be an array.",
      { description: "x", addresses: "192.0.2.1" },
    ],
    ["add", "the client has neither a secret nor an address, and could never log in.", { description: "x" }],
    ["rotate", "secret is missing; it must be a Uint8Array.", "x"],
    ["rotate", "the secret is empty.", "x", new Uint8Array()],
    ["rotate", "number is a string; it must be a number.", "x", key, "1"],
    ["finishRotation", "appId is missing; it must be a string."],
    ["revoke", "appId is an object; it must be a string.", { appId: "x" }],
  ];

describe("wrong arguments are invalid_options that name the argument", () => {
  it.each(WRONG.map(([name, message, ...given]) => ({ name, message, given })))(
    "$name: $message",
    async ({ name, message, given }) => {
      const thrown = await thrownBy(() => functions[name.split(":")[0] ?? ""]?.(...given));
      expect(thrown).toEqual({ code: "invalid_options", message: `${name}: ${message}` });
    },
  );

  it.each(CLIENTS.map(([name, message, ...given]) => ({ name, message, given })))(
    "ArdcClients.$name: $message",
    async ({ name, message, given }) => {
      const clients = service.createArdcClients(state, key) as unknown as typeof functions;
      const thrown = await thrownBy(() => clients[name]?.(...given));
      expect(thrown).toEqual({ code: "invalid_options", message: `ArdcClients.${name}: ${message}` });
    },
  );

  it("of every public function", () => {
    const tested = new Set([...WRONG.map(([name]) => name), "openMemory"]);
    expect(Object.keys(functions).filter((name) => !tested.has(name))).toEqual([]);
  });
});

it.each<[string, Secret]>([
  ["not a key", secret("S3CR3T")],
  [
    "a key with a passphrase",
    secret("-----BEGIN ENCRYPTED PRIVATE KEY-----\nS3CR3T\n-----END ENCRYPTED PRIVATE KEY-----\n"),
  ],
])("a serverKey that is %s is invalid_key", async (_, serverKey) => {
  const thrown = await thrownBy(() => service.createHandleService({ store, serverKey }));
  expect(thrown).toEqual({
    code: "invalid_key",
    message: "The server's private key, the option serverKey, cannot be read.",
  });
});

it("an address of the ARDC service that is not a string is invalid_options", async () => {
  const options = {
    store,
    ardc: { ...ardc, adminAddresses: [17] },
  } as unknown as service.HandleServiceOptions;
  expect(await thrownBy(() => service.createHandleService(options))).toEqual({
    code: "invalid_options",
    message: "An IP address or range is not a string.",
  });
});
