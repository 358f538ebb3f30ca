import { createBasicAuth } from "@handlekit/auth/basic";
import { type ClientOptions, createClient, type HandleClient } from "@handlekit/client";
import {
  decodeValue,
  type HandleValue,
  type HandleValueInput,
  handleKey,
  isHandleError,
} from "@handlekit/core";
import type { HandleStore } from "@handlekit/core/store";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import {
  createFaultServer,
  type Fault,
  type FaultPlan,
  type FaultRequest,
  type FaultServer,
} from "@handlekit/testing";
import { createTransport, type Transport, type TransportOptions } from "@handlekit/transport";
import { onTestFinished } from "vitest";

export const PREFIX = "20.500.12345";
/** A handle that does not exist at the start of a test. */
export const HANDLE = `${PREFIX}/abc`;
const PASSWORD = "S3CR3T-of-the-client";
/** The certificate and the key of every server of these tests. */
export const TLS: { readonly certificate: string; readonly key: string } = await createTls();

async function createTls() {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const certificate = await createSelfSignedCertificate({
    privateKey,
    subject: "the client's server",
    hosts: ["127.0.0.1"],
  });
  return { certificate, key: new TextDecoder().decode(privateKey.reveal()) };
}

/** Returns an HS_ADMIN value for a user, with all permissions by default. */
export function adminFor(user: string, permissions = "111111111111"): HandleValueInput {
  const value = { handle: `${PREFIX}/${user}`, index: 300, permissions };
  return { index: 100, type: "HS_ADMIN", data: { format: "admin", value } };
}

const userRecord = (user: string): HandleValueInput[] => [
  { index: 300, type: "HS_SECKEY", data: PASSWORD, permissions: "1100" },
  adminFor(user),
];

const SEED = {
  [`0.NA/${PREFIX}`]: [adminFor("USER"), { ...adminFor("OTHER"), index: 101 }],
  [`${PREFIX}/USER`]: userRecord("USER"),
  [`${PREFIX}/OTHER`]: userRecord("OTHER"),
};

/** Options of {@link startSite}: the faults and the records. */
export interface SiteOptions {
  readonly faults?: FaultPlan;
  readonly seed?: Readonly<Record<string, readonly HandleValueInput[]>>;
  readonly store?: HandleStore;
}

/** Time-outs that are short enough to wait for. */
export const QUICK: TransportOptions = {
  timeouts: { attempt: 400, total: 5000 },
  retries: { baseDelay: 1, maxDelay: 1 },
};

/** A fault server of one test, and clients for it. */
export interface FaultSite extends FaultServer {
  /** The requests, such as `PUT abc?overwrite=false`. */
  readonly log: readonly string[];
  /** Creates a client as a user, with a transport of its own. */
  client(user?: string, options?: ClientOptions, how?: TransportOptions): HandleClient;
  transport(how?: TransportOptions): Transport;
  /** Resolves to the stored values of a handle. */
  stored(handle: string): Promise<readonly HandleValue[] | undefined>;
  /** Returns the number of committed changes of a handle. */
  timesApplied(handle: string): number;
}

/** Starts a fault server for one test. */
export async function startSite({ faults = [], seed = {}, store }: SiteOptions = {}): Promise<FaultSite> {
  const log: string[] = [];
  const plan = typeof faults === "function" ? faults : ({ n }: { n: number }) => faults[n - 1];
  const server = await createFaultServer({
    tls: TLS,
    seed: { ...SEED, ...seed },
    ...(store ? { store } : {}),
    faults(request) {
      log.push(`${request.method} ${request.target.replace(`/api/handles/${PREFIX}/`, "")}`);
      return plan(request);
    },
  });
  let closing: Promise<void> | undefined;
  const closeServer = server.close;
  const close = () => {
    closing ??= closeServer();
    return closing;
  };
  onTestFinished(close);
  const transport = (how: TransportOptions = QUICK) => {
    const made = createTransport({ ca: TLS.certificate, ...how });
    onTestFinished(() => made.close());
    return made;
  };
  const site = {
    close,
    log,
    transport,
    client: (user = "USER", options: ClientOptions = {}, how: TransportOptions = QUICK) =>
      createClient(
        { server: server.origin },
        {
          strategy: createBasicAuth({
            identity: `300:${PREFIX}/${user}`,
            password: PASSWORD,
            origins: [server.origin],
          }),
          transport: transport(how),
          owner: `300:${PREFIX}/${user}`,
          ...options,
        },
      ),
    async stored(handle: string) {
      return (await server.store.read(handleKey(handle)))?.values.map(decodeValue);
    },
    timesApplied: (handle: string) => server.applied.get(handleKey(handle)) ?? 0,
  };
  return Object.defineProperties(server as FaultSite, Object.getOwnPropertyDescriptors(site));
}

type Plan = (request: FaultRequest) => Fault | undefined;

/** Returns a plan with these faults for the requests of one method, in order. */
export function onMethod(method: string, ...faults: readonly (Fault | undefined)[]): Plan {
  let count = 0;
  return (request) => (request.method === method ? faults[count++] : undefined);
}

/** Returns a plan with one fault for every request of a method. */
export const always =
  (faults: Readonly<Record<string, Fault>>): Plan =>
  ({ method }) =>
    faults[method];

/** Resolves to the code of the HandleError that a call rejects with, "no error", or another error. */
export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => (isHandleError(error) ? error.code : error),
  );

/** Returns a function that returns the requests from now on. */
export function sinceNow(site: FaultSite): () => readonly string[] {
  const from = site.log.length;
  return () => site.log.slice(from);
}
