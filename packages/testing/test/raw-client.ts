import { connect } from "node:tls";
import { onTestFinished } from "vitest";

/** A TLS connection with access to every byte. */
export interface RawClient {
  /** The bytes so far. */
  readonly text: string;
  send(text: string): void;
  /** Waits until what came fits, and gives it; rejects when the stream ends before. */
  until(fits: (text: string) => boolean): Promise<string>;
  /** The end of the stream: "end" or the code of an error. */
  readonly ended: Promise<string>;
  /** Gives up. */
  destroy(): void;
}

/** Opens a connection whose own half stays open when the server ends its half. */
export async function openRaw(origin: string, ca: string): Promise<RawClient> {
  const { hostname, port } = new URL(origin);
  // With TLS 1.3 the server sends session tickets behind the handshake, and Node reports a reset behind unread bytes as
  // an end.
  const tls = { ca, maxVersion: "TLSv1.2", allowHalfOpen: true } as const;
  const options = { host: hostname, port: Number(port), ...tls };
  const socket = connect(options);
  let text = "";
  let over: string | undefined;
  const watchers = new Set<() => void>();
  const ended = new Promise<string>((resolve) => {
    const end = (how: string) => {
      over ??= how;
      for (const watch of watchers) watch();
      resolve(over);
    };
    socket.on("end", () => end("end"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on("close", () => end("close"));
  });
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    for (const watch of watchers) watch();
  });
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
  return {
    get text() {
      return text;
    },
    send: (sent) => socket.write(sent),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const watch = () => {
          if (!fits(text) && over === undefined) return;
          watchers.delete(watch);
          if (fits(text)) resolve(text);
          else reject(new Error(`the stream ended (${over}) after ${JSON.stringify(text)}`));
        };
        watchers.add(watch);
        watch();
      }),
    ended,
    destroy: () => socket.destroy(),
  };
}

/** The parts of a request after its first line. */
export interface RawRequest {
  readonly authorization?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** The bytes of a request. */
export function formatRequest(method: string, target: string, request: RawRequest = {}): string {
  const body = request.body === undefined ? "" : JSON.stringify(request.body);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...(request.authorization === undefined ? [] : [`Authorization: ${request.authorization}`]),
    ...(body === "" ? [] : ["Content-Type: application/json", `Content-Length: ${body.length}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** One answer taken apart. */
export interface RawAnswer {
  readonly status: number;
  /** With lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The answer in a text; undefined while it is not complete. */
export function parseAnswer(text: string): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = text.slice(end + 4);
  const complete = body.length === Number(headers.get("content-length") ?? 0);
  return complete ? { status: Number(first.split(" ")[1]), headers, body } : undefined;
}

/** Sends one request on a connection of its own: the answer, or how the stream ended instead. */
export async function ask(
  server: { readonly origin: string; readonly ca: string },
  method: string,
  target: string,
  request?: RawRequest,
): Promise<RawAnswer | string> {
  const client = await openRaw(server.origin, server.ca);
  client.send(formatRequest(method, target, request));
  const answered = client.until((text) => parseAnswer(text) !== undefined).then(parseAnswer);
  const outcome = await Promise.race([answered.catch(() => undefined), client.ended]);
  client.destroy();
  return outcome ?? client.ended;
}
