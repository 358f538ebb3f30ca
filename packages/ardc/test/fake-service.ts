import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { decodeUtf8 } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { type ArdcResponse, buildResponse, parseRequest, type ResponseContent } from "@handlekit/xml";
import { onTestFinished } from "vitest";

/** A received request. */
export interface Seen {
  readonly method: string;
  readonly service: string;
  readonly query: URLSearchParams;
  readonly rawQuery: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** Handles a request instead of the service. */
export type Trick = (request: Seen, response: ServerResponse, carryOut: () => string) => void | Promise<void>;

export interface FakeService {
  readonly url: string;
  /** The CA certificate, PEM. */
  readonly ca: string;
  readonly seen: Seen[];
  /** Returns `service query` of every request. */
  lines(): string[];
  /** Handles the next requests to a service by tricks, one after the other. */
  trick(service: string, ...tricks: readonly Trick[]): void;
  /** Handles every request by a trick. */
  always: Trick | undefined;
  /** Handles with their values, and the owner of each. */
  readonly handles: Map<string, { readonly owner: string; readonly values: Map<number, [string, string]> }>;
  /** How `listHandles` orders and cuts. */
  order: "number" | "string";
  pageSize: number;
}

export const PREFIX = "10378.1";
const { privateKey } = await createKeyPair({ bits: 2048 });
const certificate = await createSelfSignedCertificate({
  privateKey,
  subject: "fake service",
  hosts: ["127.0.0.1"],
});

const RESERVED = (index: number) => (index >= 100 && index < 200) || index === 200 || index === 300;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** Starts the service, as its documentation describes it, on a real socket. */
export async function startFakeService(): Promise<FakeService> {
  const handles: FakeService["handles"] = new Map();
  const owners = new Map<string, string>();
  const tricks = new Map<string, Trick[]>();
  let last = 0;

  const create = (owner: string | undefined) => {
    const handle = `${PREFIX}/${++last}`;
    handles.set(handle, { owner: owner ?? handle, values: new Map() });
    return handle;
  };
  const number = (handle: string) => Number(handle.slice(handle.indexOf("/") + 1));
  const identifier = (handle: string) => ({
    handle,
    properties: [...(handles.get(handle)?.values ?? [])].map(([index, [type, value]]) => ({
      index,
      type,
      value,
    })),
  });
  const success = (text: string, content: Partial<ResponseContent> = {}): Partial<ArdcResponse> => ({
    type: "success",
    message: { type: "user", text },
    ...content,
  });
  const failure = (text: string): Partial<ArdcResponse> => ({
    type: "failure",
    message: { type: "user", text },
  });

  function list(owner: string, query: URLSearchParams): Partial<ArdcResponse> {
    const start = query.get("startHandle");
    const own = [...handles].filter(([, record]) => record.owner === owner).map(([handle]) => handle);
    const rest = own.filter((handle) => start === null || number(handle) > number(start));
    if (fake.order === "string") rest.sort();
    else rest.sort((a, b) => number(a) - number(b));
    return success("Handle listing successful", { identifiers: rest.slice(0, fake.pageSize) });
  }

  function find(query: URLSearchParams): Partial<ArdcResponse> {
    const value = query.get("value");
    if (value !== null) {
      const found = [...handles].filter(([, { values }]) =>
        [...values.values()].some(([, data]) => data === value),
      );
      const [only] = found;
      if (only === undefined) return failure(`A handle with value: ${value} was not found`);
      if (found.length === 1) return success("Request successful", { identifier: identifier(only[0]) });
      return success("Handle listing successful", { identifiers: found.map(([handle]) => handle) });
    }
    const handle = query.get("handle") ?? "";
    if (!handles.has(handle)) return failure(`The handle: ${handle} was not found`);
    return success("Request successful", { identifier: identifier(handle) });
  }

  function change(service: string, owner: string, query: URLSearchParams): Partial<ArdcResponse> {
    const handle = query.get("handle") ?? "";
    const [type = "", value = "", index] = ["type", "value", "index"].map(
      (name) => query.get(name) ?? undefined,
    );
    const record = handles.get(handle);
    if (!record) return failure(`The handle: ${handle} was not found`);
    if (record.owner !== owner)
      return failure("Request Denied. Only the admin of this handle can add values");
    const { values } = record;
    let at = Number(index ?? 1);
    if (service === "addValue") while (values.has(at) || RESERVED(at)) at++;
    if (service === "addValueByIndex" && (values.has(at) || RESERVED(at)))
      return failure("Request Failed. Index is reserved or in use");
    if (service.startsWith("addValue")) values.set(at, [type, value]);
    else if (!values.has(at)) return failure("Either this type of value is not allowed to be modified");
    else if (service === "modifyValueByIndex") values.set(at, [values.get(at)?.[0] ?? "", value]);
    else values.delete(at);
    return success("Successfully updated handle", { identifier: identifier(handle) });
  }

  function carryOut({ service, query, body, authorization }: Seen): string {
    const answer = (): Partial<ArdcResponse> => {
      if (service === "getHandle") return find(query);
      const { properties } = parseRequest(body);
      const appId = authorization ? atob(authorization.slice(6)).split(":")[0] : properties.appId;
      if (!appId || !properties.identifier || !properties.authDomain) return failure("Authentication Failed");
      const key = `${properties.identifier}####${properties.authDomain}`;
      const owner = owners.get(key) ?? create(undefined);
      owners.set(key, owner);
      if (service === "getOwnerHandle")
        return success("Request successful", { identifier: identifier(owner) });
      if (service === "listHandles") return list(owner, query);
      if (service !== "mint") return change(service, owner, query);
      const handle = create(owner);
      const [type = "", value = ""] = [query.get("type") ?? "", query.get("value") ?? ""];
      if (type !== "") handles.get(handle)?.values.set(Number(query.get("index") ?? 1), [type, value]);
      return success("Successfully authenticated and created handle", { identifier: identifier(handle) });
    };
    const timestamp = new Date("2026-01-02T03:04:05Z");
    return buildResponse({ type: "success", message: { type: "user", text: "" }, timestamp, ...answer() });
  }

  const server = createServer(
    { cert: certificate, key: decodeUtf8(privateKey.reveal()) },
    async (request: IncomingMessage, response: ServerResponse) => {
      const { pathname, searchParams, search } = new URL(request.url ?? "", "https://fake");
      const seen: Seen = {
        method: request.method ?? "",
        service: pathname.replace("/pids/", ""),
        query: searchParams,
        rawQuery: search.slice(1),
        authorization: request.headers.authorization,
        contentType: request.headers["content-type"],
        body: await bodyOf(request),
      };
      fake.seen.push(seen);
      const trick = tricks.get(seen.service)?.shift() ?? fake.always;
      if (trick) return trick(seen, response, () => carryOut(seen));
      response.writeHead(200, { "content-type": "application/xml" }).end(carryOut(seen));
    },
  );
  const port = await listen(server);
  const fake: FakeService = {
    url: `https://127.0.0.1:${port}/pids`,
    ca: certificate,
    seen: [],
    lines: () =>
      fake.seen.map(({ service, query }) => `${service} ${decodeURIComponent(query.toString())}`.trim()),
    trick(service, ...more) {
      tricks.set(service, [...(tricks.get(service) ?? []), ...more]);
    },
    always: undefined,
    handles,
    order: "number",
    pageSize: 1000,
  };
  return fake;
}

/** Answers with a text. */
export const say =
  (text: string | Buffer, status = 200, contentType = "application/xml"): Trick =>
  (_, response) => {
    response.writeHead(status, { "content-type": contentType }).end(text);
  };

/** Carries out the request and closes the connection without an answer. */
export const carryOutInSilence: Trick = (_, response, carryOut) => {
  carryOut();
  response.destroy();
};

/** Does nothing and closes the connection. */
export const drop: Trick = (_, response) => {
  response.destroy();
};

/** Does nothing and never answers. */
export const hang: Trick = () => {};
